"""What every layer promises: see `harness`; run on all layers, in `cases`."""

from __future__ import annotations

import pytest

from nanoconv import layers
from tests.layers import harness
from tests.layers.cases import AUGMENTING, OWN, RANDOM, STEADY

COMPUTING = STEADY + RANDOM + OWN
ALL = COMPUTING + AUGMENTING
PER_IMAGE = [case for case in COMPUTING if getattr(layers, case.layer).per_image]
SHARED = [case for case in ALL if case not in OWN]
CALLABLE = [case for case in SHARED if case.layer != "InputLayer"]
LEARNING = [case for case in STEADY if case.layer == "BatchNormalization"]


def test_no_layer_is_left_out():
    tested = {case.layer for case in ALL}
    public = {getattr(layers, name) for name in layers.__all__ if name[0].isupper()}
    missing = {thing.__name__ for thing in public} - tested - {"Layer", "Input", "Lambda"}
    assert not missing, f"write a case for {missing} in tests/layers/cases.py"


def test_what_keras_has_is_compared_with_keras(keras):
    escaped = [case.layer for case in OWN if hasattr(keras.layers, case.layer)]
    assert not escaped, f"move the cases of {escaped} from OWN to STEADY or RANDOM"


@pytest.mark.parametrize("case", ALL, ids=str)
def test_shapes_types_and_untouched_arguments(case):
    harness.check_shapes_and_types(case)


@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
@pytest.mark.parametrize("case", COMPUTING, ids=str)
def test_gradients_are_central_differences(case, training):
    harness.check_gradients(case, training)


@pytest.mark.parametrize("case", PER_IMAGE, ids=str)
def test_chunks_of_a_batch_give_what_the_batch_gives(case):
    harness.check_chunks(case, training=True)


@pytest.mark.parametrize("case", ALL, ids=str)
def test_config_and_weights_make_the_same_layer(case):
    harness.check_round_trip(case)


@pytest.mark.parametrize("case", SHARED, ids=str)
def test_keras_and_nanoconv_read_each_others_configs(case, keras):
    harness.check_configs_are_keras(case, keras)


@pytest.mark.parametrize("case", CALLABLE, ids=str)
def test_inference_and_gradients_are_those_of_keras(case, keras):
    harness.check_parity(case, keras, training=False)


@pytest.mark.parametrize("case", LEARNING, ids=str)
def test_training_is_that_of_keras_where_it_differs(case, keras):
    harness.check_parity(case, keras, training=True)
