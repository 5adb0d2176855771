"""The networks that are measured: written down once, built by Keras, nanoconv and PyTorch.

A network is a list of Keras layers by name. nanoconv and Keras have the same names, so one line
builds both; PyTorch gets a small translation.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

Layer = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Network:
    """A classifier for ten classes: what it is called, the shape of an image, its layers."""

    title: str
    shape: tuple[int, int, int]
    layers: list[Layer]


def conv(filters: int, size: int = 3, **options: Any) -> Layer:
    """A convolution with relu."""
    return "Conv2D", {"filters": filters, "kernel_size": size, "activation": "relu", **options}


def dense(units: int, activation: str = "relu") -> Layer:
    """A dense layer."""
    return "Dense", {"units": units, "activation": activation}


def dropout(rate: float) -> Layer:
    """Dropout."""
    return "Dropout", {"rate": rate}


POOL: Layer = ("MaxPooling2D", {"pool_size": 2})
AVERAGE: Layer = ("AveragePooling2D", {"pool_size": 2})
FLATTEN: Layer = ("Flatten", {})
HEAD = [FLATTEN, dense(256), dropout(0.5), dense(10, "softmax")]
MNIST = (28, 28, 1)


def normalized(filters: int) -> list[Layer]:
    """A convolution as in VGG networks of today: normalised before its relu."""
    plain = conv(filters, padding="same", activation=None, use_bias=False)
    return [plain, ("BatchNormalization", {}), ("Activation", {"activation": "relu"})]


def vgg(*blocks: int) -> list[Layer]:
    """Two normalised convolutions and a pooling for each number of filters."""
    layers: list[Layer] = []
    for filters in blocks:
        layers += [*normalized(filters), *normalized(filters), POOL]
    return [*layers, *HEAD]


EXAMPLE = [conv(32), conv(64), POOL, dropout(0.25), *HEAD]
NETWORKS = {
    "mnist": Network("the example's network", MNIST, EXAMPLE),
    "mnist-bytes": Network(
        "the example's network on bytes", MNIST, [("Rescaling", {"scale": 1 / 255}), *EXAMPLE]
    ),
    "5x5": Network("5x5 kernels", MNIST, [conv(32, 5), POOL, conv(64, 5), POOL, *HEAD]),
    "stride-2": Network("stride 2", MNIST, [conv(32), conv(64, strides=2), *HEAD]),
    "same": Network(
        "padding same", MNIST, [conv(32, padding="same"), conv(64, padding="same"), POOL, *HEAD]
    ),
    "colour": Network("3 input channels", (32, 32, 3), EXAMPLE),
    "lenet": Network(
        "LeNet-5",
        MNIST,
        [
            conv(6, 5, padding="same", activation="tanh"),
            AVERAGE,
            conv(16, 5, activation="tanh"),
            AVERAGE,
            FLATTEN,
            dense(120, "tanh"),
            dense(84, "tanh"),
            dense(10, "softmax"),
        ],
    ),
    "vgg": Network("VGG, 6 layers with BatchNormalization", (32, 32, 3), vgg(32, 64, 128)),
}


def network(name: str) -> Network:
    """Return a network by its name; `"channels-32"` has two convolutions of 32 channels.

    Raises:
        ValueError: for an unknown name.
    """
    if name.startswith("channels-"):
        channels = int(name.removeprefix("channels-"))
        layers = [conv(channels), conv(channels), POOL, FLATTEN, dense(10, "softmax")]
        return Network(f"{channels} channels", MNIST, layers)
    if name not in NETWORKS:
        raise ValueError(f"{name!r} is no network; there are {', '.join(NETWORKS)}, channels-32.")
    return NETWORKS[name]


def build_keras(name: str, keras: Any) -> Any:
    """Build a network with Keras, or with nanoconv, and compile it.

    Args:
        name: of the network.
        keras: the module `keras` or `nanoconv`.
    """
    wanted = network(name)
    layers = [getattr(keras.layers, kind)(**options) for kind, options in wanted.layers]
    model = keras.Sequential([keras.Input(shape=wanted.shape), *layers])
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def training_flops(name: str) -> int:
    """Return the floating-point operations that training costs for an image, computed directly.

    Each element of a kernel takes part in one multiplication and one addition for each place it
    slides over: once forward, once for its own gradient and once for the gradient of the input,
    which the first layer does not need.
    """
    import nanoconv

    operations, passes = 0, 2
    for layer in build_keras(name, nanoconv).layers:
        if hasattr(layer, "kernel"):
            places = prod(layer.output.shape[1:-1])
            operations += passes * 2 * layer.kernel.size * places
            passes = 3
    return operations


def build_torch(name: str) -> Any:
    """Build a network with PyTorch; it returns logits."""
    import torch
    from torch import nn

    activations = {"relu": nn.ReLU, "tanh": nn.Tanh}

    class Rescaling(nn.Module):
        """Multiplies bytes by a factor."""

        def __init__(self, scale: float) -> None:
            super().__init__()
            self.scale = scale

        def forward(self, x: Any) -> Any:
            return x.float() * self.scale

    def convolution(o: dict[str, Any]) -> Any:
        padding, stride, bias = o.get("padding", "valid"), o.get("strides", 1), o.get("use_bias")
        return nn.LazyConv2d(
            o["filters"], o["kernel_size"], stride, padding, bias=bias is not False
        )

    makers = {
        "Conv2D": convolution,
        "Dense": lambda o: nn.LazyLinear(o["units"]),
        "MaxPooling2D": lambda o: nn.MaxPool2d(o["pool_size"]),
        "AveragePooling2D": lambda o: nn.AvgPool2d(o["pool_size"]),
        "Dropout": lambda o: nn.Dropout(o["rate"]),
        "BatchNormalization": lambda o: nn.LazyBatchNorm2d(eps=1e-3, momentum=0.01),
        "Flatten": lambda o: nn.Flatten(),
        "Rescaling": lambda o: Rescaling(o["scale"]),
    }
    wanted = network(name)
    modules = []
    for kind, options in wanted.layers:
        modules += [makers[kind](options)] if kind in makers else []
        activation = options.get("activation")
        modules += [activations[activation]()] if activation in activations else []
    model = nn.Sequential(*modules)
    H, W, C = wanted.shape
    model(torch.zeros(2, C, H, W))  # lazy modules take their sizes from the first image
    return model
