"""Makes a data set of image files, a folder for each class.

Reference: https://keras.io/api/data_loading/image/#imagedatasetfromdirectory-function
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nanoconv import config, kernels, random
from nanoconv.preprocessing.flows import image_files
from nanoconv.utils.image_files import img_to_array, load_img
from nanoconv.utils.tf_data import Dataset

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_EXAMPLE = 'write image_dataset_from_directory(folder, label_mode="int").'


def image_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: int | tuple[int, int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """Return batches of the images below a folder, read anew in each epoch.

    Args:
        directory: holds a folder of images for each class.
        labels: `"inferred"` from the folders; a list of integers in the order of the sorted paths;
            or None for images alone.
        label_mode: `"int"` labels (N,), `"categorical"` one-hot rows (N, K), `"binary"` (N, 1), or
            None for images alone.
        class_names: the folders, in the order of their labels; all, sorted, by default.
        color_mode: `"grayscale"`, `"rgb"` or `"rgba"`.
        batch_size: images in a batch; None gives single images.
        image_size: (height, width) to resize to.
        shuffle: whether images come in random order, another one in each epoch.
        seed: an integer for a repeatable order; needed with `validation_split` and `shuffle`.
        validation_split: the share of images, the last ones, that validate.
        subset: `"training"`, `"validation"`, or `"both"` for a list of the two.
        interpolation: `"bilinear"` or `"nearest"`.
        follow_links: whether links to folders are followed.
        crop_to_aspect_ratio: whether to cut off what does not fit instead of stretching.
        pad_to_aspect_ratio: not supported, False.
        data_format: None or `"channels_last"`.
        format: `"tf"`, a data set like those of `tf.data`.
        verbose: whether to print how many images were found.

    Returns:
        A data set for `fit` with the attributes `class_names` and `file_paths`; its images are
        float32 from 0 to 255 (uint8 with `interpolation="nearest"`), (N, height, width, channels).

    Raises:
        ValueError: for arguments that do not fit each other or the folder.

    Reference: https://keras.io/api/data_loading/image/#imagedatasetfromdirectory-function
    """
    config.check_data_format(data_format)
    if labels is None or label_mode is None:
        labels = label_mode = None
    _check("label_mode", label_mode, ("int", "categorical", "binary", None))
    _check("interpolation", interpolation, ("bilinear", "nearest"))
    _check("pad_to_aspect_ratio", pad_to_aspect_ratio, (False,))
    _check("format", format, ("tf",))
    _check("subset", subset, ("training", "validation", "both") if validation_split else (None,))
    if validation_split and (not 0 < validation_split < 1 or (shuffle and seed is None)):
        raise ValueError(
            f"validation_split is {validation_split} and seed is {seed}, but a share below 1 and a "
            "seed are needed, so that no image is in both subsets; write validation_split=0.2, "
            "seed=1."
        )
    paths, found, names = _index(directory, labels, class_names, follow_links, verbose)
    if label_mode == "binary" and len(names or ()) != 2:
        raise ValueError(
            f"label_mode is 'binary', but there are {len(names or ())} classes; "
            'write label_mode="int".'
        )
    if seed is None:
        seed = int(random.generator().integers(1_000_000))
    if shuffle:  # as Keras does, so that the same seed gives the same subsets
        order = np.arange(len(paths))
        np.random.RandomState(seed).shuffle(order)
        paths, found = [paths[i] for i in order], found[order]
    if label_mode == "binary":
        found = found[:, None].astype("float32")
    elif label_mode == "categorical":
        found = np.eye(len(names or ()), dtype="float32")[found]
    height, width = (image_size, image_size) if isinstance(image_size, int) else image_size

    def read(path: str) -> np.ndarray:
        image = img_to_array(load_img(path, color_mode), dtype="uint8")
        image = _cropped(image, height, width) if crop_to_aspect_ratio else image
        return _resized(image, height, width, interpolation)

    def dataset(chosen: slice, shuffled: bool) -> Dataset:
        files, answers = paths[chosen], found[chosen]
        if not files:
            raise ValueError(
                f"{directory} has no images ({', '.join(ENDINGS)}) for subset={subset!r}; put them "
                f"into {os.path.join(directory, 'cats', '1.png')} and the like."
            )
        made = Dataset.from_tensor_slices(np.arange(len(files)))
        if shuffled:
            made = made.shuffle(8 * batch_size if batch_size else 1024, seed)
        if label_mode is None:
            made = made.map(lambda i: read(files[i]))
        else:
            made = made.map(lambda i: (read(files[i]), answers[i]))
        made = made if batch_size is None else made.batch(batch_size)
        made.class_names, made.file_paths = names, files
        return made

    if not validation_split:
        return dataset(slice(None), shuffle)
    first = len(paths) - int(validation_split * len(paths))
    if subset == "both":
        return [dataset(slice(first), shuffle), dataset(slice(first, None), False)]
    return dataset(slice(first) if subset == "training" else slice(first, None), shuffle)


def _check(argument: str, value: Any, known: tuple[Any, ...]) -> None:
    if value not in known:
        raise ValueError(f"{argument} is {value!r}, but one of {known} is needed; {_EXAMPLE}")


def _index(
    directory: Any, labels: Any, class_names: Sequence[str] | None, links: bool, verbose: bool
) -> tuple[list[str], np.ndarray, list[str] | None]:
    """Return the paths, their labels (zeros where there are none), and the names of the classes."""
    root = Path(directory)
    if labels != "inferred":
        if class_names is not None:
            raise ValueError(
                "class_names are the folders' names, but labels are given; leave one of them out."
            )
        paths = [str(path) for path in image_files(root, links, ENDINGS)]
        if labels is None:
            return paths, np.zeros(len(paths), "int32"), None
        if len(labels) != len(paths):
            raise ValueError(
                f"labels holds {len(labels)} labels, but {root} has {len(paths)} images; "
                "write one for each, in the order of the sorted paths."
            )
        return paths, np.asarray(labels, "int32"), [str(label) for label in sorted(set(labels))]
    folders = sorted(p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    names = folders if class_names is None else list(class_names)
    if not set(names) <= set(folders):
        raise ValueError(f"class_names is {names}, but {root} has the folders {folders}.")
    each = [image_files(root / name, links, ENDINGS) for name in names]
    paths = [str(path) for of_class in each for path in of_class]
    if verbose:
        print(f"Found {len(paths)} files belonging to {len(names)} classes.")
    return paths, np.repeat(np.arange(len(names), dtype="int32"), [*map(len, each)]), names


def _cropped(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the largest centred box of the target's proportions."""
    H, W, _ = image.shape
    h, w = max(min(H, W * height // width), 1), max(min(W, H * width // height), 1)
    top, left = (H - h) // 2, (W - w) // 2
    return image[top : top + h, left : left + w]


def _resized(image: np.ndarray, height: int, width: int, interpolation: str) -> np.ndarray:
    """Return an image of another size, as TensorFlow makes it: pixels are not averaged."""
    H, W, _ = image.shape
    half = np.float32(0.5)
    h = (np.arange(height, dtype="float32") + half) * np.float32(H / height)
    w = (np.arange(width, dtype="float32") + half) * np.float32(W / width)
    if interpolation == "nearest":
        return image[h.astype(int)[:, None], w.astype(int)]
    rows, columns = np.meshgrid((h - half).clip(0, H - 1), (w - half).clip(0, W - 1), indexing="ij")
    x = image[None].astype("float32")
    return kernels.warp(x, rows[None], columns[None], "bilinear", "nearest")[0]
