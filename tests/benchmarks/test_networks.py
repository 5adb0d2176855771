"""All peers train the same networks."""

from __future__ import annotations

import pytest

import nanoconv
from tests.conftest import require

NAMES = ["mnist", "5x5", "stride-2", "same", "colour", "lenet", "vgg", "channels-4"]


@pytest.mark.parametrize(
    "name", [pytest.param("mnist-bytes", marks=pytest.mark.full), "lenet", "vgg"]
)
def test_nanoconv_and_keras_build_the_same_network(benchmark_module, keras, name):
    networks = benchmark_module("networks")
    ours, theirs = (networks.build_keras(name, module) for module in (nanoconv, keras))
    assert [v.shape for v in ours.weights] == [tuple(v.shape) for v in theirs.weights]
    assert [type(l).__name__ for l in ours.layers] == [type(l).__name__ for l in theirs.layers]


@pytest.mark.full
@pytest.mark.parametrize("name", NAMES)
def test_pytorch_builds_the_same_network(benchmark_module, name):
    require("torch", "peers")
    networks = benchmark_module("networks")
    ours, theirs = networks.build_keras(name, nanoconv), networks.build_torch(name)
    trainable = sum(v.size for v in ours.trainable_variables)
    assert trainable == sum(p.numel() for p in theirs.parameters())


def test_the_cost_of_training_is_counted_as_by_hand(benchmark_module):
    # conv 26x26x9x1x32 (no gradient of the image), conv 24x24x9x32x64, dense 9216x256, 256x10
    first, second = 26 * 26 * 9 * 32, 24 * 24 * 9 * 32 * 64
    third, last = 9216 * 256, 256 * 10
    expected = 2 * (2 * first + 3 * (second + third + last))
    assert benchmark_module("networks").training_flops("mnist") == expected


def test_an_unknown_network_is_refused_by_name(benchmark_module):
    with pytest.raises(ValueError, match="'vgg16' is no network; there are mnist"):
        benchmark_module("networks").network("vgg16")
