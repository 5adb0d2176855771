"""`K`: settings, and array functions with Keras' names and numbers."""

from __future__ import annotations

import numpy as np
import pytest

import nanoconv
from nanoconv import backend as K


def test_clear_session_starts_the_names_anew():
    nanoconv.layers.Dense(1)
    K.clear_session()
    assert nanoconv.layers.Dense(1).name == "dense"
    assert nanoconv.layers.Dense(1).name == "dense_1"


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "prod", "std", "var"])
def test_reductions_are_those_of_keras(keras, rng, name):
    x = rng.random((3, 4))
    mine = getattr(K, name)(x, axis=-1, keepdims=True)
    theirs = np.asarray(getattr(keras.ops, name)(x, axis=-1, keepdims=True))
    np.testing.assert_allclose(mine.numpy(), theirs, rtol=1e-5)


def test_a_metric_written_with_k_counts(rng):
    y, p = np.eye(4)[rng.integers(0, 4, 20)], rng.random((20, 4))
    value = K.mean(K.equal(K.argmax(y, axis=-1), K.argmax(p, axis=-1)))
    assert value == np.mean(y.argmax(-1) == p.argmax(-1))
    assert K.cast(K.round([0.2, 0.9]), "int32").tolist() == [0, 1]
    assert K.int_shape(nanoconv.Input((3,))) == (None, 3)


def test_function_computes_what_lies_between_tensors(rng):
    x = nanoconv.Input((5,))
    hidden = nanoconv.layers.Dense(3)(x)
    compute = K.function([x, K.learning_phase()], [hidden, nanoconv.layers.ReLU()(hidden)])
    before, behind = compute([rng.random((2, 5)), 0])
    np.testing.assert_array_equal(behind, np.maximum(before, 0))


def test_settings_refuse_what_is_not_supported():
    assert K.image_data_format() == "channels_last"
    assert K.image_dim_ordering() == "tf"
    K.set_image_dim_ordering("tf")
    with pytest.raises(ValueError, match="channels_last only"):
        K.set_image_dim_ordering("th")
    with pytest.raises(ImportError, match="leave it out"):
        K.set_session(None)


@pytest.mark.parametrize("name", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_computes_in_float32_and_warns_once(keras, tmp_path, name):
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, dtype=name)]).save(
        tmp_path / "mixed.keras"
    )
    nanoconv.mixed_precision._warn_once.cache_clear()
    with pytest.warns(UserWarning, match=f"the policy is '{name}', .* so float32 is used") as seen:
        policy = nanoconv.mixed_precision.Policy(name)
        nanoconv.mixed_precision.set_global_policy(policy)
        nanoconv.mixed_precision.set_global_policy(name)
        assert nanoconv.layers.Dense(2, dtype=name).dtype == "float32"
        model = nanoconv.models.load_model(tmp_path / "mixed.keras")
    assert len(seen) == 1
    assert policy.compute_dtype == policy.variable_dtype == model.layers[-1].dtype == "float32"
    assert nanoconv.config.floatx() == "float32"


def test_half_precision_is_refused_and_float32_accepted():
    nanoconv.mixed_precision.set_global_policy("float32")
    assert nanoconv.mixed_precision.global_policy().compute_dtype == "float32"
    with pytest.raises(ValueError, match="half precision more slowly"):
        nanoconv.mixed_precision.set_global_policy("float16")
    assert nanoconv.config.floatx() == "float32"
