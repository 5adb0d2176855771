"""Gradients are right: against central differences in float64, and against Keras' on JAX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nanoconv import losses
from tests.conftest import require
from tests.losses.test_loss_values import DENSE, SPARSE, C, N

TRAINABLE = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"]


def problem(rng: np.random.Generator, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and predictions that keep clear of kinks and clips."""
    y: Any = rng.integers(0, C, N)
    if not name.startswith("Sparse"):
        y = np.eye(C)[y]
    if "Percentage" in name:
        y = y + 1  # no percentages of zero
    return y, rng.uniform(0.1, 0.9, (N, C))


def numeric(loss: losses.Loss, y: Any, p: np.ndarray, w: Any, h: float = 1e-6) -> np.ndarray:
    gradient = np.zeros_like(p)
    for i in np.ndindex(p.shape):
        step = np.zeros_like(p)
        step[i] = h
        gradient[i] = (float(loss(y, p + step, w)) - float(loss(y, p - step, w))) / (2 * h)
    return gradient


@pytest.mark.parametrize("reduction", TRAINABLE)
@pytest.mark.parametrize("name, options", DENSE + SPARSE)
def test_gradients_equal_central_differences(rng, name, options, reduction):
    y, p = problem(rng, name)
    loss = getattr(losses, name)(reduction=reduction, **options)
    for w in (None, rng.random(N), rng.random((N, 1))):
        value, gradient = loss.value_and_gradient(y, p, w)
        assert value == pytest.approx(float(loss(y, p, w)), rel=1e-12)
        assert gradient.shape == p.shape and gradient.dtype == p.dtype
        np.testing.assert_allclose(gradient, numeric(loss, y, p, w), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["BinaryCrossentropy", "MeanSquaredError", "Huber", "Hinge"])
@pytest.mark.parametrize("y_shape, p_shape", [((N,), (N,)), ((N,), (N, 1)), ((N, 2), (N, 2, 1))])
def test_gradients_come_in_the_shape_of_the_prediction(rng, name, y_shape, p_shape):
    y, p = rng.integers(0, 2, y_shape), rng.uniform(0.1, 0.9, p_shape)
    for w in (None, rng.random(N)):
        if w is not None and len(y_shape) == 2 and len(p_shape) == 3:
            w = w[:, None]
        loss = getattr(losses, name)()
        _, gradient = loss.value_and_gradient(y, p, w)
        np.testing.assert_allclose(gradient, numeric(loss, y, p, w), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("axis", [1, -1])
def test_gradients_follow_the_axis(rng, axis):
    p = rng.uniform(0.1, 0.9, (2, 3, 4))
    y = rng.random((2, 3, 4))
    for cls in (losses.CategoricalCrossentropy, losses.BinaryCrossentropy):
        for from_logits in (False, True):
            loss = cls(from_logits=from_logits, axis=axis)
            _, gradient = loss.value_and_gradient(y, p)
            np.testing.assert_allclose(gradient, numeric(loss, y, p, None), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name, options", DENSE + SPARSE)
def test_gradients_equal_those_of_keras_on_jax(keras, rng, name, options):
    jax = require("jax")
    y, p = problem(rng, name)
    y, p = (y if y.ndim == 1 else y.astype("float32")), p.astype("float32")
    w = rng.random(N).astype("float32")
    theirs = getattr(keras.losses, name)(**options)
    expected = jax.grad(lambda q: theirs(y, q, sample_weight=w))(p)
    _, gradient = getattr(losses, name)(**options).value_and_gradient(y, p, w)
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, np.asarray(expected), rtol=1e-4, atol=1e-6)


def test_softmax_and_crossentropy_are_one_stable_gradient():
    """On logits the gradient is (p - y) / N, also where softmax rounds to 0 and 1."""
    z = np.array([[0, 20, 0], [1e3, -1e3, 0], [-1e3, -1e3, -1e3]], "float32")
    y = np.array([0, 1, 2])
    loss = losses.as_loss("sparse_categorical_crossentropy")
    assert loss.logits_of == "softmax"
    value, gradient = loss.with_logits().value_and_gradient(y, z)
    assert value == pytest.approx((20 + 2000 + np.log(3)) / 3, rel=1e-6)
    expected = np.array([[-1, 1, 0], [1, -1, 0], [1 / 3, 1 / 3, -2 / 3]]) / 3
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


def test_sigmoid_and_crossentropy_are_one_stable_gradient():
    z, y = np.array([[-1e3], [1e3], [1e3]], "float32"), np.array([[1], [1], [0]])
    loss = losses.as_loss("bce")
    assert loss.logits_of == "sigmoid"
    value, gradient = loss.with_logits().value_and_gradient(y, z)
    assert value == pytest.approx(2000 / 3)
    np.testing.assert_allclose(gradient, np.array([[-1], [0], [1]]) / 3, atol=1e-7)


def test_the_clip_of_probabilities_stops_the_gradient():
    """As Keras on JAX: a probability rounded to 0 cannot be improved from probabilities."""
    p, y = np.array([[0, 1, 0]], "float32"), np.array([[1, 0, 0]], "float32")
    for loss in (losses.CategoricalCrossentropy(), losses.BinaryCrossentropy()):
        _, gradient = loss.value_and_gradient(y, p)
        assert not gradient.any()


def test_with_logits_keeps_the_other_options(rng):
    loss = losses.CategoricalCrossentropy(label_smoothing=0.1, reduction="sum", name="mine")
    twin = loss.with_logits()
    assert (twin.from_logits, loss.from_logits) == (True, False)
    assert (twin.name, twin.reduction, twin.label_smoothing) == ("mine", "sum", 0.1)
    assert twin.logits_of is None and losses.CategoricalCrossentropy(axis=1).logits_of is None
    z = rng.normal(size=(N, C))
    p = np.exp(z) / np.exp(z).sum(-1, keepdims=True)
    y = np.eye(C)[rng.integers(0, C, N)]
    assert float(twin(y, z)) == pytest.approx(float(loss(y, p)), rel=1e-6)


def test_ignored_samples_have_no_gradient_and_do_not_count(rng):
    p = rng.normal(size=(4, 3))
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255)
    value, gradient = loss.value_and_gradient(np.array([0, 255, 2, 255]), p)
    kept = losses.SparseCategoricalCrossentropy(from_logits=True)
    value_kept, gradient_kept = kept.value_and_gradient(np.array([0, 2]), p[::2])
    assert value == pytest.approx(value_kept)
    assert not gradient[1::2].any()
    np.testing.assert_allclose(gradient[::2], gradient_kept)
