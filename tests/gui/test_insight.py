"""What the window says about a network is what the network computes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from gui.digit_image import drawing_image
from gui.insight import explain, heat_map, kind_of, look, terms_of
from nanoconv import Input, Model, Sequential
from nanoconv.layers import AveragePooling2D, Conv2D, Dense, Flatten, MaxPooling2D
from tests.gui.conftest import placed


@pytest.fixture(scope="module")
def seven() -> np.ndarray:
    return drawing_image(placed(7, 1))[None, ..., None]


@pytest.fixture
def odd(rng) -> Model:
    """A model with strides, padding, dilation, an even kernel, tanh, and logits at the end."""
    model = Sequential(
        [
            Input(shape=(28, 28, 1)),
            Conv2D(3, (4, 3), strides=(2, 1), padding="same", activation="tanh"),
            Conv2D(4, 3, dilation_rate=2),
            MaxPooling2D((3, 2), strides=2, padding="same"),
            AveragePooling2D(2, padding="same"),
            Flatten(),
            Dense(10),
        ]
    )
    for variable in model.weights:
        variable.value[...] = rng.normal(0, 0.3, variable.shape)
    return model


def test_every_layer_is_shown_with_what_it_gets_and_answers(shipped, seven):
    views = look(shipped, seven)
    assert [v.layer.name for v in views] == [layer.name for layer in shipped.layers]
    np.testing.assert_array_equal(views[0].x, seven[0])
    for before, after in pairwise(views):
        assert after.x is before.y
    np.testing.assert_allclose(views[-1].y, shipped(seven)[0], rtol=1e-4, atol=1e-6)


def test_a_layer_called_twice_is_shown_twice(seven):
    x, twice = Input(shape=(28, 28, 1)), Conv2D(1, 3, padding="same")
    views = look(Model(x, Dense(10)(Flatten()(twice(twice(x))))), seven)
    assert [v.layer for v in views[:2]] == [twice, twice]
    assert views[1].x is views[0].y
    np.testing.assert_allclose(views[1].y, twice(twice(seven))[0], rtol=1e-4, atol=1e-6)


def test_a_graph_with_branches_can_be_looked_into(seven):
    x = Input(shape=(28, 28, 1))
    a, b = Flatten()(x), Flatten()(Conv2D(2, 5)(x))
    model = Model(x, Dense(10)(a))
    assert len(look(model, seven)) == 2
    assert len(look(Model(x, Dense(10)(b)), seven)) == 3


@pytest.mark.parametrize("which", ["shipped", "odd"])
def test_every_explanation_adds_up_to_the_cell(request, which, seven, rng):
    model = request.getfixturevalue(which)
    explained = set()
    for view in look(model, seven):
        for _ in range(12):
            cell = tuple(int(rng.integers(n)) for n in view.y.shape)
            e = explain(view, cell)
            kind, terms = kind_of(e), terms_of(e)
            explained.add(kind)
            assert e.y == pytest.approx(float(view.y[cell]), rel=1e-4, abs=1e-5)
            if kind in ("convolution", "dense"):
                total = sum(float((t.patch * t.kernel).sum()) for t in terms) + e.bias
                assert e.z == pytest.approx(total, rel=1e-4, abs=1e-5)
                z = view.layer.activation(np.array([e.z])) if e.activation != "softmax" else None
                if z is not None:
                    assert float(z[0]) == pytest.approx(e.y, rel=1e-3, abs=1e-4)
            elif kind == "maximum":
                seen = terms[0].patch[terms[0].inside]
                assert e.z == e.y == terms[0].products.sum() == seen.max()
            elif kind == "average":
                seen = terms[0].patch[terms[0].inside]
                assert e.z == pytest.approx(seen.mean(), rel=1e-4, abs=1e-5)
    assert explained >= {"convolution", "dense", "maximum"}
    assert ("average" in explained) == (which == "odd")


def test_windows_say_where_the_cell_looks(odd, seven):
    views = look(odd, seven)
    assert explain(views[0], (3, 5, 0)).window == (5, 4, 4, 3)
    assert explain(views[1], (3, 5, 0)).window == (3, 5, 5, 5)
    assert explain(views[2], (1, 2, 0)).window == (2, 4, 3, 2)


@pytest.mark.parametrize("which", ["shipped", "odd"])
def test_the_heat_map_is_the_gradient_of_the_preference_for_the_digit(request, which, seven, rng):
    model = request.getfixturevalue(which)
    digit = 7

    def preference(x: np.ndarray) -> float:
        views = look(model, x)
        flat = explain_logits(views[-1])
        return float(flat[digit] - flat.mean())

    heat = heat_map(model, seven, digit)[..., 0]
    assert heat.shape == (28, 28) and (heat[seven[0, ..., 0] == 0] == 0).all()
    inked = np.argwhere(seven[0, ..., 0] > 0.3)
    for row, column in inked[rng.permutation(len(inked))[:6]]:
        step = 1e-3
        more, less = seven.copy(), seven.copy()
        more[0, row, column] += step
        less[0, row, column] -= step
        slope = (preference(more) - preference(less)) / (2 * step)
        expected = slope * float(seven[0, row, column, 0])
        assert heat[row, column] == pytest.approx(expected, abs=0.02 + 0.05 * abs(expected))


def explain_logits(view) -> np.ndarray:
    """Return the logits of the last layer."""
    return view.x @ view.layer.kernel.value + view.layer.bias.value
