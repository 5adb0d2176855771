"""ImageDataGenerator changes images as Keras' does, and makes batches that `fit` takes."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

import nanoconv
from nanoconv.preprocessing import image
from nanoconv.preprocessing.image import ImageDataGenerator
from tests.conftest import require


@pytest.fixture
def legacy(keras) -> Any:
    """Keras' own generator, which moves pixels by SciPy."""
    require("scipy")
    return importlib.import_module("keras.src.legacy.preprocessing.image")


class InOrder:
    """Keras' generator without its mistake: it shifts and zooms columns by what rows should be."""

    def __init__(self, legacy: Any, **options: Any) -> None:
        self.generator = legacy.ImageDataGenerator(**options)

    def apply_transform(self, x: np.ndarray, drawn: dict[str, Any]) -> np.ndarray:
        other = {"tx": "ty", "ty": "tx", "zx": "zy", "zy": "zx"}
        return self.generator.apply_transform(
            x.copy(), {other.get(name, name): value for name, value in drawn.items()}
        )


KERAS_PARAMETERS = {
    *("theta", "tx", "ty", "shear", "zx", "zy", "flip_horizontal", "flip_vertical"),
    *("channel_shift_intensity", "brightness"),
}


def parameters(rng: np.random.Generator, **options: Any) -> dict[str, Any]:
    """Draw what happens to an image, in Keras' words."""
    return {
        "theta": rng.uniform(-60, 60),
        "tx": rng.uniform(-3, 3),
        "ty": rng.uniform(-3, 3),
        "shear": rng.uniform(-30, 30),
        "zx": rng.uniform(0.6, 1.6),
        "zy": rng.uniform(0.6, 1.6),
        "flip_horizontal": rng.random() < 0.5,
        "flip_vertical": rng.random() < 0.5,
        **options,
    }


@pytest.mark.parametrize("interpolation_order", [0, 1])
@pytest.mark.parametrize("fill_mode", ["nearest", "constant", "reflect", "wrap"])
def test_pixels_move_as_in_keras(legacy, rng, fill_mode, interpolation_order):
    options = {"fill_mode": fill_mode, "cval": 0.25, "interpolation_order": interpolation_order}
    mine, theirs = ImageDataGenerator(**options), InOrder(legacy, **options)
    unequal = 0
    for shape in [(11, 11, 2), (8, 8, 1), (5, 5, 3)] * 8:  # see InOrder: others have a wrong centre
        x, drawn = rng.random(shape, "float32"), parameters(rng)
        y, expected = mine.apply_transform(x, drawn), theirs.apply_transform(x, drawn)
        unequal += (np.abs(y - expected) > 2e-5).sum()  # a hair decides about some pixels
    assert unequal <= (3 if fill_mode == "constant" or not interpolation_order else 0)


@pytest.mark.parametrize(
    "one",
    [
        {"theta": 25.0},
        {"shear": 20.0},
        {"zx": 0.8, "zy": 1.3},
        {"tx": 1.5, "ty": -2.0},
        {"flip_horizontal": True},
        {"flip_vertical": True},
        {"channel_shift_intensity": 31.5},
        {"channel_shift_intensity": -31.5, "flip_vertical": True, "theta": 4.0},
    ],
    ids=str,
)
def test_each_change_alone_is_as_in_keras(legacy, rng, one):
    x = (rng.random((6, 6, 3)) * 255).astype("float32")
    expected = InOrder(legacy).apply_transform(x, one)
    np.testing.assert_allclose(ImageDataGenerator().apply_transform(x, one), expected, atol=2e-3)


@pytest.mark.parametrize("brightness", [0.3, 1.0, 1.7])
@pytest.mark.parametrize(("low", "high"), [(0, 255), (-1, 1), (-100, 100), (0, 500)])
def test_brightness_is_as_in_keras_but_for_rounding(legacy, rng, brightness, low, high):
    """Keras changes the brightness of whole gray values, through Pillow."""
    x = rng.uniform(low, high, (7, 7, 3)).astype("float32")
    one = {"brightness": brightness}
    expected = legacy.ImageDataGenerator().apply_transform(x.copy(), one)
    gray = (x.max() - x.min()) / 255 if low < 0 or high > 255 else 1
    mine = ImageDataGenerator().apply_transform(x, one)
    assert np.abs(mine - expected).max() <= (brightness + 1.01) * gray


def test_height_means_rows():
    x = np.arange(12.0).reshape(1, 3, 4, 1)
    for axis, name in ((1, "height_shift_range"), (2, "width_shift_range")):
        up = np.concatenate([x.take(range(1, x.shape[axis]), axis), x.take([-1], axis)], axis)
        down = np.concatenate([x.take([0], axis), x.take(range(x.shape[axis] - 1), axis)], axis)
        batch = next(ImageDataGenerator(**{name: [1]}).flow(np.repeat(x, 50, 0), batch_size=50))
        assert {one.tobytes() for one in batch} == {
            shifted.astype("float32").tobytes() for shifted in (up, down)
        }


@pytest.mark.parametrize("size", [0, 3, -3, 2.5, 0.3, [-2, 5], [0.1, -0.25], (1,), np.array([0.5])])
def test_shifts_are_drawn_as_in_keras(legacy, size):
    """Integers below an integer, a float's whole range, or what a list has; shares below 1."""
    if isinstance(size, np.ndarray):  # Keras takes lists only
        theirs = legacy.ImageDataGenerator(height_shift_range=size.tolist())
    else:
        theirs = legacy.ImageDataGenerator(height_shift_range=size)
    np.random.seed(1)
    expected = np.array([theirs.get_random_transform((10, 8, 1))["tx"] for _ in range(3000)])
    mine = ImageDataGenerator(height_shift_range=size).ranges
    drawn = mine.draw(np.random.default_rng(1), (3000, 10, 8, 1))["tx"]
    if isinstance(size, float):
        assert abs(np.abs(drawn).max() - np.abs(expected).max()) < 0.01
    elif size == -3:  # Keras draws fractions, as if it were 3.0
        assert set(drawn) == {-2, -1, 0, 1, 2}
    else:
        assert set(drawn) == set(expected)


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
        {"samplewise_std_normalization": True, "rescale": 1 / 255},
        {"featurewise_center": True, "featurewise_std_normalization": True},
        {"featurewise_center": True, "rescale": 1 / 255},
        {"featurewise_std_normalization": True, "rescale": 1 / 255},
        {"zca_whitening": True},
        {"zca_whitening": True, "zca_epsilon": 1e-2, "rescale": 1 / 255},
        {"zca_whitening": True, "featurewise_std_normalization": True, "samplewise_center": True},
        {"dtype": "float64", "featurewise_center": True, "rescale": 0.1},
        {"preprocessing_function": lambda pixels: pixels * 2 + 1, "rescale": 0.5},
    ],
    ids=lambda options: "-".join(options),
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # Keras': one option implies another
def test_values_are_standardized_as_in_keras(legacy, rng, options):
    x = (rng.random((6, 5, 5, 3)) * 255).astype("float32")
    batches = []
    for make in (ImageDataGenerator, legacy.ImageDataGenerator):
        generator = make(**options)
        generator.fit(x)
        batches.append(next(generator.flow(x, np.arange(6), batch_size=4, shuffle=False)))
    np.testing.assert_allclose(batches[0][0], batches[1][0], rtol=1e-3, atol=2e-4)
    assert batches[0][0].dtype == batches[1][0].dtype
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
    data = rng.random((40, 5, 5, 3)) * 255
    drawn = ImageDataGenerator(rotation_range=9, channel_shift_range=9.0, brightness_range=(1, 2))
    assert set(drawn.get_random_transform((5, 5, 3))) == KERAS_PARAMETERS
    np.testing.assert_array_equal(
        drawn.random_transform(data[0], seed=1), drawn.random_transform(data[0], seed=1)
    )


def test_augmented_images_are_fitted_as_they_are_trained_on(rng):
    x = (rng.random((200, 6, 6, 1)) * 100).astype("float32")
    generator = ImageDataGenerator(
        featurewise_std_normalization=True, rescale=0.1, width_shift_range=[3], cval=50.0,
        fill_mode="constant",
    )  # fmt: skip
    generator.fit(x, augment=True, rounds=3, seed=4)
    assert abs(generator.mean.item() - (5 + 50) / 2) < 0.5
    batch = next(generator.flow(x, batch_size=200, shuffle=False))
    assert generator.mean.shape == generator.std.shape == (1, 1, 1)
    assert batch.shape == x.shape


def test_sorted_labels_are_not_split_in_silence(legacy, rng):
    x, y = rng.random((8, 4, 4, 1)), np.array([0] * 4 + [1] * 4)
    for module in (legacy, image):
        generator = module.ImageDataGenerator(validation_split=0.5)
        with pytest.raises(ValueError, match="shuffle"):
            generator.flow(x, y, subset="training")
        assert len(generator.flow(x, y, subset="training", ignore_class_split=True)) == 1


def test_flows_shuffle_repeat_and_split(rng):
    x, y = rng.random((10, 4, 4, 1)), np.arange(10)
    generator = ImageDataGenerator(validation_split=0.3)
    options = {"batch_size": 4, "seed": 3, "ignore_class_split": True}
    train = generator.flow(x, y, subset="training", **options)
    assert [len(train[i][1]) for i in range(len(train))] == [4, 3]
    seen = np.concatenate([next(train)[1] for _ in range(4)])
    assert sorted(seen[:7]) == sorted(seen[7:]) == list(range(3, 10))
    assert list(seen[:7]) != list(seen[7:])
    validation = generator.flow(x, y, subset="validation", shuffle=False, ignore_class_split=True)
    assert next(validation)[1].tolist() == [0, 1, 2]
    again = generator.flow(x, y, subset="training", **options)
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


def test_images_in_folders_become_batches(tmp_path, rng, capsys):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(3):
            pixels = np.full((6, 6, 1), 200 if name == "dog" else 20)
            nanoconv.utils.save_img(tmp_path / name / f"{i}.png", pixels, scale=False)
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


def test_files_come_in_keras_order_and_are_split_as_there(legacy, tmp_path, rng, capsys):
    for name in (
        "b/2.png",
        "b/x/1.png",
        "b/x.png",
        "b/10.PNG",
        "b/note.txt",
        "b/an.gif",
        "a/1.png",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nanoconv.utils.save_img(
            path, rng.random((3, 3, 1)), file_format=name[-3:].lower().replace("txt", "png")
        )
    (tmp_path / "a" / "link").symlink_to(tmp_path / "b")
    for options in ({}, {"subset": "validation"}, {"subset": "training"}, {"follow_links": True}):
        mine, theirs = (
            module.ImageDataGenerator(validation_split=0.4).flow_from_directory(
                str(tmp_path), target_size=(3, 3), batch_size=9, shuffle=False, **options
            )
            for module in (image, legacy)
        )
        assert mine.filenames == theirs.filenames
        for x, y in zip(next(mine), next(theirs), strict=True):
            np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
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
