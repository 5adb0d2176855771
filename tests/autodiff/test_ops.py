"""Every function of `ops`: value, type and gradient against real Keras on JAX."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanoconv import ops
from nanoconv.autodiff import Tape, Tensor

LABELS = np.array([0, 1, 2])
SHARES = np.full((3, 4), 0.3, "float32")

SMOOTH = """
    exp exp2 expm1 sin cos tan arctan sinh cosh tanh arcsinh square absolute negative sigmoid relu
    relu6 leaky_relu elu selu celu softplus softsign silu gelu hard_sigmoid hard_silu hard_tanh
    softmax log_softmax log_sigmoid erf sum mean max min var std logsumexp cumsum ravel transpose
    sort norm normalize tril triu prod
"""
POSITIVE = "log log2 log10 log1p sqrt cbrt rsqrt reciprocal arccosh"
SMALL = "arcsin arccos arctanh"
UNARY = (
    [(name, lambda x: x) for name in SMOOTH.split()]
    + [(name, lambda x: np.abs(x) + 1.1) for name in POSITIVE.split()]
    + [(name, lambda x: np.tanh(x) / 2) for name in SMALL.split()]
)
BINARY = [
    *("add", "subtract", "multiply", "divide", "divide_no_nan"),
    *("maximum", "minimum", "arctan2", "logaddexp"),
]
FORMS = {
    "tile": lambda o, x: o.tile(x, (2, 3)),
    "repeat": lambda o, x: o.repeat(x, 2, 1),
    "flip": lambda o, x: o.flip(x, 1),
    "roll": lambda o, x: o.roll(x, 1, 0),
    "pad": lambda o, x: o.pad(x, ((1, 0), (0, 2))),
    "take": lambda o, x: o.take(x, np.array([0, 2, 2]), 1),
    "take_along_axis": lambda o, x: o.take_along_axis(x, np.array([[0], [1], [3]]), 1),
    "split": lambda o, x: o.split(x, 2, 1)[1],
    "unstack": lambda o, x: o.unstack(x, axis=1)[2],
    "stack": lambda o, x: o.stack([x, 2 * x], 1),
    "concatenate": lambda o, x: o.concatenate([x, x * x], 1),
    "hstack": lambda o, x: o.hstack([x, x]),
    "vstack": lambda o, x: o.vstack([x, x]),
    "diagonal": lambda o, x: o.diagonal(x, 1),
    "trace": lambda o, x: o.trace(x),
    "diag": lambda o, x: o.diag(x[0], 1),
    "top_k": lambda o, x: o.top_k(x, 2)[0],
    "slice": lambda o, x: o.slice(x, (1, 0), (2, 3)),
    "slice_update": lambda o, x: o.slice_update(x, (1, 1), x[:2, :2] * 3),
    "scatter": lambda o, x: o.scatter(np.array([[0, 1], [2, 2]]), x[0, :2], (3, 4)),
    "scatter_update": lambda o, x: o.scatter_update(x, np.array([[0, 1], [2, 2]]), x[0, :2]),
    "get_item": lambda o, x: x[::2, 1:],
    "clip": lambda o, x: o.clip(x, -0.5, 0.5),
    "where": lambda o, x: o.where(x > 0, x, x * x),
    "max along an axis": lambda o, x: o.max(x, 1, keepdims=True),
    "sum along axes": lambda o, x: o.sum(x, (0,)),
    "logsumexp along an axis": lambda o, x: o.logsumexp(x, 0),
    "outer": lambda o, x: o.outer(x[0], x[1]),
    "inner": lambda o, x: o.inner(x, x),
    "vdot": lambda o, x: o.vdot(x, x),
    "tensordot": lambda o, x: o.tensordot(x, x, ((0,), (0,))),
    "norm 1": lambda o, x: o.norm(x, 1, 1),
    "moments": lambda o, x: o.moments(x, [0])[1],
    "batch_normalization": lambda o, x: o.batch_normalization(x, o.mean(x, 0), o.var(x, 0), -1),
    "expand_dims": lambda o, x: o.expand_dims(x, 1),
    "squeeze": lambda o, x: o.squeeze(x[:1], 0),
    "swapaxes": lambda o, x: o.swapaxes(x, 0, 1),
    "moveaxis": lambda o, x: o.moveaxis(x, 0, 1),
    "broadcast_to": lambda o, x: o.broadcast_to(x, (2, 3, 4)),
    "reshape": lambda o, x: o.reshape(x, (-1, 2)),
    "stop_gradient": lambda o, x: x * o.stop_gradient(x),
    "nan_to_num": lambda o, x: o.nan_to_num(x),
    "mod": lambda o, x: o.mod(x, 0.7),
    "power": lambda o, x: o.power(x, 3),
    "cast": lambda o, x: o.cast(x, "float32") * 2,
    "categorical_crossentropy": lambda o, x: o.categorical_crossentropy(
        o.one_hot(LABELS, 4), o.softmax(x)
    ),
    "categorical_crossentropy of logits": lambda o, x: o.categorical_crossentropy(
        o.one_hot(LABELS, 4), x, from_logits=True
    ),
    "sparse_categorical_crossentropy": lambda o, x: o.sparse_categorical_crossentropy(
        LABELS, x, from_logits=True
    ),
    "binary_crossentropy": lambda o, x: o.binary_crossentropy(SHARES, o.sigmoid(x)),
    "binary_crossentropy of logits": lambda o, x: o.binary_crossentropy(SHARES, x, True),
    "cond": lambda o, x: o.cond(True, lambda: x * 2, lambda: x),
    "fori_loop": lambda o, x: o.fori_loop(0, 3, lambda i, v: v * x, x),
}
IMAGES = {
    "conv": (lambda o, x, k, s, p: o.conv(x, k, s, p), (3, 2, 3, 4)),
    "depthwise_conv": (lambda o, x, k, s, p: o.depthwise_conv(x, k, s, p), (3, 2, 3, 2)),
    "conv_transpose": (lambda o, x, k, s, p: o.conv_transpose(x, k, s, p), (3, 2, 4, 3)),
    "separable_conv": (
        lambda o, x, k, s, p: o.separable_conv(x, k, np.ones((1, 1, 6, 2), "float32"), s, p),
        (3, 2, 3, 2),
    ),
    "max_pool": (lambda o, x, k, s, p: o.max_pool(x * o.sum(k), 2, s, p), (1, 1, 1, 1)),
    "average_pool": (lambda o, x, k, s, p: o.average_pool(x * o.sum(k), 3, s, p), (1, 1, 1, 1)),
}


def same(keras, function, *arrays):
    """Compare value, type and gradients of a function of (module, *arrays)."""
    jax = pytest.importorskip("jax")
    arrays = [np.asarray(a, "float32") for a in arrays]
    tensors = [Tensor(a) for a in arrays]
    expected = np.asarray(function(keras.ops, *map(jax.numpy.asarray, arrays)))
    weights = np.cos(np.arange(expected.size)).reshape(expected.shape).astype("float32")
    with Tape() as tape:
        tape.watch(tensors)
        y = function(ops, *tensors)
        target = np.sum(y * weights)
    plain = function(ops, *arrays)
    assert isinstance(plain, np.ndarray) and np.array_equal(plain, y.numpy())
    assert y.dtype == expected.dtype and y.shape == expected.shape
    close(y.value, expected, 2e-6)
    theirs = jax.grad(
        lambda *a: (function(keras.ops, *a) * weights).sum(), argnums=tuple(range(len(arrays)))
    )(*map(jax.numpy.asarray, arrays))
    for ours, their in zip(tape.gradient(target, tensors), theirs, strict=True):
        close(np.zeros_like(their) if ours is None else ours, np.asarray(their), 2e-5)


def close(ours, theirs, share):
    np.testing.assert_allclose(ours, theirs, atol=share * (1e-6 + np.abs(theirs).max()), rtol=0)


@pytest.mark.parametrize(("name", "prepare"), UNARY, ids=[name for name, _ in UNARY])
def test_functions_of_one_argument_equal_keras(keras, name, prepare, rng):
    same(keras, lambda o, x: getattr(o, name)(x), prepare(rng.normal(size=(3, 4))))


@pytest.mark.parametrize("shape", [(3, 4), (4,), (3, 1), ()])
@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_arguments_equal_keras(keras, name, shape, rng):
    same(
        keras,
        lambda o, a, b: getattr(o, name)(a, b),
        rng.normal(size=(3, 4)),
        rng.normal(size=shape),
    )


@pytest.mark.parametrize("name", FORMS)
def test_forms_and_losses_equal_keras(keras, name, rng):
    same(keras, FORMS[name], rng.normal(size=(3, 4)))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("name", IMAGES)
def test_windows_equal_keras(keras, name, strides, padding, rng):
    function, kernel = IMAGES[name]
    x, k = rng.normal(size=(2, 7, 6, 3)), rng.normal(size=kernel)
    same(keras, lambda o, x, k: function(o, x, k, strides, padding), x, k)


RESIZED = {
    "larger": lambda o, x: o.image.resize(x, (9, 11)),
    "smaller": lambda o, x: o.image.resize(x, (3, 4)),
    "nearest": lambda o, x: o.image.resize(x, (9, 4), interpolation="nearest"),
    "cropped": lambda o, x: o.image.resize(x, (4, 9), crop_to_aspect_ratio=True),
    "gray": lambda o, x: o.image.rgb_to_grayscale(x),
    "padded": lambda o, x: o.image.pad_images(x, 1, 2, target_height=9, target_width=10),
    "cut": lambda o, x: o.image.crop_images(x, 1, 2, target_height=4, target_width=3),
}


@pytest.mark.parametrize("name", RESIZED)
def test_images_equal_keras(keras, name, rng):
    same(keras, RESIZED[name], rng.normal(size=(2, 7, 6, 3)))


@pytest.mark.parametrize(
    "shapes",
    [
        ((3, 4), (4, 5)),
        ((4,), (4, 5)),
        ((3, 4), (4,)),
        ((4,), (4,)),
        ((2, 3, 4), (4, 5)),
        ((2, 3, 4), (2, 4, 5)),
        ((3, 4), (2, 4, 5)),
    ],
    ids=str,
)
def test_matrix_products_equal_keras(keras, shapes, rng):
    same(keras, lambda o, a, b: o.matmul(a, b), *(rng.normal(size=s) for s in shapes))


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk->ik", ((3, 4), (4, 5))),
        ("ij,jk", ((3, 4), (4, 5))),
        ("ij,j->i", ((3, 4), (4,))),
        ("...j,jk->...k", ((2, 3, 4), (4, 5))),
        ("ij->j", ((3, 4),)),
        ("ij,kj->", ((3, 4), (5, 4))),
        ("bij,bjk,kl->bil", ((2, 3, 4), (2, 4, 2), (2, 5))),
    ],
)
def test_einsum_equals_keras(keras, subscripts, shapes, rng):
    arrays = [rng.normal(size=shape) for shape in shapes]
    same(keras, lambda o, *a: o.einsum(subscripts, *a), *arrays)


@pytest.mark.parametrize("name", ["inv", "det", "solve"])
def test_linear_algebra_equals_keras(keras, name, rng):
    a = rng.normal(size=(2, 3, 3)) + 3 * np.eye(3)
    more = [rng.normal(size=(2, 3, 1))] if name == "solve" else []
    same(keras, lambda o, *x: getattr(o, name)(*x), a, *more)


@settings(max_examples=40, deadline=None)
@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple),
    name=st.sampled_from(["sum", "mean", "max", "var", "logsumexp", "softmax", "cumsum"]),
    seed=st.integers(0, 99),
    data=st.data(),
)
def test_gradients_are_central_differences_in_double(shape, name, seed, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = np.random.default_rng(seed).normal(size=shape)
    weights = np.cos(np.arange(x.size))

    def value(x):
        y = getattr(ops, name)(x, axis=axis)
        return np.sum(np.reshape(y, (-1,)) * weights[: np.size(np.asarray(y))])

    tensor = Tensor(x)
    with Tape() as tape:
        tape.watch(tensor)
        y = value(tensor)
    dx = tape.gradient(y, tensor)
    assert dx.dtype == np.float64
    for index in np.ndindex(shape):
        step = np.zeros(shape)
        step[index] = 1e-6
        slope = (value(x + step) - value(x - step)) / 2e-6
        assert abs(slope - dx[index]) < 1e-6


def test_names_and_arguments_are_those_of_keras(keras):
    import inspect

    missing = [name for name in ops.__all__ if not hasattr(keras.ops, name)]
    assert missing == [] and len(ops.__all__) >= 150
    different = []
    for name in ops.__all__:
        ours = list(inspect.signature(getattr(ops, name)).parameters)
        theirs = list(inspect.signature(getattr(keras.ops, name)).parameters)
        if [p for p in ours if p not in theirs]:
            different.append((name, ours, theirs))
    assert different == []


@pytest.mark.parametrize(
    "call",
    [
        lambda o: o.arange(5),
        lambda o: o.arange(0.0, 1.0, 0.25),
        lambda o: o.linspace(0, 1, 5),
        lambda o: o.eye(3),
        lambda o: o.zeros((2, 3)),
        lambda o: o.full((2,), 7),
        lambda o: o.argmax(np.array([[1.0, 3.0, 2.0]]), -1),
        lambda o: o.argsort(np.array([3.0, 1.0, 2.0])),
        lambda o: o.one_hot(np.array([0, 2, 5]), 3),
        lambda o: o.multi_hot(np.array([0, 2]), 3),
        lambda o: o.in_top_k(np.array([1, 0]), np.array([[0.1, 0.5], [0.2, 0.3]], "float32"), 1),
        lambda o: o.sqrt(4),
        lambda o: o.mean(np.array([1, 2, 4], "int32")),
        lambda o: o.add(1, 2.5),
        lambda o: o.power(2, 0.5),
        lambda o: o.isnan(np.array([1.0, np.nan], "float32")),
        lambda o: o.count_nonzero(np.array([0, 1, 2])),
        lambda o: o.floor(np.array([1.5, -1.5], "float32")),
        lambda o: o.round(np.array([1.26, -1.5], "float32"), 1),
        lambda o: o.while_loop(lambda i: i < 5, lambda i: i + 2, 0),
        lambda o: o.map(lambda x: x * 2, np.arange(3, dtype="int32")),
        lambda o: o.scan(lambda c, x: (c + x, c * x), 0.0, np.arange(3.0, dtype="float32"))[1],
        lambda o: o.logical_and(np.array([True, False]), True),
    ],
)
def test_constants_and_answers_equal_keras(keras, call):
    ours, theirs = np.asarray(call(ops)), np.asarray(call(keras.ops))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert ours.shape == theirs.shape and ours.dtype.kind == theirs.dtype.kind
