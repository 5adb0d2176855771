"""Every layer of nanoconv with awkward arguments: odd sizes, both paddings, steps, every option.

Few shapes, because Keras compiles each anew.
"""

from __future__ import annotations

from tests.layers.harness import Case

IMAGES = (3, 7, 6, 2)  # (N, H, W, C): odd, even, not square
ROWS = (3, 5)

#: Layers that compute the same whenever they are called.
STEADY = [
    Case("InputLayer", IMAGES, {"batch_shape": (None, 7, 6, 2)}),
    Case("Identity", IMAGES),
    Case("ActivityRegularization", IMAGES, {"l1": 0.1, "l2": 0.2}),
    Case("Dense", ROWS, {"units": 4}),
    Case("Dense", ROWS, {"units": 1, "use_bias": False, "activation": "sigmoid"}),
    Case("Dense", IMAGES, {"units": 3, "activation": "relu"}),
    Case("Dense", ROWS, {"units": 4, "activation": "softmax"}),
    Case("Dense", ROWS, {"units": 4, "activation": "gelu", "kernel_regularizer": "l2"}),
    Case("Conv2D", IMAGES, {"filters": 3, "kernel_size": 3}),
    Case("Conv2D", IMAGES, {"filters": 3, "kernel_size": 3, "activation": "relu"}),
    Case("Conv2D", IMAGES, {"filters": 1, "kernel_size": (2, 4), "padding": "same"}),
    Case("Conv2D", IMAGES, {"filters": 2, "kernel_size": (3, 2), "strides": (2, 3)}),
    Case("Conv2D", IMAGES, {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}),
    Case("Conv2D", IMAGES, {"filters": 2, "kernel_size": (2, 3), "dilation_rate": (3, 2)}),
    Case("Conv2D", IMAGES, {"filters": 4, "kernel_size": 1, "use_bias": False}),
    Case("Conv2D", IMAGES, {"filters": 2, "kernel_size": (7, 6), "activation": "tanh"}),
    Case("Conv2D", IMAGES, {"filters": 3, "kernel_size": 3, "activation": "softmax"}),
    Case("MaxPooling2D", IMAGES),
    Case("MaxPooling2D", IMAGES, {"pool_size": 3, "strides": 1}),
    Case("MaxPooling2D", IMAGES, {"pool_size": (3, 2), "strides": (2, 3), "padding": "same"}),
    Case("AveragePooling2D", IMAGES, {"pool_size": 2}),
    Case("AveragePooling2D", IMAGES, {"pool_size": 3, "strides": 1, "padding": "same"}),
    Case("AveragePooling2D", IMAGES, {"pool_size": (3, 2), "strides": (2, 3), "padding": "same"}),
    Case("GlobalAveragePooling2D", IMAGES),
    Case("GlobalAveragePooling2D", IMAGES, {"keepdims": True}),
    Case("GlobalMaxPooling2D", IMAGES),
    Case("GlobalMaxPooling2D", IMAGES, {"keepdims": True}),
    Case("DepthwiseConv2D", IMAGES, {"kernel_size": 3}),
    Case("DepthwiseConv2D", IMAGES, {"kernel_size": (2, 3), "depth_multiplier": 2, "strides": 2}),
    Case("DepthwiseConv2D", IMAGES, {"kernel_size": 2, "padding": "same", "use_bias": False}),
    Case("DepthwiseConv2D", IMAGES, {"kernel_size": 2, "dilation_rate": 2, "activation": "relu"}),
    Case("SeparableConv2D", IMAGES, {"filters": 3, "kernel_size": 3}),
    Case(
        "SeparableConv2D",
        IMAGES,
        {"filters": 3, "kernel_size": (2, 3), "depth_multiplier": 2, "padding": "same"},
    ),
    Case(
        "SeparableConv2D",
        IMAGES,
        {"filters": 3, "kernel_size": 3, "strides": 2, "activation": "relu", "use_bias": False},
    ),
    Case("BatchNormalization", IMAGES),
    Case("BatchNormalization", ROWS, {"momentum": 0.9, "epsilon": 0.1}),
    Case("BatchNormalization", IMAGES, {"center": False}),
    Case("BatchNormalization", IMAGES, {"scale": False, "axis": 1}),
    Case("LayerNormalization", IMAGES),
    Case("LayerNormalization", ROWS, {"epsilon": 0.1, "center": False}),
    Case("LayerNormalization", IMAGES, {"axis": [-1, 1]}),
    Case("LayerNormalization", IMAGES, {"axis": 2, "scale": False}),
    Case("Flatten", IMAGES),
    Case("Flatten", ROWS),
    Case("Reshape", IMAGES, {"target_shape": (6, 14)}),
    Case("Reshape", IMAGES, {"target_shape": (7, -1)}),
    Case("Permute", IMAGES, {"dims": (2, 3, 1)}),
    Case("ZeroPadding2D", IMAGES),
    Case("ZeroPadding2D", IMAGES, {"padding": ((1, 0), (2, 3))}),
    Case("Cropping2D", IMAGES, {"cropping": ((1, 0), (2, 3))}),
    Case("Cropping2D", IMAGES, {"cropping": 2}),
    Case("UpSampling2D", IMAGES, {"size": (2, 3)}),
    Case("Rescaling", IMAGES, {"scale": 0.5, "offset": -1.0}),
    Case("Activation", IMAGES, {"activation": "relu"}),
    Case("Activation", ROWS, {"activation": "softmax"}),
    Case("Activation", IMAGES, {"activation": "silu"}),
    Case("ReLU", IMAGES),
    Case("ReLU", IMAGES, {"max_value": 0.8, "negative_slope": 0.1, "threshold": 0.2}),
    Case("LeakyReLU", IMAGES),
    Case("LeakyReLU", IMAGES, {"negative_slope": 0.2}),
    Case("ELU", IMAGES),
    Case("ELU", IMAGES, {"alpha": 0.3}),
    Case("PReLU", IMAGES),
    Case("PReLU", IMAGES, {"shared_axes": [1, 2]}),
    Case("Softmax", IMAGES),
    Case("Softmax", IMAGES, {"axis": 1}),
    Case("Add", [IMAGES, IMAGES, IMAGES]),
    Case("Add", [IMAGES, (3, 1, 6, 1)]),
    Case("Add", [(3, 6, 2), IMAGES]),
    Case("Subtract", [IMAGES, IMAGES]),
    Case("Multiply", [IMAGES, IMAGES, IMAGES]),
    Case("Multiply", [IMAGES, (3, 1, 1, 2)]),
    Case("Average", [IMAGES, IMAGES, IMAGES]),
    Case("Maximum", [IMAGES, IMAGES, IMAGES]),
    Case("Minimum", [IMAGES, IMAGES, (3, 1, 1, 2)]),
    Case("Concatenate", [IMAGES, (3, 7, 6, 1)]),
    Case("Concatenate", [IMAGES, (3, 2, 6, 2), IMAGES], {"axis": 1}),
]

#: Layers that draw random values while training; at inference they return their input.
RANDOM = [
    Case("Dropout", ROWS, {"rate": 0.4}),
    Case("Dropout", IMAGES, {"rate": 0.0, "seed": 3}),
    Case("Dropout", IMAGES, {"rate": 1.0}),
    Case("SpatialDropout2D", IMAGES, {"rate": 0.5, "seed": 3}),
    Case("GaussianNoise", IMAGES, {"stddev": 0.3}),
    Case("GaussianDropout", IMAGES, {"rate": 0.3, "seed": 1}),
]

#: Layers that change images while training; they have no gradient then.
AUGMENTING = [
    Case("RandomFlip", IMAGES, {"seed": 4}),
    Case("RandomFlip", IMAGES, {"mode": "horizontal"}),
    Case("RandomContrast", IMAGES, {"factor": (0.3, 0.8), "value_range": (-1, 2)}),
    Case("RandomContrast", IMAGES, {"factor": 0.5, "seed": 4}),
    Case("RandomRotation", IMAGES, {"factor": 0.2}),
    Case("RandomTranslation", IMAGES, {"height_factor": (-0.2, 0.3), "width_factor": 0.4}),
    Case("RandomZoom", IMAGES, {"height_factor": 0.3, "fill_mode": "constant"}),
    Case("RandomZoom", IMAGES, {"height_factor": 0.3, "width_factor": (0, 0.5)}),
    Case("RandomElasticTransform", IMAGES, {"factor": (0.5, 1.0), "value_range": (-9, 9)}),
]

#: Layers that Keras does not have: they pass the same checks, only not the comparison with Keras.
OWN: list[Case] = []
