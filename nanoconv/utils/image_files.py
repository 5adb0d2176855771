"""Reads and writes images: files, Pillow images and arrays.

Reference: https://keras.io/api/data_loading/image/
"""

from __future__ import annotations

import io
import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from nanoconv import config
from nanoconv.core.safe_files import DAMAGE, Budget, FileRefused, check_file, damaged

if TYPE_CHECKING:
    import PIL.Image
    from PIL.Image import Resampling

_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
_GRAYS = ("L", "I;16", "I")  # kept as they are by color_mode="grayscale"
_METHODS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> PIL.Image.Image:
    """Read an image.

    Args:
        path: a file, or an `io.BytesIO`.
        color_mode: `"grayscale"`, `"rgb"` or `"rgba"`.
        target_size: (height, width) to resize to, or None.
        interpolation: `"nearest"`, `"bilinear"`, `"bicubic"`, `"hamming"`, `"box"`, `"lanczos"`.
        keep_aspect_ratio: whether to cut off what does not fit instead of stretching.

    Returns:
        A Pillow image.

    Raises:
        ValueError: for another color mode or interpolation, where the image is damaged, or where it
            takes more memory than a file of its size may.
        OSError: where there is no such file, or it is no image or cut off.
        TypeError: where `path` is no path.

    Reference: https://keras.io/api/data_loading/image/#loadimg-function
    """
    from PIL import Image

    if color_mode not in _MODES:
        raise ValueError(
            f"color_mode is {color_mode!r}, but grayscale, rgb or rgba is needed; "
            'write load_img(path, color_mode="rgb").'
        )
    method = _resampling(interpolation)
    if isinstance(path, (str, bytes, os.PathLike)):
        check_file(os.fsdecode(path))
        with open(path, "rb") as file:
            data = io.BytesIO(file.read())
    elif isinstance(path, io.BytesIO):
        data = path
    else:
        raise TypeError(
            f"path is {type(path).__name__}, but a file name or io.BytesIO is needed; "
            'write load_img("digit.png").'
        )
    try:
        image: Image.Image = Image.open(data)
        width, height = image.size
        nbytes = 6 * width * height  # decoded and converted; as floats it takes twice as much again
        Budget(data.getbuffer().nbytes).spend(nbytes, f"image {width} x {height}")
        image.load()
    except (OSError, FileRefused):
        raise
    except (Image.DecompressionBombError, *DAMAGE) as error:
        raise ValueError(damaged("the image" if data is path else path, error)) from error
    keeps_mode = color_mode == "grayscale" and image.mode in _GRAYS
    if not keeps_mode and image.mode != _MODES[color_mode]:
        image = image.convert(_MODES[color_mode])
    if target_size is None or image.size == (target_size[1], target_size[0]):
        return image
    height, width = target_size
    box = _centre_box(image.size, width, height) if keep_aspect_ratio else None
    return image.resize((width, height), method, box=box)


def _resampling(interpolation: str) -> Resampling:
    from PIL.Image import Resampling

    if interpolation not in _METHODS:
        raise ValueError(
            f"interpolation is {interpolation!r}, but one of {', '.join(_METHODS)} is needed; "
            'write load_img(path, interpolation="bilinear").'
        )
    return Resampling[interpolation.upper()]


def _centre_box(size: tuple[int, int], width: int, height: int) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of the largest centred box of the target's proportions."""
    old_width, old_height = size
    crop_width = min(old_width, old_height * width // height)
    crop_height = min(old_height, old_width * height // width)
    left, top = (old_width - crop_width) // 2, (old_height - crop_height) // 2
    return left, top, left + crop_width, top + crop_height


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """Turn a Pillow image into an array (H, W, C).

    Args:
        img: a Pillow image, or an array (H, W) or (H, W, C).
        data_format: None or `"channels_last"`.
        dtype: of the array; `config.floatx()` by default.

    Raises:
        ValueError: for another layout or rank.

    Reference: https://keras.io/api/data_loading/image/#imgtoarray-function
    """
    config.check_data_format(data_format)
    x = np.array(img, dtype=dtype or config.floatx())
    if x.ndim not in (2, 3):
        raise ValueError(
            f"img has shape {x.shape}, but one image (H, W) or (H, W, C) is needed; "
            "write img_to_array(images[0])."
        )
    return x if x.ndim == 3 else x[:, :, None]


def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> PIL.Image.Image:
    """Turn an array (H, W, C) with 1, 3 or 4 channels into a Pillow image.

    Args:
        x: the pixels.
        data_format: None or `"channels_last"`.
        scale: whether to stretch the values to 0 ... 255; else they are taken as such.
        dtype: to compute in; `config.floatx()` by default.

    Raises:
        ValueError: for another layout, rank or number of channels.

    Reference: https://keras.io/api/data_loading/image/#arraytoimg-function
    """
    from PIL import Image

    config.check_data_format(data_format)
    x = np.asarray(x, dtype=dtype or config.floatx())
    if x.ndim != 3 or x.shape[2] not in (1, 3, 4):
        raise ValueError(
            f"x has shape {x.shape}, but one image (H, W, C) with 1, 3 or 4 channels is needed; "
            "write array_to_img(images[0][:, :, None]) for a grey one."
        )
    if scale:
        x = x - x.min()
        largest = x.max()
        x = x / (largest if largest else 1) * 255
    if x.shape[2] > 1:
        return Image.fromarray(x.astype("uint8"))
    if x.max() > 255:
        return Image.fromarray(x[:, :, 0].astype("int32"))
    return Image.fromarray(x[:, :, 0].astype("uint8"))


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array (H, W, C) into an image file.

    Args:
        path: a file name, or an open file.
        x: the pixels.
        data_format: None or `"channels_last"`.
        file_format: such as `"png"`; by default what the file name ends in.
        scale: whether to stretch the values to 0 ... 255.
        kwargs: for Pillow's `Image.save`.

    Raises:
        ValueError: as `array_to_img` does.

    Reference: https://keras.io/api/data_loading/image/#saveimg-function
    """
    if file_format is None and isinstance(path, (str, os.PathLike)):
        file_format = os.path.splitext(os.fspath(path))[1][1:]
    file_format = (file_format or "").lower().replace("jpg", "jpeg") or None
    image = array_to_img(x, data_format=data_format, scale=scale)
    if image.mode == "RGBA" and file_format == "jpeg":
        warnings.warn(
            "JPEG files have no transparency, so that it is lost; write a .png file.",
            stacklevel=2,
        )
        image = image.convert("RGB")
    image.save(path, format=file_format, **kwargs)
