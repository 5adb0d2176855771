"""How losses are named, built, saved and refused."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from nanoconv import losses, metrics

CLASSES = [n for n in losses.__all__ if n[0].isupper() and n not in ("Loss", "LossFunctionWrapper")]
NAMES = ["mse", "MSE", "mae", "MAE", "mape", "MAPE", "bce", "BCE", "kld", "KLD", "huber", "hinge"]
NAMES += ["mean_squared_error", "sparse_categorical_crossentropy", "kl_divergence", "log_cosh"]
OURS = ("LossFunctionWrapper", "as_loss", "gradient_of")


@pytest.mark.parametrize("name", [n for n in losses.__all__ if n not in OURS])
def test_signatures_are_those_of_keras(keras, name):
    def parameters(thing):
        return [(p.name, p.default, p.kind) for p in inspect.signature(thing).parameters.values()]

    assert parameters(getattr(losses, name)) == parameters(getattr(keras.losses, name))


@pytest.mark.parametrize("name", NAMES)
def test_short_names_give_the_function_that_keras_gives(keras, name):
    assert losses.get(name).__name__ == keras.losses.get(name).__name__


def test_the_name_that_older_scripts_use_gives_the_divergence():
    assert losses.get("kullback_leibler_divergence") is losses.kl_divergence
    assert metrics.get("kullback_leibler_divergence").name == "kl_divergence"


@pytest.mark.parametrize("name", CLASSES)
def test_class_names_give_objects_that_survive_a_round_trip(keras, name):
    loss = losses.get(name)
    assert type(loss) is getattr(losses, name)
    again = losses.get(losses.serialize(loss))
    assert type(again) is type(loss) and again.get_config() == loss.get_config()
    theirs = losses.deserialize(keras.losses.serialize(getattr(keras.losses, name)()))
    assert theirs.get_config() == loss.get_config()
    config = loss.get_config()
    if name == "Huber":  # Keras forgets delta in its configuration; nanoconv keeps it
        assert config.pop("delta") == 1.0
    assert config == getattr(keras.losses, name)().get_config()


def test_get_passes_on_what_is_already_a_loss():
    loss = losses.Huber(2.0)
    assert losses.get(loss) is loss and losses.as_loss(loss) is loss
    assert losses.get(None) is None and losses.as_loss(None) is None
    assert losses.get(losses.mean_squared_error) is losses.mean_squared_error
    assert isinstance(losses.get(losses.Huber), losses.Huber)
    assert losses.serialize(losses.mean_squared_error) == "mean_squared_error"
    assert losses.deserialize("mean_squared_error") is losses.mean_squared_error


def test_functions_become_losses_under_the_name_given():
    loss = losses.as_loss("mse")
    assert (loss.name, loss.fn) == ("mse", losses.mean_squared_error)
    assert losses.as_loss(losses.huber).name == "huber"
    wrapped = losses.LossFunctionWrapper(losses.huber, name="h", delta=3.0)
    again = losses.LossFunctionWrapper.from_config(wrapped.get_config())
    assert again.get_config() == wrapped.get_config() and again.fn is losses.huber


def test_keras_configuration_of_a_wrapped_function_is_read(keras):
    function = keras.losses.serialize(keras.losses.mean_squared_error)
    loss = losses.LossFunctionWrapper.from_config({"name": "mse", "fn": function})
    assert loss.fn is losses.mean_squared_error


@pytest.mark.parametrize(
    "y_shape, p_shape, expected",
    [
        ((8,), (8, 1), losses.binary_crossentropy),
        ((8,), (8, 3), losses.sparse_categorical_crossentropy),
        ((8, 1), (8, 3), losses.sparse_categorical_crossentropy),
        ((8, 3), (8, 3), losses.categorical_crossentropy),
    ],
)
def test_crossentropy_is_chosen_by_the_shapes(y_shape, p_shape, expected):
    assert losses.as_loss("crossentropy", y_shape, p_shape).fn is expected
    assert losses.as_loss("CE", y_shape, p_shape).name == "CE"


def test_a_users_function_with_a_gradient_can_be_trained_with(rng):
    def cubed(y_true, y_pred):
        return (np.abs(y_pred - y_true) ** 3).sum(-1)

    automatic = losses.as_loss(cubed).value_and_gradient(np.zeros((2, 1)), np.array([[1.0], [2.0]]))

    @losses.gradient_of(cubed)
    def cubed_gradient(y_true, y_pred, weights):
        e = y_pred - y_true
        return 3 * weights[:, None] * e * np.abs(e)

    loss = losses.as_loss(cubed)
    assert loss.name == "cubed" and loss.logits_of is None
    value, gradient = loss.value_and_gradient(np.zeros((2, 1)), np.array([[1.0], [2.0]]))
    assert value == 4.5
    np.testing.assert_allclose(gradient, [[1.5], [6.0]])
    assert automatic[0] == 4.5
    np.testing.assert_allclose(automatic[1], gradient)


def test_a_users_class_needs_call():
    class Absolute(losses.Loss):
        def call(self, y_true, y_pred):
            return np.abs(y_pred - y_true).sum(-1)

    assert float(Absolute()([[1.0]], [[3.0]])) == 2.0
    _, gradient = losses.as_loss(Absolute()).value_and_gradient([[1.0]], [[3.0]])
    assert gradient.tolist() == [[1.0]]
    with pytest.raises(NotImplementedError, match="write def call"):
        losses.Loss()([[1.0]], [[3.0]])

    class WrongShape(Absolute):
        def gradient(self, y_true, y_pred, weights):
            return weights

    with pytest.raises(ValueError, match=r"gradient has shape \(2,\), but y_pred has \(2, 3\)"):
        WrongShape().value_and_gradient(np.ones((2, 3)), np.zeros((2, 3)))


@pytest.mark.parametrize(
    "identifier, words",
    [
        ("mean_square_error", "write 'mean_squared_error'"),
        ("sparse_categorical_crossentropie", "'sparse_categorical_crossentropy'"),
        (3, "a name, a Loss or a function is needed"),
    ],
)
def test_unknown_losses_are_refused_with_a_hint(identifier, words):
    with pytest.raises(ValueError, match=words):
        losses.get(identifier)


def test_unknown_reductions_and_types_are_refused():
    with pytest.raises(ValueError, match="reduction is 'average'"):
        losses.MeanSquaredError(reduction="average")
    for dtype in ("int32", "float16", "nonsense"):
        with pytest.raises(ValueError, match="compute in float32 or float64"):
            losses.MeanSquaredError(dtype=dtype)
    with pytest.raises(ValueError, match="training needs one number"):
        losses.MeanSquaredError(reduction="none").value_and_gradient([[1.0]], [[1.0]])


@pytest.mark.parametrize("label", [-1, 3, 1.5, float("nan")])
def test_labels_out_of_range_are_named(label):
    loss = losses.SparseCategoricalCrossentropy()
    with pytest.raises(ValueError, match=f"label {label:g} is none of the 3 classes"):
        loss(np.array([0, label]), np.full((2, 3), 1 / 3))


def test_labels_of_the_wrong_kind_are_told_what_to_write():
    p = np.full((4, 3), 1 / 3)
    with pytest.raises(ValueError, match='"categorical_crossentropy" for one-hot labels'):
        losses.SparseCategoricalCrossentropy()(np.eye(3)[[0, 1, 2, 0]], p)
    for labels in (np.array([0, 1, 2, 0]), np.array([[0], [1], [2], [0]])):
        with pytest.raises(ValueError, match=r'to_categorical\(y, 3\).*"sparse_categorical'):
            losses.CategoricalCrossentropy()(labels, p)


@pytest.mark.parametrize("name", [n for n in CLASSES if not n.startswith("Sparse")])
def test_shapes_that_do_not_fit_are_refused(name):
    with pytest.raises(
        ValueError, match=r"y_true of shape \(4, 2\), but y_pred has shape \(4, 3\)"
    ):
        getattr(losses, name)()(np.ones((4, 2)), np.ones((4, 3)))


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"sample_weight has shape \(3,\).*shape \(4,\)"):
        losses.MeanSquaredError()(np.ones((4, 2)), np.ones((4, 2)), np.ones(3))


def test_empty_batches_are_refused_except_where_values_are_asked_for():
    empty = np.ones((0, 3), "float32")
    with pytest.raises(ValueError, match=r"shape \(0, 3\), but needs at least one sample"):
        losses.CategoricalCrossentropy()(empty, empty)
    with pytest.raises(ValueError, match="at least one sample"):
        losses.SparseCategoricalCrossentropy().value_and_gradient(empty[:, 0], empty)
    assert losses.CategoricalCrossentropy(reduction="none")(empty, empty).shape == (0,)


def test_the_classes_of_integer_labels_lie_last():
    loss = losses.SparseCategoricalCrossentropy(axis=1)
    with pytest.raises(ValueError, match=r"axis is 1.*write np.moveaxis\(y_pred, 1, -1\)"):
        loss(np.zeros((2, 4)), np.full((2, 3, 4), 1 / 3))


def test_a_single_class_is_warned_about():
    with pytest.warns(SyntaxWarning, match="a single class"):
        losses.CategoricalCrossentropy()([[1.0]], [[0.5]])
