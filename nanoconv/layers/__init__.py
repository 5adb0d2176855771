"""Layers; `__all__` lists them in the order in which one would teach them.

Start with `core` and `convolutional`; `base` says what every layer promises.

Reference: https://keras.io/api/layers/
"""

from nanoconv import ops as ops
from nanoconv.core import absent
from nanoconv.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from nanoconv.layers.base.layer import Layer
from nanoconv.layers.base.layer_serialization import deserialize, serialize
from nanoconv.layers.convolutional import Conv2D, DepthwiseConv2D, SeparableConv2D
from nanoconv.layers.core import (
    ActivityRegularization,
    Dense,
    Identity,
    Input,
    InputLayer,
    Lambda,
)
from nanoconv.layers.merging import (
    Add,
    Average,
    Concatenate,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    maximum,
    minimum,
    multiply,
    subtract,
)
from nanoconv.layers.normalization.batch_normalization import BatchNormalization
from nanoconv.layers.normalization.layer_normalization import LayerNormalization
from nanoconv.layers.pooling import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from nanoconv.layers.preprocessing.augmentation import RandomContrast, RandomFlip
from nanoconv.layers.preprocessing.elastic_transform import RandomElasticTransform
from nanoconv.layers.preprocessing.random_warps import RandomRotation, RandomTranslation, RandomZoom
from nanoconv.layers.preprocessing.rescaling import Rescaling
from nanoconv.layers.regularization import Dropout, GaussianDropout, GaussianNoise, SpatialDropout2D
from nanoconv.layers.reshaping.borders import Cropping2D, UpSampling2D, ZeroPadding2D
from nanoconv.layers.reshaping.flatten import Flatten, Permute, Reshape

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
    # functions as layers
    "Lambda",
    "Identity",
    "ActivityRegularization",
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
    # random changes of images
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

__getattr__, __dir__ = absent.public(__name__)
