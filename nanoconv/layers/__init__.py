"""Layers; `__all__` lists them in the order in which one would teach them.

Start with `dense` and `convolutional`; `base` tells what every layer promises.

Reference: https://keras.io/api/layers/
"""

from nanoconv import absent
from nanoconv.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from nanoconv.layers.augmentation import RandomContrast, RandomFlip
from nanoconv.layers.base import Layer
from nanoconv.layers.borders import Cropping2D, UpSampling2D, ZeroPadding2D
from nanoconv.layers.concatenation import Concatenate, concatenate
from nanoconv.layers.convolutional import Conv2D
from nanoconv.layers.dense import Dense
from nanoconv.layers.depthwise import DepthwiseConv2D, SeparableConv2D
from nanoconv.layers.elastic import RandomElasticTransform
from nanoconv.layers.extremes import Maximum, Minimum, maximum, minimum
from nanoconv.layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from nanoconv.layers.input import Input, InputLayer
from nanoconv.layers.layer_normalization import LayerNormalization
from nanoconv.layers.merging import (
    Add,
    Average,
    Multiply,
    Subtract,
    add,
    average,
    multiply,
    subtract,
)
from nanoconv.layers.normalization import BatchNormalization
from nanoconv.layers.pooling import AveragePooling2D, MaxPooling2D
from nanoconv.layers.regularization import (
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout2D,
)
from nanoconv.layers.reshaping import Flatten, Permute, Reshape
from nanoconv.layers.scaling import Rescaling
from nanoconv.layers.serialization import deserialize, serialize
from nanoconv.layers.warping import RandomRotation, RandomTranslation, RandomZoom

# Keras' other names.
AvgPool2D = AveragePooling2D
Convolution2D = Conv2D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalMaxPool2D = GlobalMaxPooling2D
MaxPool2D = MaxPooling2D
SeparableConvolution2D = SeparableConv2D

__all__ = [
    # the first network that reads digits
    "Layer",
    "Input",
    "InputLayer",
    "Dense",
    "Activation",
    "Conv2D",
    "MaxPooling2D",
    "Dropout",
    "Flatten",
    "Rescaling",
    # deeper networks
    "BatchNormalization",
    "LayerNormalization",
    "AveragePooling2D",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "DepthwiseConv2D",
    "SeparableConv2D",
    # variations
    "ReLU",
    "LeakyReLU",
    "ELU",
    "PReLU",
    "Softmax",
    "SpatialDropout2D",
    "GaussianNoise",
    "GaussianDropout",
    # other shapes
    "Reshape",
    "Permute",
    "ZeroPadding2D",
    "Cropping2D",
    "UpSampling2D",
    # branches that meet
    "Add",
    "Subtract",
    "Multiply",
    "Average",
    "Maximum",
    "Minimum",
    "Concatenate",
    "add",
    "subtract",
    "multiply",
    "average",
    "maximum",
    "minimum",
    "concatenate",
    # pictures that change
    "RandomFlip",
    "RandomContrast",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "RandomElasticTransform",
    # layers as plain data, and back
    "serialize",
    "deserialize",
    # Keras' other names
    "AvgPool2D",
    "Convolution2D",
    "GlobalAvgPool2D",
    "GlobalMaxPool2D",
    "MaxPool2D",
    "SeparableConvolution2D",
]

__getattr__ = absent.refuse(__name__)
