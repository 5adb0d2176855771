"""Initializers: Keras' distributions, limits, fans, names and files."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from nanoconv import config, initializers
from nanoconv.initializers.variance_scaling import compute_fans
from nanoconv.random import SeedGenerator, set_random_seed

# name, arguments; the seeds differ between the libraries, the distributions must not
RANDOM = [
    ("RandomNormal", {}),
    ("RandomNormal", {"mean": 0.4, "stddev": 2.0}),
    ("RandomUniform", {}),
    ("RandomUniform", {"minval": -1.0, "maxval": 3.0}),
    ("TruncatedNormal", {}),
    ("TruncatedNormal", {"mean": 0.4, "stddev": 2.0}),
    ("GlorotUniform", {}),
    ("GlorotNormal", {}),
    ("HeUniform", {}),
    ("HeNormal", {}),
    ("LecunUniform", {}),
    ("LecunNormal", {}),
    ("VarianceScaling", {}),
    ("VarianceScaling", {"scale": 3.0, "mode": "fan_out", "distribution": "uniform"}),
    ("VarianceScaling", {"mode": "fan_avg", "distribution": "untruncated_normal"}),
    ("VarianceScaling", {"distribution": "normal"}),
    ("GlorotUniform", {"input_axes": [0], "output_axes": [1, 2]}),
    ("Orthogonal", {"gain": 1.5}),
]
FIXED = [
    ("Zeros", {}),
    ("Ones", {}),
    ("Constant", {"value": 0.3}),
    ("Identity", {"gain": 2.0}),
]
SHAPE = (3, 3, 16, 64)  # 9216 values


@pytest.mark.parametrize("name, options", RANDOM)
def test_distribution_is_that_of_keras(keras, name, options):
    ours = getattr(initializers, name)(**options)(SHAPE)
    theirs = np.asarray(getattr(keras.initializers, name)(seed=3, **options)(SHAPE))
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    stddev = float(theirs.std())
    assert ours.mean() == pytest.approx(float(theirs.mean()), abs=0.06 * stddev)
    assert ours.std() == pytest.approx(stddev, rel=0.04)
    # Quantiles distinguish a uniform from a normal distribution, and a cut tail from a whole one.
    levels = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98]
    difference = np.quantile(ours, levels) - np.quantile(theirs, levels)
    assert np.abs(difference).max() < 0.12 * stddev


@pytest.mark.parametrize(
    "name, limit",
    [
        ("GlorotUniform", np.sqrt(6 / (144 + 576))),
        ("HeUniform", np.sqrt(6 / 144)),
        ("LecunUniform", np.sqrt(3 / 144)),
        ("GlorotNormal", 2 * np.sqrt(2 / (144 + 576)) / 0.87962566103423978),
        ("HeNormal", 2 * np.sqrt(2 / 144) / 0.87962566103423978),
        ("LecunNormal", 2 * np.sqrt(1 / 144) / 0.87962566103423978),
        ("TruncatedNormal", 0.1),
        ("RandomUniform", 0.05),
    ],
)
def test_no_value_passes_the_limit_and_some_come_near(name, limit):
    largest = np.abs(getattr(initializers, name)()(SHAPE, "float64")).max()
    assert 0.98 * limit < largest <= limit


@pytest.mark.parametrize("name, options", FIXED)
def test_constants_are_those_of_keras(keras, name, options):
    ours = getattr(initializers, name)(**options)((4, 3))
    np.testing.assert_array_equal(
        ours, np.asarray(getattr(keras.initializers, name)(**options)((4, 3)))
    )
    assert ours.dtype == np.float32


@pytest.mark.parametrize("shape", [(), (7,), (5, 7), (3, 5, 7), (3, 2, 5, 7)])
def test_fans_are_those_of_keras(keras, shape):
    from keras.src.initializers.random_initializers import compute_fans as keras_fans

    assert compute_fans(shape) == keras_fans(shape)
    if len(shape) > 2:
        assert compute_fans(shape, [0], [1, 2]) == keras_fans(shape, [0], [1, 2])


@pytest.mark.parametrize("shape", [(6, 6), (8, 3), (3, 8), (3, 3, 2, 5)])
def test_orthogonal_is_orthogonal(shape):
    array = initializers.Orthogonal(gain=2.0)(shape, "float64")
    matrix = array.reshape(-1, shape[-1])
    product = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)
    assert array.flags.c_contiguous


def test_seeds_repeat_and_generators_go_on():
    by_number = initializers.GlorotUniform(seed=7)
    np.testing.assert_array_equal(by_number((3, 4)), by_number((3, 4)))
    assert (by_number((3, 4)) != initializers.GlorotUniform(seed=8)((3, 4))).all()
    by_generator = initializers.GlorotUniform(seed=SeedGenerator(7))
    first, second = by_generator((3, 4)), by_generator((3, 4))
    assert (first != second).all()
    again = initializers.GlorotUniform(seed=SeedGenerator(7))
    np.testing.assert_array_equal(first, again((3, 4)))


def test_the_global_seed_decides_where_no_seed_is_given():
    unseeded = initializers.HeNormal()
    set_random_seed(5)
    first, second = unseeded((3, 4)), unseeded((3, 4))
    set_random_seed(5)
    np.testing.assert_array_equal(first, unseeded((3, 4)))
    assert (first != second).all()


def test_type_is_floatx_unless_given(monkeypatch):
    for name, options in RANDOM + FIXED:
        make = getattr(initializers, name)(**options)
        shape = (4, 4) if name == "Identity" else (4, 4, 3)
        assert make(shape).dtype == np.float32
        assert make(shape, dtype="float64").dtype == np.float64
    monkeypatch.setattr(config, "_floatx", "float64")
    assert initializers.Zeros()((2,)).dtype == np.float64


@pytest.mark.parametrize("name", sorted({n for n, _ in RANDOM + FIXED}))
def test_signature_and_names_are_those_of_keras(keras, name):
    ours, theirs = getattr(initializers, name), getattr(keras.initializers, name)
    expected = [(p.name, p.default) for p in inspect.signature(theirs).parameters.values()]
    got = [(p.name, p.default) for p in inspect.signature(ours).parameters.values()]
    assert (got if ours.__init__ is not object.__init__ else []) == expected
    snake = keras.src.utils.naming.to_snake_case(name)
    assert type(initializers.get(snake)) is type(initializers.get(name)) is ours
    assert getattr(initializers, snake) is ours


@pytest.mark.parametrize("name, options", RANDOM + FIXED)
def test_configuration_goes_to_keras_and_comes_back(keras, name, options):
    seed = {} if name in ("Zeros", "Ones", "Constant", "Identity") else {"seed": 11}
    ours = getattr(initializers, name)(**options, **seed)
    theirs = getattr(keras.initializers, name)(**options, **seed)
    if name != "Identity":  # Keras forgets the gain in get_config(), though it reads it
        assert ours.get_config() == theirs.get_config()
        assert initializers.serialize(ours) == keras.initializers.serialize(theirs)
    there = keras.initializers.deserialize(initializers.serialize(ours))
    assert vars(there) | {"seed": 0, "_init_seed": 0} == vars(theirs) | {"seed": 0, "_init_seed": 0}
    back = initializers.deserialize(keras.initializers.serialize(there))
    assert type(back) is type(ours)
    assert name == "Identity" or back.get_config() == ours.get_config()
    assert ours.clone().get_config() == ours.get_config()


def test_seed_generators_and_arrays_go_to_keras_and_come_back(keras):
    theirs = keras.initializers.HeNormal(seed=keras.random.SeedGenerator(3))
    ours = initializers.deserialize(keras.initializers.serialize(theirs))
    assert isinstance(ours.seed, SeedGenerator)
    back = keras.initializers.deserialize(initializers.serialize(ours))
    assert back.get_config()["seed"]["config"]["seed"] == 3
    array = initializers.Constant(np.arange(3.0))
    assert array.get_config() == keras.initializers.Constant(np.arange(3.0)).get_config()
    np.testing.assert_array_equal(array.clone()((2, 3)), [[0, 1, 2], [0, 1, 2]])


def test_get_takes_arrays_classes_and_functions():
    given = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(initializers.get(given)((2, 3)), given)
    with pytest.raises(ValueError, match=r"shape \(2, 3\), but the weight has \(3, 2\)"):
        initializers.get(given)((3, 2))
    assert isinstance(initializers.get(initializers.Ones), initializers.Ones)
    assert initializers.get(None) is None

    def halves(shape, dtype=None):
        return np.full(shape, 0.5, dtype)

    assert initializers.get(halves) is halves


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: initializers.get("he_norml"), "'he_norml' is not known .* write 'he_normal'"),
        (lambda: initializers.get(3), "3 is not one of nanoconv's initializers"),
        (lambda: initializers.VarianceScaling(scale=0), "scale is 0, but a positive"),
        (lambda: initializers.VarianceScaling(mode="fan"), "'fan' is not known"),
        (lambda: initializers.VarianceScaling(distribution="gauss"), "'gauss' is not known"),
        (lambda: initializers.HeNormal(seed="7"), "seed is '7', but an integer"),
        (lambda: initializers.Identity()((2, 2, 2)), "only a matrix has a diagonal"),
        (lambda: initializers.Orthogonal()((2,)), "two dimensions or more"),
    ],
)
def test_mistakes_are_answered_in_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
