"""Layers that change images while training: as Keras does it, and each image in its own way."""

from __future__ import annotations

import numpy as np
import pytest

from nanoconv import layers
from nanoconv.layers.base.cache import Cache
from tests.layers import harness
from tests.layers.cases import AUGMENTING, IMAGES

FILL_MODES = ["reflect", "wrap", "constant", "nearest"]

#: Arguments that leave nothing to chance: both ends of each range are equal.
FIXED = [
    ("RandomRotation", {"factor": (0.1, 0.1)}),
    ("RandomRotation", {"factor": (-0.37, -0.37)}),
    ("RandomTranslation", {"height_factor": (0.3, 0.3), "width_factor": (-0.45, -0.45)}),
    ("RandomZoom", {"height_factor": (0.6, 0.6), "width_factor": (-0.2, -0.2)}),
    ("RandomZoom", {"height_factor": (-0.4, -0.4)}),
]


def train(layer: layers.Layer, x: np.ndarray, call: int = 0, first: int = 0) -> np.ndarray:
    """The layer's output in one training call."""
    return layer.forward(x, Cache(True, first=first, seed=5, call=call))


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize(("name", "arguments"), FIXED)
def test_a_fixed_warp_is_that_of_keras(keras, name, arguments, fill_mode):
    x = harness.draw(IMAGES, "float32")
    options = {**arguments, "fill_mode": fill_mode, "fill_value": 0.7}
    expected = getattr(keras.layers, name)(**options)(x, training=True)
    harness.close("y", train(getattr(layers, name)(**options), x), expected, 1e-5)


def test_the_nearest_pixel_is_that_of_keras(keras):
    x = harness.draw(IMAGES, "float32")
    options = {"factor": (0.1, 0.1), "interpolation": "nearest"}
    expected = keras.layers.RandomRotation(**options)(x, training=True)
    np.testing.assert_array_equal(train(layers.RandomRotation(**options), x), expected)


def test_contrast_is_that_of_keras(keras):
    x = harness.draw(IMAGES, "float32")
    options = {"factor": (0.0, 0.0), "value_range": (-0.5, 1.5)}
    ours, theirs = layers.RandomContrast(**options), keras.layers.RandomContrast(**options)
    ours.factor = theirs.factor = (-0.7, 0.7)  # from 1 + 0.7 to 1 + 0.7
    harness.close("y", train(ours, x), theirs(x, training=True), 1e-6)


@pytest.mark.parametrize("mode", ["horizontal", "vertical", "horizontal_and_vertical"])
def test_a_flip_mirrors_about_half_of_the_images_as_keras_does(keras, mode):
    x = harness.draw((64, 3, 4, 1), "float32")
    axes = {"horizontal": 2, "vertical": 1}.get(mode, (1, 2))
    mirrored = np.flip(x, axes)
    for y in (train(layers.RandomFlip(mode), x), keras.layers.RandomFlip(mode)(x, training=True)):
        flipped = [np.array_equal(a, b) for a, b in zip(y, mirrored, strict=True)]
        same = [np.array_equal(a, b) for a, b in zip(y, x, strict=True)]
        assert all(np.logical_xor(flipped, same))
        assert 16 <= sum(flipped) <= 48


@pytest.mark.parametrize("case", AUGMENTING, ids=str)
def test_images_stay_as_they_are_at_inference(case):
    x = harness.draw(case.shape)
    assert case.make().forward(x) is x
    assert case.make().forward(x, Cache(False)) is x


@pytest.mark.parametrize("case", AUGMENTING, ids=str)
def test_each_image_of_each_batch_changes_in_its_own_way_and_repeatably(case):
    layer = case.make(dtype="float64")
    image = harness.draw((1, *case.shape[1:]))
    x = np.repeat(image, 32, axis=0)
    x.flags.writeable = False
    y = train(layer, x)
    assert y.dtype == x.dtype
    assert len(np.unique(y.round(9), axis=0)) > (1 if "Flip" in case.layer else 8)
    assert not np.array_equal(train(layer, x, call=1), y)
    np.testing.assert_array_equal(train(layer, x), y)
    chunks = [train(layer, x[:5]), train(layer, x[5:], first=5)]
    np.testing.assert_allclose(np.concatenate(chunks), y, atol=1e-12)


def test_rotations_fill_their_range():
    layer, seen = layers.RandomRotation((0.1, 0.3), dtype="float64"), []
    for call in range(20):
        U = np.random.default_rng(call).random((50, 1))
        M, _ = layer.transform(U, 8, 8)
        seen.extend(np.arctan2(M[:, 0, 1], M[:, 0, 0]) / (2 * np.pi))
    assert min(seen) == pytest.approx(0.1, abs=2e-3)
    assert max(seen) == pytest.approx(0.3, abs=2e-3)


def test_a_zoom_of_one_factor_keeps_proportions():
    M, _ = layers.RandomZoom(0.4).transform(np.random.default_rng(0).random((9, 2)), 5, 7)
    np.testing.assert_array_equal(M[:, 0, 0], M[:, 1, 1])


def test_the_elastic_warp_moves_pixels_as_far_as_its_formula_says():
    """White noise smoothed in two dimensions keeps 1 / (2 √π σ) of its deviation."""
    H = W = 40
    x = np.broadcast_to(np.arange(W, dtype=float)[None, None, :, None], (16, H, W, 1))
    layer = layers.RandomElasticTransform(scale=(1, 1), factor=(1, 1), fill_mode="nearest")
    moved = (train(layer, x) - x)[:, 10:-10, 10:-10, 0]  # far from the border
    sigma, alpha = 0.05 * H, 0.1 * W
    assert moved.std() == pytest.approx(alpha * sigma / (2 * np.sqrt(np.pi) * sigma), rel=0.1)
    neighbours = np.corrcoef(moved[:, :, 1:].ravel(), moved[:, :, :-1].ravel())[0, 1]
    assert neighbours == pytest.approx(np.exp(-1 / (4 * sigma**2)), abs=0.02)


def test_an_elastic_warp_of_scale_zero_changes_nothing():
    x = harness.draw(IMAGES)
    y = train(layers.RandomElasticTransform(scale=(0, 0), value_range=(-9, 9)), x)
    np.testing.assert_allclose(y, x, atol=1e-12)


def test_a_gradient_is_refused_while_training_and_dy_at_inference():
    layer, dy = layers.RandomFlip(), harness.draw(IMAGES)
    with pytest.raises(ValueError, match="augmentation has none"):
        layer.backward(dy, Cache(True))
    assert layer.backward(dy, Cache(False)) is dy


def test_a_model_learns_behind_augmentation():
    import nanoconv

    model = nanoconv.Sequential(
        [
            layers.Input((7, 6, 2)),
            layers.RandomRotation(0.1, seed=1),
            layers.RandomElasticTransform(seed=2),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    model.compile("sgd", "mse")
    history = model.fit(harness.draw((16, 7, 6, 2)), np.zeros((16, 2)), epochs=3, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: layers.RandomRotation(1.5), "factor=1.5"),
        (lambda: layers.RandomRotation((0.1, 0.2, 0.3)), "one or two numbers from -1 to 1"),
        (lambda: layers.RandomContrast(-0.1), "from 0 to 1"),
        (lambda: layers.RandomZoom(-1), "without end"),
        (lambda: layers.RandomZoom(0.1, fill_mode="mirror"), "fill_mode='mirror'"),
        (lambda: layers.RandomZoom(0.1, interpolation="bilinaer"), "write 'bilinear'"),
        (lambda: layers.RandomFlip("diagonal"), "mode='diagonal'"),
        (lambda: layers.RandomTranslation("a", 0.1), "height_factor='a'"),
        (lambda: layers.RandomFlip(data_format="channels_first"), "channels_last only"),
        (lambda: layers.RandomFlip()(np.zeros((4, 5, 6))), r"\(N, H, W, C\)"),
    ],
)
def test_bad_arguments_are_answered_in_one_sentence(make, words):
    with pytest.raises(ValueError, match=words):
        make()
