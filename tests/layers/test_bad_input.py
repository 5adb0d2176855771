"""Mistakes are answered in one sentence: what came, what is needed, what to write instead."""

from __future__ import annotations

import numpy as np
import pytest

import nanoconv
from nanoconv import layers
from nanoconv.layers.base.cache import Cache

IMAGE = np.zeros((2, 7, 6, 2))
ROWS = np.zeros((2, 5))

ARGUMENTS = [
    (lambda: layers.Dense(0), r"units=0, but a positive integer"),
    (lambda: layers.Dense(2.5), r"units=2.5"),
    (lambda: layers.Dense(2, activation="rleu"), "'relu'"),
    (lambda: layers.Dense(2, lora_rank=4), "lora_rank"),
    (lambda: layers.Dense(2, activity_regularizer="l3"), "'l3'"),
    (lambda: layers.Dense(2, dtype="float16"), "float32 or float64"),
    (lambda: layers.Conv2D(4, 0), "kernel_size=0"),
    (lambda: layers.Conv2D(4, (3, 3, 3)), "one or two positive integers"),
    (lambda: layers.Conv2D(4, 3, padding="smae"), "write 'same'"),
    (lambda: layers.Conv2D(4, 3, strides=2, dilation_rate=2), "only one of them above 1"),
    (lambda: layers.Conv2D(4, 3, groups=2), "groups=2"),
    (lambda: layers.Conv2D(4, 3, data_format="channels_first"), "channels_last only"),
    (lambda: layers.MaxPooling2D(0), "pool_size=0"),
    (lambda: layers.AveragePooling2D(2, data_format="channels_first"), "channels_last only"),
    (lambda: layers.GlobalMaxPooling2D("channels_first"), "channels_last only"),
    (lambda: layers.DepthwiseConv2D(3, depth_multiplier=0), "depth_multiplier=0"),
    (lambda: layers.Dropout(1.5), "rate=1.5, but a number from 0 to 1"),
    (lambda: layers.Dropout("half"), "rate='half'"),
    (lambda: layers.Dropout(0.5, noise_shape=(1, 5)), r"SpatialDropout2D\(rate\)"),
    (lambda: layers.GaussianNoise(-0.1), "stddev=-0.1"),
    (lambda: layers.GaussianDropout(1), "rate=1"),
    (lambda: layers.BatchNormalization(renorm=True), "leave renorm out"),
    (lambda: layers.BatchNormalization(synchronized=True), "leave synchronized out"),
    (lambda: layers.BatchNormalization(momentum=99), "momentum=99"),
    (lambda: layers.LayerNormalization(rms_scaling=True), "leave it out"),
    (lambda: layers.ReLU(negative_slope=-1), "negative_slope=-1"),
    (lambda: layers.ReLU(max_value=-1), "max_value=-1"),
    (lambda: layers.LeakyReLU(None), "negative_slope=None"),
    (lambda: layers.Reshape((-1, -1)), "at most one -1"),
    (lambda: layers.Permute((0, 1)), "each axis from 1 on"),
    (lambda: layers.ZeroPadding2D((1, 2, 3)), "one, two or four"),
    (lambda: layers.ZeroPadding2D(-1), "padding=-1"),
    (lambda: layers.UpSampling2D(interpolation="bilinear"), 'write interpolation="nearest"'),
    (lambda: layers.Input(), r"write Input\(shape="),
    (lambda: layers.Input((4,), sparse=True), "dense arrays only"),
]

SHAPES = [
    (lambda: layers.Conv2D(4, 3)(IMAGE[0]), r"x\[..., None\]"),
    (lambda: layers.Conv2D(4, 8)(IMAGE), "does not fit into 7 x 6 pixels"),
    (lambda: layers.MaxPooling2D(8)(IMAGE), "does not fit into 7 x 6 pixels"),
    (lambda: layers.SpatialDropout2D(0.5)(ROWS), r"\(N, H, W, C\)"),
    (lambda: layers.GlobalAveragePooling2D()(ROWS), r"\(N, H, W, C\)"),
    (lambda: layers.Cropping2D(4)(IMAGE), "leaves nothing"),
    (lambda: layers.Reshape((5, 5))(IMAGE), "84 values do not fill"),
    (lambda: layers.Permute((2, 1))(IMAGE), "one number for each"),
    (lambda: layers.BatchNormalization(axis=4)(IMAGE), r"write BatchNormalization\(axis=-1\)"),
    (lambda: layers.BatchNormalization(axis=0)(IMAGE), r"write BatchNormalization\(axis=-1\)"),
    (lambda: layers.LayerNormalization(axis=7)(IMAGE), r"write LayerNormalization\(axis=-1\)"),
    (lambda: layers.Add()(IMAGE), r"write Add\(\)\(\[a, b\]\)"),
    (lambda: layers.Add()([IMAGE, IMAGE[:, 1:]]), "differ on axis 1"),
    (lambda: layers.Add()([IMAGE, IMAGE[:1]]), "differ on axis 0"),
    (lambda: layers.Subtract()([IMAGE, IMAGE, IMAGE]), "3 inputs"),
    (lambda: layers.Concatenate()(IMAGE), "merges a list"),
    (lambda: layers.Concatenate()([IMAGE, IMAGE[:, 1:]]), "may differ on axis -1 only"),
    (lambda: layers.Concatenate(axis=0)([IMAGE, IMAGE]), "not the batch's"),
]

UNKNOWN = [
    (lambda: layers.Dense(3)(layers.Input((None,))), "last dimension must be known"),
    (lambda: layers.Conv2D(3, 3)(layers.Input((8, 8, None))), "last dimension must be known"),
    (lambda: layers.BatchNormalization()(layers.Input((None,))), "last dimension must be known"),
    (lambda: layers.LayerNormalization()(layers.Input((None,))), "must be known"),
    (lambda: layers.PReLU()(layers.Input((None, None, 3))), r"shared_axes=\[1, 2\]"),
]


@pytest.mark.parametrize(("make", "words"), [*ARGUMENTS, *SHAPES, *UNKNOWN])
def test_what_does_not_fit_is_answered_in_one_sentence(make, words):
    with pytest.raises(ValueError, match=words) as error:
        make()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("layer", "fitting", "other"),
    [
        (layers.Dense(3), (2, 5), (2, 6)),
        (layers.Conv2D(3, 3), (2, 7, 6, 2), (2, 7, 6, 3)),
        (layers.DepthwiseConv2D(3), (2, 7, 6, 2), (2, 7, 6, 3)),
        (layers.SeparableConv2D(3, 3), (2, 7, 6, 2), (2, 7, 6, 1)),
        (layers.BatchNormalization(), (2, 7, 6, 2), (2, 7, 6, 3)),
        (layers.LayerNormalization(), (2, 5), (2, 6)),
        (layers.PReLU(), (2, 5), (2, 6)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, layers.Layer) else str(value),
)
def test_a_layer_stays_with_the_sizes_it_was_built_for(layer, fitting, other):
    layer(np.zeros(fitting))
    weights = layer.get_weights()
    with pytest.raises(ValueError, match=r"built for|stay the same"):
        layer(np.zeros(other))
    for before, after in zip(weights, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: layers.Dense(2, kernel_initialiser="zeros"), "'kernel_initializer'"),
        (lambda: layers.Conv2D(2, 3, stride=2), "'strides'"),
        (lambda: layers.MaxPooling2D(pool=2), "'pool_size'"),
    ],
)
def test_unknown_arguments_are_answered_with_the_nearest_known_one(make, words):
    with pytest.raises(TypeError, match=words):
        make()


def test_weights_of_other_shapes_are_refused_and_nothing_is_written():
    layer = layers.Dense(3)
    layer.build_for((2, 5))
    before = layer.get_weights()
    with pytest.raises(ValueError, match=r"shapes \[\(5, 3\)\]"):
        layer.set_weights([np.ones((5, 3))])
    np.testing.assert_array_equal(layer.get_weights()[0], before[0])


def test_backward_without_forward_tells_what_to_call_first():
    layer = layers.Dense(3)
    layer.build_for((2, 5))
    with pytest.raises(AttributeError, match=r"call layer.forward\(x, cache\) before"):
        layer.backward(np.zeros((2, 3)), Cache())


def test_a_layer_of_your_own_is_asked_for_the_method_that_it_lacks():
    class Mine(layers.Layer):
        pass

    with pytest.raises(NotImplementedError, match="Mine needs a method forward"):
        Mine()(ROWS)


def test_a_model_names_the_layer_that_cannot_take_its_images():
    with pytest.raises(ValueError, match="narrow got an input"):
        nanoconv.Sequential([layers.Input((4, 4, 1)), layers.Conv2D(2, 5, name="narrow")])
