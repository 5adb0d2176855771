"""The gradient check passes right layers, and names what is wrong with broken ones."""

from __future__ import annotations

import numpy as np
import pytest

import nanoconv
from nanoconv import layers
from nanoconv.layers import Layer
from nanoconv.study import check_gradients
from tests.layers.cases import RANDOM, STEADY


class Scale(Layer):
    """y = a x + b, each feature by itself: right, until a subclass breaks it."""

    def build(self, input_shape):
        self.a = self.add_weight((input_shape[-1],), "ones", name="a")
        self.b = self.add_weight((input_shape[-1],), "zeros", name="b")

    def forward(self, x, cache=None):
        if cache is not None:
            cache.x = x
        return self.a.value * x + self.b.value

    def backward(self, dy, cache):
        cache.add_gradient(self.a, (dy * cache.x).sum(axis=0))
        cache.add_gradient(self.b, dy.sum(axis=0))
        return dy * self.a.value


class MeanInsteadOfSum(Scale):
    def backward(self, dy, cache):
        dx = super().backward(dy, cache)
        cache.gradients[self.a] = cache.gradients[self.a] / len(dy)
        return dx


class WrongSign(Scale):
    def backward(self, dy, cache):
        return -super().backward(dy, cache)


class ForgetsBias(Scale):
    def backward(self, dy, cache):
        cache.add_gradient(self.a, (dy * cache.x).sum(axis=0))
        return dy * self.a.value


class OneWrongEntry(Scale):
    def backward(self, dy, cache):
        dx = super().backward(dy, cache)
        cache.gradients[self.b][2] += 0.5
        return dx


class ReturnsNothing(Scale):
    def backward(self, dy, cache):
        super().backward(dy, cache)


class WrongShape(Scale):
    def backward(self, dy, cache):
        dx = super().backward(dy, cache)
        cache.gradients[self.b] = dy
        return dx


class WritesIntoItsInput(Scale):
    def forward(self, x, cache=None):
        x *= 2
        return super().forward(x, cache)


@pytest.mark.parametrize("case", [*STEADY, *RANDOM], ids=str)
def test_every_layer_passes(case):
    report = check_gradients(case.make(), case.shape, samples=6)
    assert report, report


@pytest.mark.parametrize(
    ("broken", "wrong", "told"),
    [
        (MeanInsteadOfSum, "a", "backward is 0.333333 times the right gradient everywhere"),
        (WrongSign, "x", "backward is -1 times the right gradient everywhere"),
        (ForgetsBias, "b", "backward added no gradient; write cache.add_gradient"),
        (OneWrongEntry, "b", "WRONG    at [2] backward says"),
        (ReturnsNothing, "x", "backward returned None; return dx"),
        (WrongShape, "b", "backward's gradient has shape (3, 5)"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_broken_layer_is_told_what_is_wrong(broken, wrong, told):
    assert check_gradients(Scale(), (3, 5))
    report = check_gradients(broken(), (3, 5))
    assert not report and report.wrong == [wrong]
    assert told in str(report)
    assert "2 of 3 gradients are right" in repr(report)


def test_by_how_much_is_a_share_of_the_largest_gradient():
    (row,) = [row for row in check_gradients(OneWrongEntry(), (3, 5)).rows if row.name == "b"]
    assert row.backward - row.numeric == pytest.approx(0.5, abs=1e-7)
    assert row.factor is None
    assert 0.05 < row.difference < 1


def test_an_entry_that_no_sample_meets_is_found_all_the_same():
    report = check_gradients(OneWrongEntry(), (3, 3000), samples=1)
    assert report.wrong == ["b"]
    assert "along a random direction" in str(report)


def test_a_layer_may_not_write_into_its_input():
    with pytest.raises(ValueError, match="read-only"):
        check_gradients(WritesIntoItsInput(), (3, 5))


def digits_model(broken=()):
    return nanoconv.Sequential(
        [
            nanoconv.Input((10, 10, 1)),
            layers.Conv2D(3, 3, activation="relu"),
            layers.BatchNormalization(name="norm"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.3),
            layers.Flatten(),
            *broken,
            layers.Dense(5, activation="softmax"),
        ]
    )


def test_a_whole_model_is_checked_and_left_as_it_was():
    model = digits_model()
    model.compile("adam", "sparse_categorical_crossentropy")
    before = [v.value for v in model.variables]
    copies = [value.copy() for value in before]
    report = check_gradients(model, samples=10)
    assert report, report
    assert [row.name.split("/")[-1] for row in report.rows] == [
        "x", "kernel", "bias", "gamma", "beta", "kernel", "bias",
    ]  # fmt: skip
    for variable, value, copy in zip(model.variables, before, copies, strict=True):
        assert variable.value is value
        np.testing.assert_array_equal(value, copy)
    assert {layer.dtype for layer in [model, *model.layers]} == {"float32"}


def test_a_broken_layer_inside_a_model_is_named():
    model = digits_model([WrongSign(name="mine")])
    report = check_gradients(model, (2, 10, 10, 1), samples=10)
    # What lies before the broken layer gets its wrong gradient; what lies behind is right.
    assert not {"mine/a", "mine/b"} & set(report.wrong)
    assert {"x", "norm/beta"} <= set(report.wrong)


def test_open_sizes_and_unknown_shapes():
    assert check_gradients(layers.Dense(2), (None, 4)).rows[0].shape == (3, 4)
    with pytest.raises(ValueError, match=r"write check_gradients\(layer, \(2, 5, 5, 1\)\)"):
        check_gradients(layers.Dense(2))
    with pytest.raises(ValueError, match="needs a number for every size"):
        check_gradients(layers.Conv2D(2, 3), (2, None, None, 1))
