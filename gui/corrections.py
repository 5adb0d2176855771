"""What the user has corrected: images as the network saw them, and the digits they really were.

Reference: https://numpy.org/doc/stable/reference/generated/numpy.savez_compressed.html
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nanoconv.core.safe_files import read_npz, replacing

from .digit_image import SIDE

MOST = 20_000  # corrections in a file: a lifetime of drawing


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
        with replacing(path) as file:
            np.savez_compressed(file, images=images, labels=self.labels.astype(np.uint8))

    @classmethod
    def load(cls, path: str | Path) -> Corrections:
        """Read corrections that `save` has written.

        Raises:
            OSError: where the file cannot be read.
            ValueError: where it is damaged, or does not hold corrections.
        """
        name = Path(path).name
        arrays = read_npz(path, ("images", "labels"))
        if len(arrays) < 2:
            raise ValueError(
                f"{name} holds no corrections; choose an .npz file that this window has saved."
            )
        images, labels = arrays["images"], arrays["labels"]
        if images.dtype == np.uint8 and images.size <= MOST * SIDE * SIDE:
            images = images / np.float32(255)
        try:
            return cls().with_all(images, labels)
        except ValueError as error:
            raise ValueError(f"{name} is refused. {error}") from error


def _check(images: np.ndarray, labels: np.ndarray) -> None:
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE) or labels.shape != images.shape[:1]:
        raise ValueError(
            f"The corrections have images of shape {images.shape} and labels of shape "
            f"{labels.shape}, but (N, 28, 28) and (N,) are needed."
        )
    if len(labels) > MOST:
        raise ValueError(f"There are more than {MOST:,} corrections; keep the ones that matter.")
    if images.dtype.kind not in "uif" or (
        images.size and not 0 <= images.min() <= images.max() <= 1
    ):
        raise ValueError("The corrections hold pixels that are not between 0 and 1.")
    if labels.dtype.kind not in "iu" or (
        labels.size and not 0 <= labels.min() <= labels.max() <= 9
    ):
        raise ValueError("The corrections hold labels that are not digits from 0 to 9.")
