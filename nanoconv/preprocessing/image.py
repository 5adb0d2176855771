"""`ImageDataGenerator`: batches of images, each a little different every time.

Reference: https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/ImageDataGenerator
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nanoconv import config, random
from nanoconv.core import absent
from nanoconv.core.arrays import as_plain
from nanoconv.preprocessing.flows import ArrayFlow, FolderFlow, ImageFlow
from nanoconv.preprocessing.transforms import Parameters, Ranges, check_layout
from nanoconv.utils.image_files import array_to_img, img_to_array, load_img, save_img

__all__ = [
    "ImageDataGenerator",
    "Iterator",
    "NumpyArrayIterator",
    "array_to_img",
    "img_to_array",
    "load_img",
    "save_img",
]

Iterator, NumpyArrayIterator, DirectoryIterator = ImageFlow, ArrayFlow, FolderFlow


class ImageDataGenerator:
    """Draws new variations of images for each batch: the cheapest way to more training data.

    Each image is rotated by up to `rotation_range` degrees, shifted, sheared, zoomed and flipped by
    random amounts, all by one lookup of pixels; then its channels and its brightness are changed.
    `preprocessing_function`, `rescale`, the samplewise and the featurewise options follow.

    Rows are shifted by `height_shift_range` and columns by `width_shift_range`, as Keras documents
    it. Keras itself (2.15, 3.15) exchanges the two, and changes images that are not square around
    another point than their centre.

    Args:
        featurewise_center: whether to subtract the mean over `fit`'s images, channel by channel.
        samplewise_center: whether to subtract each image's mean.
        featurewise_std_normalization, samplewise_std_normalization: whether to centre, and divide
            by the standard deviation, likewise.
        zca_whitening, zca_epsilon: whether to centre, and make all values of an image uncorrelated
            over `fit`'s images; for small images, since the matrix has (H W C)**2 values.
        rotation_range: degrees.
        width_shift_range, height_shift_range: a float is the largest shift, an integer n allows
            -(n - 1), ..., n - 1, a list allows its values with either sign; pixels, or a share of
            the size where all are below 1.
        brightness_range: (darkest, brightest) factor, or None.
        shear_range: degrees.
        zoom_range: (smallest, largest) factor, or z for (1 - z, 1 + z).
        channel_shift_range: the most that is added to the channels of an image, within its range.
        fill_mode: what lies outside: `"nearest"` (the last pixel), `"reflect"`, `"wrap"`, or
            `"constant"` (`cval`), each as in SciPy.
        cval: see fill_mode.
        horizontal_flip, vertical_flip: whether half of the images are mirrored.
        rescale: a factor for all values, such as 1 / 255, or None.
        preprocessing_function: a function of one image (H, W, C), called after the changes.
        data_format: `"channels_last"` or None.
        validation_split: share of the first images that `flow(subset="validation")` gives.
        interpolation_order: 1 (between four pixels) or 0 (the nearest).
        dtype: of the batches.

    Raises:
        ValueError: for values that are not supported.

    Example:
        >>> import numpy as np
        >>> images, labels = np.zeros((8, 28, 28, 1)), np.arange(8)
        >>> generator = ImageDataGenerator(rotation_range=10, zoom_range=0.1)
        >>> x, y = generator.flow(images, labels, batch_size=4)[0]
        >>> x.shape
        (4, 28, 28, 1)

    Reference: https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/ImageDataGenerator
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[np.ndarray], np.ndarray] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
    ) -> None:
        config.check_data_format(data_format)
        if not 0 <= validation_split < 1:
            raise ValueError(
                f"validation_split is {validation_split!r}, but a share from 0 to 1 is needed; "
                "write validation_split=0.1."
            )
        self.ranges = Ranges(
            rotation=rotation_range,
            rows=height_shift_range,
            columns=width_shift_range,
            shear=shear_range,
            zoom=zoom_range,
            brightness=brightness_range,
            channels=channel_shift_range,
            mirror=horizontal_flip,
            upside_down=vertical_flip,
            fill_mode=fill_mode,
            fill_value=cval,
            interpolation_order=interpolation_order,
        )
        self.featurewise_std_normalization = featurewise_std_normalization and not zca_whitening
        self.featurewise_center = bool(
            featurewise_center or featurewise_std_normalization or zca_whitening
        )
        self.samplewise_center = samplewise_center or samplewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.validation_split = validation_split
        self.dtype = dtype or config.floatx()
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.mean: Any = None
        self.std: Any = None
        self.zca_whitening_matrix: Any = None

    # ---- batches --------------------------------------------------------------------------------

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        ignore_class_split: bool = False,
        subset: str | None = None,
    ) -> ArrayFlow:
        """Return an endless stream of batches for `fit`.

        Args:
            x: images (N, H, W, C).
            y: labels (N, ...), or None.
            batch_size: images in a batch.
            shuffle: whether each epoch has another order.
            sample_weight: a weight for each image, or None.
            seed: an integer for repeatable batches.
            save_to_dir, save_prefix, save_format: not supported.
            ignore_class_split: whether the two subsets may hold different labels.
            subset: `"training"` or `"validation"`, with `validation_split`.

        Raises:
            ValueError: where shapes or lengths do not fit, or a subset lacks labels.
        """
        if save_to_dir:
            raise ValueError("save_to_dir is not supported; write save_img(path, batch[0]).")
        return ArrayFlow(
            self,
            check_layout(x),
            y,
            sample_weight,
            batch_size,
            shuffle,
            seed,
            subset,
            ignore_class_split,
        )

    def flow_from_directory(
        self,
        directory: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
    ) -> FolderFlow:
        """Return an endless stream of batches of image files, one folder for each class.

        Args:
            directory: with a folder for each class.
            target_size: (height, width) of the images.
            color_mode: `"grayscale"`, `"rgb"` or `"rgba"`.
            classes: names of the folders in the order of the labels; sorted by default.
            class_mode: `"categorical"`, `"sparse"`, `"binary"`, `"input"` or None.
            batch_size, shuffle, seed, subset: as for `flow`.
            save_to_dir, save_prefix, save_format: not supported.
            follow_links: whether links to folders are followed.
            interpolation, keep_aspect_ratio: as for `load_img`.

        Raises:
            ValueError: where there are no images, or an argument is not supported.
        """
        if save_to_dir:
            raise ValueError("save_to_dir is not supported; write save_img(path, batch[0]).")
        reading = {
            "target_size": target_size,
            "color_mode": color_mode,
            "interpolation": interpolation,
            "keep_aspect_ratio": keep_aspect_ratio,
        }
        return FolderFlow(
            self,
            directory,
            reading,
            classes,
            class_mode,
            batch_size,
            shuffle,
            seed,
            subset,
            follow_links,
        )

    # ---- single images --------------------------------------------------------------------------

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Compute what the featurewise options need; the images are rescaled first.

        Args:
            x: images (N, H, W, C).
            augment: whether to compute it of changed images.
            rounds: with augment, how often each image is changed.
            seed: an integer for repeatable changes.
        """
        x = check_layout(x).astype(self.dtype)
        if self.rescale:
            x = x * self.rescale
        if augment:
            rng = random.generator(seed)
            x = np.concatenate([self._changed(x, rng) for _ in range(rounds)])
        if self.featurewise_center:
            self.mean = x.mean(axis=(0, 1, 2))[None, None]  # (1, 1, C)
            x = x - self.mean
        if self.featurewise_std_normalization:
            self.std = x.std(axis=(0, 1, 2))[None, None]
        if self.zca_whitening:
            u, s, _ = np.linalg.svd(x.reshape(len(x), -1).T, full_matrices=False)
            self.zca_whitening_matrix = (u * (np.sqrt(len(x)) / (s + self.zca_epsilon))) @ u.T

    def _changed(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self.ranges.apply(x, self.ranges.draw(rng, x.shape))

    def random_batch(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return changed images, ready for training.

        Args:
            x: images (N, H, W, C).
            rng: where the random amounts come from.
        """
        return self.standardize(self._changed(x.astype(self.dtype), rng))

    def get_random_transform(
        self, img_shape: tuple[int, ...], seed: int | None = None
    ) -> dict[str, Any]:
        """Return parameters, drawn at random, for `apply_transform`.

        Args:
            img_shape: (H, W, C).
            seed: an integer for repeatable parameters.
        """
        drawn = self.ranges.draw(random.generator(seed), (1, *img_shape))
        return {name: values[0] for name, values in drawn.items()}

    def apply_transform(self, x: Any, transform_parameters: dict[str, Any]) -> np.ndarray:
        """Return one image (H, W, C), changed.

        Args:
            x: the image.
            transform_parameters: theta and shear (degrees), tx and ty (pixels), zx and zy
                (factors), flip_horizontal, flip_vertical, channel_shift_intensity, brightness;
                what is missing or None stays as it is.
        """
        given: Parameters = {
            name: np.array([value])
            for name, value in transform_parameters.items()
            if value is not None
        }
        return self.ranges.apply(as_plain(x)[None].astype(self.dtype), given)[0]

    def random_transform(self, x: Any, seed: int | None = None) -> np.ndarray:
        """Return one image (H, W, C), changed at random, its values not standardized."""
        return self.apply_transform(x, self.get_random_transform(np.shape(x), seed))

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """Return images (N, H, W, C) or one of them, as the options above ask for.

        Raises:
            ValueError: where a featurewise option is on, and `fit` was not called.
        """
        if x.ndim == 3:
            return self.standardize(x[None])[0]
        if self.preprocessing_function is not None:
            x = np.stack([self.preprocessing_function(image) for image in x])
        if self.rescale:
            x = x * self.rescale
        if self.samplewise_center:
            x = x - x.mean(axis=(1, 2, 3), keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (x.std(axis=(1, 2, 3), keepdims=True) + 1e-6)
        if self.featurewise_center:
            if self.mean is None:
                raise ValueError(
                    "featurewise options need what fit computes; "
                    "write generator.fit(x_train) before flow."
                )
            x = x - self.mean
        if self.featurewise_std_normalization:
            x = x / (self.std + 1e-6)
        if self.zca_whitening:
            x = (x.reshape(len(x), -1) @ self.zca_whitening_matrix).reshape(x.shape)
        return x.astype(self.dtype, copy=False)


__getattr__, __dir__ = absent.public(__name__)
