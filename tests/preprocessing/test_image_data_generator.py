"""ImageDataGenerator changes images as Keras' does, and makes batches that `fit` takes."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

import nanoconv
from nanoconv.preprocessing.image import ImageDataGenerator
from nanoconv.preprocessing.transforms import change
from tests.conftest import require


@pytest.fixture
def legacy(keras) -> Any:
    """Keras' own generator, which moves pixels by SciPy."""
    require("scipy")
    return importlib.import_module("keras.src.legacy.preprocessing.image")


class Fixed:
    """A random generator that draws given numbers, by the order of the draws."""

    def __init__(self, uniform: list[float], random: list[float]) -> None:
        self.draws, self.flips = iter(uniform), iter(random)

    def uniform(self, low: float, high: float, size: Any) -> Any:
        return np.broadcast_to(np.asarray(next(self.draws), float), size).copy()

    def random(self, size: Any) -> Any:
        return np.full(size, next(self.flips))


@pytest.mark.parametrize("fill_mode", ["nearest", "constant", "reflect"])
@pytest.mark.parametrize(
    ("degrees", "slant", "zoom", "rows", "columns"),
    [
        (25.0, 0.0, (1.0, 1.0), 0.0, 0.0),
        (0.0, 20.0, (1.0, 1.0), 0.0, 0.0),
        (0.0, 0.0, (0.8, 1.3), 0.0, 0.0),
        (0.0, 0.0, (1.0, 1.0), 1.5, -2.0),
        (-40.0, 12.0, (1.2, 0.9), -1.0, 2.3),
    ],
    ids=["turned", "sheared", "zoomed", "shifted", "all"],
)
def test_pixels_move_as_in_keras(legacy, rng, fill_mode, degrees, slant, zoom, rows, columns):
    x = rng.random((1, 11, 11, 2))  # Keras turns others around a wrong centre
    generator = ImageDataGenerator(
        rotation_range=1,
        shear_range=1,
        zoom_range=0.1,
        height_shift_range=1,
        fill_mode=fill_mode,
        cval=0.25,
    )
    draws = Fixed([degrees, slant, zoom, rows, columns, 1.0, 0.0], [0.9, 0.9])
    changes = generator.ranges.draw(draws, x.shape)  # type: ignore[arg-type]
    mine = change(x, changes, generator.ranges)[0]
    theirs = legacy.apply_affine_transform(
        x[0], degrees, columns, rows, slant, zoom[1], zoom[0], 0, 1, 2, fill_mode, 0.25, 1
    )
    # SciPy takes the constant for all of a pixel that looks outside by a hair; nanoconv blends.
    compared = theirs != 0.25 if fill_mode == "constant" else np.ones_like(theirs, bool)
    assert compared.mean() > 0.5
    np.testing.assert_allclose(mine[compared], theirs[compared], atol=1e-5)


def test_half_of_the_images_are_mirrored(rng):
    x = rng.random((200, 3, 4, 1), dtype=np.float32)
    generator = ImageDataGenerator(horizontal_flip=True, vertical_flip=True)
    y = next(generator.flow(x, batch_size=200, shuffle=False, seed=1))
    turns = [x, x[:, :, ::-1], x[:, ::-1], x[:, ::-1, ::-1]]
    equal = np.array([np.isclose(y, turn).all(axis=(1, 2, 3)) for turn in turns])
    assert equal.any(axis=0).all()
    assert (equal.sum(axis=1) > 25).all()  # about 50 of each kind


@pytest.mark.parametrize(
    "options",
    [
        {"rescale": 1 / 255},
        {"samplewise_center": True, "samplewise_std_normalization": True},
        {"featurewise_center": True, "featurewise_std_normalization": True},
        {"preprocessing_function": lambda image: image * 2 + 1, "rescale": 0.5},
    ],
    ids=lambda options: "-".join(options),
)
def test_numbers_are_brought_into_range_as_in_keras(legacy, rng, options):
    x = (rng.random((6, 5, 5, 3)) * 255).astype("float32")
    batches = []
    for make in (ImageDataGenerator, legacy.ImageDataGenerator):
        generator = make(**options)
        generator.fit(x)
        batches.append(next(generator.flow(x, np.arange(6), batch_size=4, shuffle=False)))
    np.testing.assert_allclose(batches[0][0], batches[1][0], rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(batches[0][1], batches[1][1])


def test_brightness_and_channels_stay_in_range(rng):
    x = (rng.random((30, 4, 4, 3)) * 255).astype("uint8")
    bright = next(ImageDataGenerator(brightness_range=(0.5, 2)).flow(x, batch_size=30))
    assert bright.min() >= 0 and bright.max() <= 255
    still = ImageDataGenerator(channel_shift_range=0.0).flow(x, batch_size=30, shuffle=False)
    np.testing.assert_array_equal(next(still), x)
    shifted = ImageDataGenerator(channel_shift_range=20.0).flow(x, batch_size=30, shuffle=False)
    difference = np.abs(next(shifted) - x)
    assert 0 < difference.max() <= 20


def test_flows_shuffle_repeat_and_split(rng):
    x, y = rng.random((10, 4, 4, 1)), np.arange(10)
    generator = ImageDataGenerator(validation_split=0.3)
    train = generator.flow(x, y, batch_size=4, subset="training", seed=3)
    assert [len(train[i][1]) for i in range(len(train))] == [4, 3]
    seen = np.concatenate([next(train)[1] for _ in range(4)])
    assert sorted(seen[:7]) == sorted(seen[7:]) == list(range(3, 10))
    assert list(seen[:7]) != list(seen[7:])
    assert next(generator.flow(x, y, subset="validation", shuffle=False))[1].tolist() == [0, 1, 2]
    again = generator.flow(x, y, batch_size=4, subset="training", seed=3)
    np.testing.assert_array_equal(again[0][1], seen[:4])
    weighted = generator.flow(x, y, sample_weight=y / 10, batch_size=2, shuffle=False)[0]
    np.testing.assert_array_equal(weighted[2], [0, 0.1])


def test_fit_takes_a_flow(rng):
    x, y = rng.random((20, 8, 8, 1)), rng.integers(0, 3, 20)
    model = nanoconv.Sequential(
        [
            nanoconv.Input((8, 8, 1)),
            nanoconv.layers.Flatten(),
            nanoconv.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    generator = ImageDataGenerator(rotation_range=10)
    history = model.fit(
        generator.flow(x, y, batch_size=8),
        epochs=2,
        steps_per_epoch=20 / 8,
        validation_data=generator.flow(x, y),
        verbose=0,
    )
    assert len(history.history["val_loss"]) == 2
    assert model.predict(generator.flow(x, batch_size=8, shuffle=False), verbose=0).shape == (20, 3)


def test_pictures_in_folders_become_batches(tmp_path, rng, capsys):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(3):
            picture = np.full((6, 6, 1), 200 if name == "dog" else 20)
            nanoconv.utils.save_img(tmp_path / name / f"{i}.png", picture, scale=False)
    flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        tmp_path, target_size=(4, 5), color_mode="grayscale", batch_size=4, shuffle=False
    )
    assert "Found 6 images belonging to 2 classes." in capsys.readouterr().out
    x, y = next(flow)
    assert x.shape == (4, 4, 5, 1)
    np.testing.assert_array_equal(y, [[1, 0], [1, 0], [1, 0], [0, 1]])
    np.testing.assert_allclose(x[3], 200 / 255, rtol=1e-6)
    assert flow.class_indices == {"cat": 0, "dog": 1}
    binary = ImageDataGenerator().flow_from_directory(tmp_path, class_mode="binary")
    assert sorted(next(binary)[1]) == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda: ImageDataGenerator(zca_whitening=True), "does not whiten"),
        (lambda: ImageDataGenerator(fill_mode="mirror"), "fill_mode is 'mirror'"),
        (lambda: ImageDataGenerator(zoom_range=(1, 2, 3)), "two factors are needed"),
        (lambda: ImageDataGenerator(interpolation_order=3), "interpolation_order is 3"),
        (lambda: ImageDataGenerator(validation_split=2), "a share from 0 to 1"),
        (lambda: ImageDataGenerator(data_format="channels_first"), "channels_last only"),
        (lambda: ImageDataGenerator().flow(np.zeros((3, 4, 4))), r"write x\[\.\.\., None\]"),
        (lambda: ImageDataGenerator().flow(np.zeros((3, 4, 4, 1)), [1]), "one of each"),
        (
            lambda: ImageDataGenerator().flow(np.zeros((3, 4, 4, 1)), subset="training"),
            "validation_split is 0",
        ),
        (
            lambda: next(ImageDataGenerator(featurewise_center=True).flow(np.zeros((3, 4, 4, 1)))),
            r"write generator\.fit\(x_train\)",
        ),
    ],
)
def test_what_is_not_supported_is_refused(act, sentence):
    with pytest.raises(ValueError, match=sentence):
        act()
