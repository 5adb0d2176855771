"""What the dice may choose: layers and their arguments, losses, metrics, optimizers, `fit`.

Each entry of a table is a tuple of values to choose from. A layer has arguments that are always
drawn, and others that are drawn now and then.
"""

from __future__ import annotations

from typing import Any

from tests.parity.recipe import Call

Options = dict[str, tuple[Any, ...]]

# Few shapes, because Keras on JAX compiles each anew.
IMAGES = ((8, 8, 1), (7, 6, 2), (9, 5, 3), (12, 12, 2))

ACTIVATIONS = (
    *("relu", "relu", "relu", "sigmoid", "tanh", "softmax", "elu", "selu", "gelu", "silu"),
    *("softplus", "softsign", "leaky_relu", "hard_sigmoid", "relu6", "mish", "linear"),
)
# L1 is for biases, where zeros are rare, NonNeg is not: the slope of |0| is a matter of taste.
_KERNEL_REGULARIZERS = ("l2", Call("regularizers.L2", {"l2": 0.03}))
_BIAS_REGULARIZERS = (
    "l1",
    Call("regularizers.L1", {"l1": 0.02}),
    Call("regularizers.L1L2", {"l1": 0.01, "l2": 0.02}),
)
_CONSTRAINTS = (
    "non_neg",
    Call("constraints.MaxNorm", {"max_value": 0.7}),
    Call("constraints.UnitNorm", {"axis": 0}),
    Call("constraints.MinMaxNorm", {"min_value": 0.3, "max_value": 0.9, "rate": 0.5}),
)
_BIASED: Options = {
    "activation": ACTIVATIONS,
    "use_bias": (False,),
    "bias_regularizer": _BIAS_REGULARIZERS,
    "trainable": (False,),
}
_WEIGHTED: Options = {
    **_BIASED,
    "kernel_regularizer": _KERNEL_REGULARIZERS,
    "kernel_constraint": _CONSTRAINTS,
}
_KERNEL_SIZES = (1, 2, 3, 3, 5, (2, 3), (3, 1))
_MOVES: Options = {"strides": (1, 2, 3, (2, 1)), "padding": ("same", "valid")}
_POOL_SIZES: Options = {"pool_size": (2, 3, (1, 2), (3, 2))}

NORMALIZATIONS: dict[str, tuple[Options, Options]] = {
    "BatchNormalization": (
        {},
        {
            "momentum": (0.5, 0.9),
            "epsilon": (0.01,),
            "center": (False,),
            "scale": (False,),
            "gamma_regularizer": _KERNEL_REGULARIZERS,
            "trainable": (False,),
        },
    ),
    "LayerNormalization": ({}, {"epsilon": (0.01,), "center": (False,), "scale": (False,)}),
}
POINTWISE: dict[str, tuple[Options, Options]] = {
    **NORMALIZATIONS,
    "Activation": ({"activation": ACTIVATIONS}, {}),
    "ReLU": ({}, {"max_value": (0.8,), "negative_slope": (0.2,), "threshold": (0.1,)}),
    "LeakyReLU": ({}, {"negative_slope": (0.1,)}),
    "ELU": ({}, {"alpha": (0.5,)}),
    "PReLU": ({}, {}),
    "Softmax": ({}, {}),
    "Dropout": ({"rate": (0.0,)}, {}),
    "Rescaling": ({"scale": (0.5, 2.0)}, {"offset": (-1.0,)}),
}
ON_IMAGES: dict[str, tuple[Options, Options]] = {
    **POINTWISE,
    "Conv2D": (
        {"filters": (1, 2, 3, 8, 16), "kernel_size": _KERNEL_SIZES},
        {**_MOVES, "dilation_rate": (2, (1, 2)), **_WEIGHTED},
    ),
    "DepthwiseConv2D": (
        {"kernel_size": _KERNEL_SIZES},
        {**_MOVES, "depth_multiplier": (2, 3), "dilation_rate": (2,), **_BIASED},
    ),
    "SeparableConv2D": (
        {"filters": (1, 3, 8), "kernel_size": _KERNEL_SIZES},
        {**_MOVES, "depth_multiplier": (2,), "dilation_rate": (2,), **_BIASED},
    ),
    "MaxPooling2D": (_POOL_SIZES, _MOVES),
    "AveragePooling2D": (_POOL_SIZES, _MOVES),
    "BatchNormalization": ({}, {**NORMALIZATIONS["BatchNormalization"][1], "axis": (1, 2)}),
    "LayerNormalization": ({}, {**NORMALIZATIONS["LayerNormalization"][1], "axis": ([1, 2], 1)}),
    "PReLU": ({}, {"shared_axes": ([1, 2],)}),
    "Softmax": ({}, {"axis": (1, -1)}),
    "SpatialDropout2D": ({"rate": (0.0,)}, {}),
    "ZeroPadding2D": ({}, {"padding": (1, (2, 0), ((1, 0), (0, 2)))}),
    "Cropping2D": ({}, {"cropping": (1, ((1, 0), (0, 1)))}),
    "UpSampling2D": ({}, {"size": (2, (1, 2))}),
    "Permute": ({"dims": ((2, 1, 3), (3, 1, 2))}, {}),
}
# Convolution and pooling make a network; the rest is seasoning.
IMAGE_WEIGHTS = {"Conv2D": 8, "MaxPooling2D": 4, "AveragePooling2D": 2, "BatchNormalization": 3}
ON_ROWS: dict[str, tuple[Options, Options]] = {
    **POINTWISE,
    "Dense": ({"units": (1, 2, 5, 16)}, _WEIGHTED),
}
ROW_WEIGHTS = {"Dense": 8, "BatchNormalization": 2}
TO_ROWS: dict[str, tuple[Options, Options]] = {
    "Flatten": ({}, {}),
    "GlobalAveragePooling2D": ({}, {}),
    "GlobalMaxPooling2D": ({}, {}),
}
# Layers that draw at random while they train: such a model is measured, not trained.
RANDOM: dict[str, tuple[Options, Options]] = {
    "Dropout": ({"rate": (0.3,)}, {"seed": (1,)}),
    "GaussianNoise": ({"stddev": (0.5,)}, {}),
    "GaussianDropout": ({"rate": (0.2,)}, {}),
    "RandomFlip": ({}, {"mode": ("horizontal",)}),
    "RandomRotation": ({"factor": (0.1,)}, {}),
}
MERGING = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")

# (loss, what may be drawn for it, kind of labels, the last layer's activations)
_REDUCTIONS = ("sum", "mean", "mean_with_sample_weight", "sum_over_batch_size")
_LOGITS = {"from_logits": True}
LOSSES: tuple[tuple[str, dict[str, Any], Options, str, tuple[str, ...]], ...] = (
    ("sparse_categorical_crossentropy", {}, {}, "classes", ("softmax",)),
    ("SparseCategoricalCrossentropy", {}, {}, "classes", ("softmax",)),
    ("SparseCategoricalCrossentropy", _LOGITS, {}, "classes", ("linear", "tanh")),
    ("categorical_crossentropy", {}, {}, "one_hot", ("softmax",)),
    ("CategoricalCrossentropy", {}, {"label_smoothing": (0.1,)}, "one_hot", ("softmax",)),
    ("CategoricalCrossentropy", _LOGITS, {"label_smoothing": (0.1,)}, "shares", ("linear",)),
    ("binary_crossentropy", {}, {}, "bits", ("sigmoid",)),
    ("BinaryCrossentropy", {}, {"label_smoothing": (0.1,)}, "bits", ("sigmoid",)),
    ("BinaryCrossentropy", _LOGITS, {"label_smoothing": (0.1,)}, "bits", ("linear",)),
    ("kl_divergence", {}, {}, "shares", ("softmax",)),
    ("KLDivergence", {}, {}, "shares", ("softmax",)),
    ("mse", {}, {}, "numbers", ("linear", "tanh", "softplus")),
    ("mae", {}, {}, "numbers", ("linear",)),
    ("MeanSquaredError", {}, {}, "numbers", ("linear", "sigmoid")),
    ("MeanAbsoluteError", {}, {}, "numbers", ("linear",)),
    ("MeanAbsolutePercentageError", {}, {}, "numbers", ("linear",)),
    ("Huber", {}, {"delta": (0.3,)}, "numbers", ("linear",)),
    ("LogCosh", {}, {}, "numbers", ("linear",)),
    ("hinge", {}, {}, "signs", ("tanh", "linear")),
    ("SquaredHinge", {}, {}, "signs", ("tanh", "linear")),
    ("CategoricalHinge", {}, {}, "one_hot", ("softmax", "linear")),
)
REDUCTION: Options = {"reduction": _REDUCTIONS}
METRICS: dict[str, tuple[Any, ...]] = {
    "classes": (
        "accuracy",
        "acc",
        "sparse_categorical_accuracy",
        Call("metrics.SparseTopKCategoricalAccuracy", {"k": 2, "name": "top_2"}),
    ),
    "one_hot": (
        "accuracy",
        "categorical_accuracy",
        "mse",
        Call("metrics.Precision", {"name": "precision"}),
        Call("metrics.Recall", {"thresholds": 0.3, "name": "recall"}),
        Call("metrics.TopKCategoricalAccuracy", {"k": 2, "name": "top_2"}),
    ),
    "shares": ("mae", "kl_divergence", Call("metrics.RootMeanSquaredError", {"name": "rmse"})),
    "bits": (
        "accuracy",
        "binary_accuracy",
        Call("metrics.Precision", {"thresholds": 0.4, "name": "precision"}),
        Call("metrics.BinaryAccuracy", {"threshold": 0.6, "name": "sure"}),
    ),
    "numbers": ("mse", "mae", "mape", Call("metrics.RootMeanSquaredError", {"name": "rmse"})),
    "signs": ("hinge", "mse"),
}

_SCHEDULES = (
    Call(
        "optimizers.schedules.ExponentialDecay",
        {"initial_learning_rate": 0.02, "decay_steps": 2, "decay_rate": 0.8},
    ),
    Call(
        "optimizers.schedules.CosineDecay",
        {"initial_learning_rate": 0.01, "decay_steps": 5, "alpha": 0.1},
    ),
    Call(
        "optimizers.schedules.PiecewiseConstantDecay",
        {"boundaries": [1, 3], "values": [0.02, 0.01, 0.005]},
    ),
    Call(
        "optimizers.schedules.InverseTimeDecay",
        {"initial_learning_rate": 0.02, "decay_steps": 2, "decay_rate": 0.5, "staircase": True},
    ),
)
OPTIMIZERS: dict[str, tuple[Options, Options]] = {
    "SGD": (
        {"learning_rate": (0.01, 0.05, *_SCHEDULES)},
        {"momentum": (0.9,), "nesterov": (True,)},
    ),
    "Adam": ({"learning_rate": (0.001, 0.01, *_SCHEDULES)}, {"amsgrad": (True,), "beta_1": (0.5,)}),
    "AdamW": ({"learning_rate": (0.001, 0.01)}, {"weight_decay": (0.1,)}),
    "RMSprop": (
        {"learning_rate": (0.001, 0.005)},
        {"momentum": (0.5,), "centered": (True,), "rho": (0.8,)},
    ),
    "Adadelta": ({"learning_rate": (1.0, 0.1)}, {"rho": (0.8,)}),
    "Adagrad": ({"learning_rate": (0.01, 0.1)}, {"initial_accumulator_value": (0.01,)}),
    "Adamax": ({"learning_rate": (0.001, 0.01)}, {"beta_2": (0.9,)}),
    "Nadam": ({"learning_rate": (0.001, 0.01)}, {"beta_1": (0.7,)}),
}
ALL_OPTIMIZERS: tuple[dict[str, Any], ...] = (
    {"weight_decay": 0.05},
    {"clipnorm": 0.1},
    {"clipvalue": 0.02},
    {"global_clipnorm": 0.1},
    {"use_ema": True, "ema_momentum": 0.7},
    {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 2},
    {"gradient_accumulation_steps": 2},
    {"loss_scale_factor": 4.0},
)
FIT: Options = {
    "batch_size": (4, 5, 32),
    "epochs": (1, 2, 3),
    "validation_split": (0.3, 0.5),
    "validation_data": (True,),
    "sample_weight": (True,),
    "class_weight": ({0: 2.0, 1: 0.5}, {0: 1.0, 1: 3.0, 2: 0.2}),
    "steps_per_epoch": (2,),
    "initial_epoch": (1,),
    "validation_freq": (2, [1, 3]),
    "validation_batch_size": (3,),
    "validation_steps": (1,),
}
DATA: Options = {"samples": (10, 13, 6), "inputs": ("float32", "float32", "float64", "uint8")}
