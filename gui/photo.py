"""Photos and scans of one digit: find the paper, the ink, and leave out what is neither.

Reference: N. Otsu, "A threshold selection method from gray-level histograms" (1979)
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nanoconv.core.safe_files import check_file

from .digit_image import BOX, PEN, NoInkError, crop

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")  # their sizes come first
MOST_PIXELS = 40_000_000  # of what is decoded; an A4 page scanned at 600 dpi has 35 million
LONGEST = 400  # a photo is made smaller than this before anything else
CONTRAST = 0.08  # of white; less is no ink


class ImageError(ValueError):
    """A file is no image, or shows no digit."""


def read_photo(path: str | Path) -> np.ndarray:
    """Return the ink of a photo or scan: (H, W) from 0 (paper) to 1 (ink), cropped to the digit.

    Args:
        path: an image of one of `FORMATS`, of any colours, dark on light or light on dark.

    Raises:
        ImageError: where the file is no image, or shows no digit.
    """
    from PIL import Image

    try:
        image = _small(path)
    except Exception as error:  # Pillow's readers fail in many ways on damaged files
        why = " ".join(str(error).split()) or type(error).__name__
        raise ImageError(
            f"{Path(path).name} could not be read as an image ({why}); choose a PNG or JPEG file."
        ) from error
    white = Image.new("RGBA", image.size, "white")
    grey = np.asarray(Image.alpha_composite(white, image).convert("L"), np.float32) / 255
    try:
        return ink_of(grey)
    except NoInkError as error:
        raise ImageError(
            f"{Path(path).name} shows no digit that stands out from its background; choose an "
            "image of one digit."
        ) from error


def _small(path: str | Path) -> Image:
    """Return an image file's pixels, RGBA, `LONGEST` a side at most."""
    from PIL import Image, ImageOps

    check_file(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own of many pixels, and of odd metadata
        Image.init()
        with Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN]) as file:
            file.draft("L", (4 * LONGEST, 4 * LONGEST))  # spares the decoding of huge photos
            most = MOST_PIXELS // 2 if file.format == "WEBP" else MOST_PIXELS  # decoded twice
            if file.width * file.height > most:
                raise ImageError(f"it has {file.width} x {file.height} pixels, more than {most:,}")
            image: Image.Image = file
            if image.mode not in ("L", "LA", "RGB", "RGBA"):
                image = image.convert("F" if image.mode[0] in "IF" else "RGBA")
            image = image.reduce(max(1, max(image.size) // (4 * LONGEST)))
            image = ImageOps.exif_transpose(image)
    if image.mode == "F":  # 16 bits or more: up to the lightest pixel, whatever the range is
        values = np.nan_to_num(np.asarray(image)).clip(0)
        image = Image.fromarray((255 * values / max(values.max(), 1e-9)).astype(np.uint8))
    image = image.convert("RGBA")
    image.thumbnail((LONGEST, LONGEST))
    return image


def ink_of(grey: np.ndarray) -> np.ndarray:
    """Return the ink of a grey image (H, W) from 0 (black) to 1 (white), cropped to the digit.

    Raises:
        NoInkError: where nothing stands out.
    """
    difference = grey - _paper(grey)
    darker, lighter = (np.clip(-difference, 0, 1), np.clip(difference, 0, 1))
    ink = darker if (darker**2).sum() >= (lighter**2).sum() else lighter
    if ink.max() < CONTRAST:
        raise NoInkError("Nothing stands out from the paper.")
    threshold = _otsu(ink)
    ink = np.clip((ink - threshold / 2) / threshold, 0, 1)  # 0.5 at the threshold, soft around it
    ink = crop(ink * _main_regions(ink > 0.5))
    return _broader(_smaller(ink))


def _paper(grey: np.ndarray) -> np.ndarray:
    """Return the paper's brightness (H, W): the plane that fits the image's frame best.

    A plane follows light that falls from one side.
    """
    H, W = grey.shape
    y, x = np.meshgrid(np.linspace(-1, 1, H), np.linspace(-1, 1, W), indexing="ij")
    plane = np.stack([np.ones_like(x), x, y], -1)  # (H, W, 3)
    frame = np.maximum(np.abs(x), np.abs(y)) > 0.9
    values, terms = grey[frame], plane[frame]
    typical = np.abs(values - np.median(values)) <= 0.15  # ink may reach the frame
    solution, *_ = np.linalg.lstsq(terms[typical], values[typical], rcond=None)
    return plane @ solution


def _otsu(values: np.ndarray) -> float:
    """Return the threshold that splits values into the two most different groups."""
    counts, edges = np.histogram(values, 128)
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    means_below = sums / np.maximum(below, 1)
    means_above = (sums[-1] - sums) / np.maximum(above, 1)
    return float(edges[1:][np.argmax(below * above * (means_below - means_above) ** 2)])


def _main_regions(mask: np.ndarray) -> np.ndarray:
    """Return the mask (H, W) without specks: regions of less than a twentieth of the largest."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:  # every pixel takes the largest of its neighbours' labels
        grown = labels
        for axis in (0, 1):
            grown = _along(grown, mask, axis)
        if (grown == labels).all():
            break
        labels = grown
    names, sizes = np.unique(labels[mask], return_counts=True)
    if not len(names):
        raise NoInkError("Nothing stands out from the paper.")
    large = np.isin(labels, names[sizes * 20 >= sizes.max()]) & mask
    wide = large.copy()  # with a soft edge of two pixels
    for _ in range(2):
        wide = _grown(wide.astype(np.float32)) > 0
    return wide


def _along(labels: np.ndarray, mask: np.ndarray, axis: int) -> np.ndarray:
    """Give all pixels of each straight run, and its diagonal neighbours, their largest label."""
    labels = np.moveaxis(labels, axis, 0).copy()
    inside = np.moveaxis(mask, axis, 0)
    for rows in (range(1, len(labels)), range(len(labels) - 2, -1, -1)):
        step = -1 if rows.step > 0 else 1
        for i in rows:
            near = np.pad(labels[i + step], 1)
            best = np.maximum(np.maximum(near[:-2], near[2:]), np.maximum(near[1:-1], labels[i]))
            labels[i] = np.where(inside[i], best, 0)
    return np.moveaxis(labels, 0, axis)


def _smaller(ink: np.ndarray, longest: int = 8 * BOX) -> np.ndarray:
    """Return the ink with at most `longest` pixels a side, each the mean of a square."""
    times = -(-max(ink.shape) // longest)
    H, W = (-(-n // times) * times for n in ink.shape)
    padded = np.pad(ink, ((0, H - ink.shape[0]), (0, W - ink.shape[1])))
    return padded.reshape(H // times, times, W // times, times).mean((1, 3))


def _broader(ink: np.ndarray) -> np.ndarray:
    """Return the ink, drawn with a pen as broad as MNIST's where it was much thinner."""
    wanted = PEN / BOX * max(ink.shape)
    rounds = round((wanted - _pen_width(ink)) / 2)
    if rounds < 1 or wanted < 4:
        return ink
    ink = np.pad(ink, rounds)
    for _ in range(rounds):
        ink = _grown(ink)
    return ink


def _pen_width(ink: np.ndarray) -> float:
    """Return about how broad the pen was: twice the area of the ink over its outline."""
    padded = np.pad(ink, 1)
    steps = np.abs(np.diff(padded, axis=0)).sum() + np.abs(np.diff(padded, axis=1)).sum()
    return float(2 * ink.sum() / max(steps * np.pi / 4, 1e-6))


def _grown(ink: np.ndarray) -> np.ndarray:
    """Return the ink, one pixel broader on all sides."""
    padded = np.pad(ink, 1)
    grown = ink
    for shifted in (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]):
        grown = np.maximum(grown, shifted)
    return grown
