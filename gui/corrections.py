"""What the user has corrected: images as the network saw them, and the digits they really were.

Reference: https://numpy.org/doc/stable/reference/generated/numpy.savez_compressed.html
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from nanoconv.saving.disk import replacing

from .digit_image import SIDE


class Corrections:
    """A small data set that grows by one digit at a time.

    Attributes:
        images: (N, 28, 28) float32 from 0 (paper) to 1 (ink).
        labels: (N,) integers from 0 to 9.
    """

    def __init__(self) -> None:
        self.images = np.zeros((0, SIDE, SIDE), np.float32)
        self.labels = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self.labels)

    def with_one_more(self, image: np.ndarray, digit: int) -> Corrections:
        """Return a copy that has one more correction.

        Raises:
            ValueError: where the image is not 28x28, or the digit not 0 ... 9.
        """
        return self.with_all(np.asarray(image)[None], np.array([digit]))

    def with_all(self, images: np.ndarray, labels: np.ndarray) -> Corrections:
        """Return a copy that has these corrections, too.

        Raises:
            ValueError: where they are not what they should be.
        """
        images, labels = np.asarray(images), np.asarray(labels)
        _check(images, labels)
        more = Corrections()
        more.images = np.concatenate([self.images, images.astype(np.float32)])
        more.labels = np.concatenate([self.labels, labels.astype(np.int64)])
        return more

    def save(self, path: str | Path) -> None:
        """Write all corrections into an .npz file; an older file stays whole until it is done.

        Raises:
            OSError: where the file cannot be written.
        """
        images = np.rint(self.images * 255).astype(np.uint8)
        with replacing(str(path), overwrite=True) as part, open(part, "wb") as file:
            np.savez_compressed(file, images=images, labels=self.labels.astype(np.uint8))

    @classmethod
    def load(cls, path: str | Path) -> Corrections:
        """Read corrections that `save` has written.

        Raises:
            OSError: where the file cannot be read.
            ValueError: where it does not hold corrections.
        """
        try:
            with np.load(path) as file:
                images, labels = file["images"], file["labels"]
        except (KeyError, ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:
            raise ValueError(
                f"{Path(path).name} holds no corrections; choose an .npz file that this window "
                "has saved."
            ) from error
        scale = 255 if images.dtype == np.uint8 else 1
        return cls().with_all(images / scale, labels)


def _check(images: np.ndarray, labels: np.ndarray) -> None:
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE) or labels.shape != images.shape[:1]:
        raise ValueError(
            f"The corrections have images of shape {images.shape} and labels of shape "
            f"{labels.shape}, but (N, 28, 28) and (N,) are needed."
        )
    if images.size and not (images.min() >= 0 and images.max() <= 1):
        raise ValueError("The corrections hold pixels that are not between 0 and 1.")
    if labels.dtype.kind not in "iu" or (
        labels.size and not 0 <= labels.min() <= labels.max() <= 9
    ):
        raise ValueError("The corrections hold labels that are not digits from 0 to 9.")
