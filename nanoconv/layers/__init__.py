"""Layers, in the order in which one would teach them.

Start with `dense` and `convolutional`; `base` tells what every layer promises.

Reference: https://keras.io/api/layers/
"""

from nanoconv.layers.activation import Activation
from nanoconv.layers.base import Layer
from nanoconv.layers.convolutional import Conv2D
from nanoconv.layers.dense import Dense
from nanoconv.layers.input import Input, InputLayer
from nanoconv.layers.pooling import MaxPooling2D
from nanoconv.layers.regularization import Dropout
from nanoconv.layers.reshaping import Flatten

Convolution2D = Conv2D
MaxPool2D = MaxPooling2D

__all__ = [
    "Activation",
    "Conv2D",
    "Convolution2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "InputLayer",
    "Layer",
    "MaxPool2D",
    "MaxPooling2D",
]
