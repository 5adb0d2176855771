"""Makes endless streams of batches: images of an array, or of image files, changed at random.

A flow is a `PyDataset`: `fit` takes its batches by index, an epoch long. It is an iterator, too,
that never ends: `next(flow)`.

Reference: https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/ImageDataGenerator
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from nanoconv import random
from nanoconv.core.arrays import as_plain
from nanoconv.utils.image_files import img_to_array, load_img
from nanoconv.utils.numerical import to_categorical
from nanoconv.utils.py_dataset import PyDataset

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff")
CLASS_MODES = ("categorical", "sparse", "binary", "input", None)


class Generator(Protocol):
    """What changes a flow's images: an `ImageDataGenerator`."""

    validation_split: float

    def random_batch(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return images (N, H, W, C), each changed at random."""


class ImageFlow(PyDataset):
    """What all flows do: cut an order of images into batches, epoch after epoch.

    Args:
        generator: changes the images.
        n: number of images.
        batch_size: images in a batch; the last of an epoch may hold fewer.
        shuffle: whether each epoch has another order.
        seed: an integer for repeatable batches.
    """

    def __init__(
        self,
        generator: Generator,
        n: int,
        batch_size: int,
        shuffle: bool,
        seed: int | None,
    ) -> None:
        super().__init__()
        self.generator, self.n, self.batch_size, self.shuffle = generator, n, batch_size, shuffle
        self.rng = random.generator(seed)
        self.batch_index = 0
        self.index_array = self._order()

    def _order(self) -> np.ndarray:
        self._before_order = self.rng.bit_generator.state
        return self.rng.permutation(self.n) if self.shuffle else np.arange(self.n)

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"there are {len(self)} batches, so that batch {index} does not exist")
        first = index * self.batch_size
        return self.make_batch(self.index_array[first : first + self.batch_size])

    def make_batch(self, chosen: np.ndarray) -> Any:
        """Return the batch of these images."""
        raise NotImplementedError

    def on_epoch_end(self) -> None:
        """Draw another order where it is wanted."""
        self.index_array = self._order()

    def reset(self) -> None:
        """Begin a new epoch with the next `next(flow)`."""
        self.batch_index = 0

    def get_state(self) -> dict[str, Any]:
        """Return as plain data what the coming batches depend on; `BackupAndRestore` saves it."""
        return {
            "before_order": self._before_order,
            "now": self.rng.bit_generator.state,
            "batch_index": self.batch_index,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on where a flow of the same images was when `get_state` was called.

        Args:
            state: what `get_state` returned.
        """
        self.rng.bit_generator.state = state["before_order"]
        self.index_array = self._order()
        self.rng.bit_generator.state = state["now"]
        self.batch_index = state["batch_index"]

    def __iter__(self) -> ImageFlow:
        return self

    def __next__(self) -> Any:
        if self.batch_index == len(self):
            self.batch_index = 0
            self.on_epoch_end()
        self.batch_index += 1
        return self[self.batch_index - 1]

    next = __next__


class ArrayFlow(ImageFlow):
    """Batches of images in memory.

    Args:
        generator, batch_size, shuffle, seed: as for `ImageFlow`.
        x: images (N, H, W, C).
        y, sample_weight: labels and weights (N, ...), or None.
        subset: `"training"`, `"validation"`, or None for all.
        ignore_class_split: whether the two subsets may hold different labels.

    Raises:
        ValueError: where the lengths differ, or the two subsets hold different labels.
    """

    def __init__(
        self,
        generator: Generator,
        x: np.ndarray,
        y: Any,
        sample_weight: Any,
        batch_size: int,
        shuffle: bool,
        seed: int | None,
        subset: str | None,
        ignore_class_split: bool = False,
    ) -> None:
        arrays = [None if array is None else as_plain(array) for array in (x, y, sample_weight)]
        lengths = {len(array) for array in arrays if array is not None}
        if len(lengths) > 1:
            raise ValueError(
                f"images, labels and weights hold {sorted(lengths)} samples, but each image needs "
                "one of each; check how they were selected."
            )
        chosen = split(len(x), generator.validation_split, subset)
        if subset is not None and arrays[1] is not None and not ignore_class_split:
            other = np.delete(arrays[1], chosen, axis=0)
            if not np.array_equal(np.unique(arrays[1][chosen]), np.unique(other)):
                raise ValueError(
                    "the training and the validation subset hold different labels, as where images "
                    "are sorted by class; shuffle them, or write ignore_class_split=True."
                )
        self.x, self.y, self.sample_weight = (
            None if array is None else array[chosen] for array in arrays
        )
        super().__init__(generator, len(self.x), batch_size, shuffle, seed)  # type: ignore[arg-type]

    def make_batch(self, chosen: np.ndarray) -> Any:
        """Return (x, y), (x, y, weight) or x."""
        x = self.generator.random_batch(self.x[chosen], self.rng)  # type: ignore[index]
        rest = [a[chosen] for a in (self.y, self.sample_weight) if a is not None]
        return (x, *rest) if rest else x


class FolderFlow(ImageFlow):
    """Batches of image files, a folder for each class.

    Args:
        generator, batch_size, shuffle, seed, subset: as for `ArrayFlow`.
        directory: holds the folders.
        reading: arguments of `load_img`.
        classes: names of the folders; all, sorted, by default.
        class_mode: what the labels are.
        follow_links: whether links to folders are followed.

    Attributes:
        class_indices: folder -> label.
        filenames, classes: each image's path below the directory, and its label.

    Raises:
        ValueError: where there are no images, or class_mode is unknown.
    """

    def __init__(
        self,
        generator: Generator,
        directory: Any,
        reading: dict[str, Any],
        classes: Any,
        class_mode: str | None,
        batch_size: int,
        shuffle: bool,
        seed: int | None,
        subset: str | None,
        follow_links: bool = False,
    ) -> None:
        if class_mode not in CLASS_MODES:
            raise ValueError(
                f"class_mode is {class_mode!r}, but one of {CLASS_MODES} is needed; "
                'write class_mode="sparse".'
            )
        root = Path(directory)
        names = list(classes or sorted(p.name for p in root.iterdir() if p.is_dir()))
        self.class_indices = {name: label for label, name in enumerate(names)}
        found: list[tuple[Path, int]] = []
        for name, label in self.class_indices.items():
            paths = image_files(root / name, follow_links)
            chosen = split(len(paths), generator.validation_split, subset)
            found += [(path, label) for path in paths[chosen]]
        if not found:
            raise ValueError(
                f"{root} has no images in folders of classes {names}; put them into "
                f"{root / 'cats' / '1.png'} and the like."
            )
        self.filepaths = [path for path, _ in found]
        self.filenames = [str(path.relative_to(root)) for path in self.filepaths]
        self.classes = np.array([label for _, label in found], "int32")
        self.reading, self.class_mode, self.num_classes = reading, class_mode, len(names)
        self.samples = len(found)
        super().__init__(generator, len(found), batch_size, shuffle, seed)
        print(f"Found {len(found)} images belonging to {len(names)} classes.")

    def make_batch(self, chosen: np.ndarray) -> Any:
        """Return (x, y), or x where class_mode is None."""
        images = [img_to_array(load_img(self.filepaths[i], **self.reading)) for i in chosen]
        x = self.generator.random_batch(np.stack(images), self.rng)
        labels = self.classes[chosen]
        if self.class_mode is None:
            return x
        if self.class_mode == "input":
            return x, x
        if self.class_mode == "categorical":
            return x, to_categorical(labels, self.num_classes).astype("float32")
        return x, labels.astype("float32")


def image_files(folder: Path, follow_links: bool, endings: tuple[str, ...] = ENDINGS) -> list[Path]:
    """Return all images below a folder in Keras' order: sorted by folder, then by name."""
    folders = sorted(os.walk(folder, followlinks=follow_links), key=lambda found: found[0])
    return [
        Path(where, name)
        for where, _, names in folders
        for name in sorted(names)
        if name.lower().endswith(endings)
    ]


def split(n: int, share: float, subset: str | None) -> slice:
    """Return which of n images belong to a subset: the first `share` of them validate.

    Raises:
        ValueError: for another name, or where nothing is left.
    """
    if subset is None:
        return slice(n)
    if subset not in ("training", "validation") or not share:
        raise ValueError(
            f"subset is {subset!r} and validation_split is {share!r}, but "
            '"training" or "validation" and a share are needed; '
            "write ImageDataGenerator(validation_split=0.2)."
        )
    at = int(n * share)
    return slice(at) if subset == "validation" else slice(at, n)
