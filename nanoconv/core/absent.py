"""Names that Keras has and nanoconv has not: each is refused by one sentence with a way out.

nanoconv classifies images on a CPU. Text, sound, video, large language models and other devices
belong to Keras, and models travel there as files. Every module of nanoconv that stands for one of
Keras' ends with

    __getattr__, __dir__ = absent.public(__name__)

A name of Keras raises `NotInNanoconv`, which is an ImportError, because Python throws the text of
any other error away in `from keras.layers import LSTM`. A misspelt name is an AttributeError that
names near matches.
"""

from __future__ import annotations

import difflib
import pkgutil
import re
import sys
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

# module -> {the names, as words (* stands for anything): what to do}
_ADVICE: dict[str, dict[str, str]] = {
    "": {
        "applications": "train a network of your own, or fine-tune pretrained ones in Keras",
        "Operation tree": "write the same with NumPy, or a Layer",
        "distribution device remat RematScope distillation export quantizers Quantizer": (
            "nanoconv computes in float32 on the CPU; for GPUs and several machines save the "
            "model as .keras and go on in Keras"
        ),
        "FloatDTypePolicy dtype_policies": "write dtype='float32' or 'float64'",
        "Function InputSpec": "write a Layer with forward and backward, or a Model",
        "wrappers": (
            "write a loop over sklearn's KFold or ParameterGrid that compiles and fits a model"
        ),
        "KerasTensor StatelessScope SymbolicScope name_scope": "write Input(shape=...)",
        "visualization estimator experimental": "write nanoconv.utils.plot_model(model)",
    },
    "activations": {
        "celu glu hard_shrink log_sigmoid soft_shrink sparse_plus sparse_sigmoid sparsemax "
        "squareplus tanh_shrink threshold": (
            "write relu, elu, gelu or silu, or your own with gradient_of"
        ),
    },
    "backend": {
        "*_session tensorflow_backend": "leave it out; everything is computed at once, on the CPU",
        "gradients": "layers know their own gradients; write model.fit or model.train_on_batch",
        "*_dtype *_type random_* placeholder conv2d pool2d switch": "write NumPy",
    },
    "callbacks": {
        "OrbaxCheckpoint": "write ModelCheckpoint or BackupAndRestore",
        "RemoteMonitor": "write LambdaCallback(on_epoch_end=...), which may send anything",
        "SwapEMAWeights": "write use_ema=True for the optimizer, which averages weights",
    },
    "config": {
        "*flash_attention* *nnx* *unsafe*": "leave it out; nothing of that kind exists here",
        "*traceback*": "leave it out; nanoconv always says where an error arose",
        "*interactive_logging*": "write verbose=0 or verbose=2 for fit",
        "*max_epochs *max_steps_per_epoch": "write epochs= and steps_per_epoch= for fit",
        "*dtype_policy": "write set_floatx('float32')",
        "set_backend": "leave it out; nanoconv is its own engine",
    },
    "datasets": {
        "boston_housing california_housing imdb reuters": (
            "write mnist, fashion_mnist, kmnist, emnist, cifar10 or cifar100"
        ),
    },
    "initializers": {
        "STFT STFTInitializer stft": "write GlorotUniform or HeNormal",
    },
    "layers": {
        "*1D *3D *1DTranspose *3DTranspose": (
            "write the layer with 2D in its name; nanoconv is for images"
        ),
        "*2DTranspose": "write UpSampling2D and Conv2D, which together enlarge images",
        "*Normalization": "write BatchNormalization or LayerNormalization",
        "AlphaDropout GaussianDropout": "write Dropout or GaussianDropout",
        "Adaptive*": "write GlobalAveragePooling2D, or AveragePooling2D with a fitting size",
        "FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper EinsumDense Wrapper": (
            "write a Layer with call, in functions of nanoconv.ops"
        ),
        "*LSTM* GRU* *RNN* Bidirectional TimeDistributed Masking Embedding ReversibleEmbedding "
        "RepeatVector *Attention TextVectorization StringLookup IntegerLookup Hashing "
        "HashedCrossing CategoryEncoding Discretization MelSpectrogram STFTSpectrogram": (
            "nanoconv is for images; for sequences and text write it in Keras"
        ),
        "Dot dot LocallyConnected* MaxoutDense Highway": (
            "write Multiply and Concatenate, or flatten and use Dense"
        ),
        "AugMix AutoContrast CenterCrop Contrast* CutMix Equalization MaxNumBoundingBoxes MixUp "
        "Pipeline Rand* Resizing Solarization": (
            "write preprocessing.image.ImageDataGenerator for augmentation, or change the "
            "arrays with NumPy before fit"
        ),
        "InputSpec": "write Input(shape=...)",
    },
    "losses": {
        "*Focal* *focal* CTC ctc *Generalized* *generalized* Circle circle CosineSimilarity "
        "cosine_* Dice dice MeanSquaredLogarithmicError mean_squared_log* Poisson poisson "
        "Tversky tversky": (
            "write CategoricalCrossentropy, MeanSquaredError, or a Loss with call and gradient"
        ),
    },
    "metrics": {
        "AUC *IoU *Correlation *correlation CosineSimilarity *Negatives *Positives "
        "MeanSquaredLogarithmicError mean_squared_log* *At* Poisson poisson R2Score *focal* "
        "cosine_*": "write Precision, Recall or a Metric with update_state and result",
    },
    "mixed_precision": {
        "LossScaleOptimizer": "leave it out; float32 needs no loss scaling",
    },
    "models": {
        "clone_and_build_model model_from_yaml": "write the model anew, or in Keras",
    },
    "optimizers": {
        "Adafactor Ftrl Lamb Lion MultiOptimizer Muon OptimizerMap ScheduleFreeAdamW "
        "TFOptimizer": "write Adam, AdamW, SGD or RMSprop",
        "LossScaleOptimizer": "leave it out; float32 needs no loss scaling",
    },
    "preprocessing": {
        "sequence text *text_dataset* *timeseries*": (
            "nanoconv is for images; prepare text and series with Keras"
        ),
    },
    "preprocessing.image": {
        "smart_resize": "write load_img(path, target_size=(28, 28))",
    },
    "random": {
        "beta binomial categorical dropout gamma normal randint shuffle truncated_normal "
        "uniform": "write numpy.random.default_rng(seed), or random.generator()",
    },
    "regularizers": {
        "Orthogonal* orthogonal*": "write L1, L2 or L1L2",
    },
    "saving": {
        "KerasFileEditor load_weights_from*": "write load_model and model.save",
    },
    "utils": {
        "Config FeatureSpace standardize_dtype *_scope": "write set_floatx and NumPy types",
        "model_to_dot": "write plot_model(model, to_file='model.svg')",
        "audio* text* timeseries* pad_sequences": "nanoconv is for images; prepare it with Keras",
        "multi_gpu_model": (
            "nanoconv computes on one CPU; save the model as .keras and go on in Keras"
        ),
        "split_dataset *sample_weight": "write x[:n], x[n:]",
        "bounding_boxes get_source_inputs is_keras_tensor legacy": "write it with NumPy",
        "get_file": "write an address and a hash for pooch.retrieve, which does the same",
        "*interactive_logging*": "write verbose=0 or verbose=2 for fit",
        "HDF5Matrix": "leave it out; HDF5 is always there, and so are NumPy arrays",
    },
}

# module -> places below it that Keras once had; their names are in the module itself now
_OLD_PLACES = {
    "layers": "core merge advanced_activations noise experimental preprocessing",
    "optimizers": "legacy experimental",
    "utils": "np_utils vis_utils data_utils generic_utils io_utils image_utils",
    "mixed_precision": "experimental",
}


class NotInNanoconv(ImportError):
    """A name of Keras or TensorFlow that nanoconv does not have."""


class _Later(type):
    """What stands for a missing name until it is used: called, derived from, asked for anything."""

    message: str

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise NotInNanoconv(cls.message)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotInNanoconv(cls.message)

    @classmethod
    def named(metaclass, name: str, message: str) -> type:
        """Return the class that refuses with this sentence."""

        def refuse_subclass(cls: type, **options: Any) -> None:
            raise NotInNanoconv(message)

        rules = {"message": message, "__init_subclass__": classmethod(refuse_subclass)}
        return metaclass(name, (), rules)


_refuse_later = False


def refuse_later() -> None:
    """Refuse missing names when they are used, not when they are imported: scripts import much."""
    global _refuse_later
    _refuse_later = True


def public(
    module: str, elsewhere: dict[str, str] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and the `__dir__` of a public module.

    `dir()` lists `__all__`, or what the module itself defines; a name that is missing gets one
    sentence.

    Args:
        module: the module's `__name__`, such as `"nanoconv.layers"`.
        elsewhere: names that are loaded when they are first used -> where they are, such as
            `"nanoconv.saving:load_model"`, or a module, such as `"nanoconv.losses"`.
    """
    family = module.removeprefix("nanoconv").removeprefix(".")
    elsewhere = elsewhere or {}

    def __getattr__(name: str) -> Any:
        if name in elsewhere:
            return pkgutil.resolve_name(elsewhere[name])
        if name in _OLD_PLACES.get(family, "").split():
            message = f"keras.{family}.{name} is an old place of Keras; write keras.{family}."
            warnings.warn(message, DeprecationWarning, stacklevel=2)
            return sys.modules[module]
        refused = None if name.startswith("_") else advice(family, name)
        if refused is not None and _refuse_later:
            return _Later.named(name, refused)
        if refused is not None:
            raise NotInNanoconv(refused)
        near = difflib.get_close_matches(name, __dir__(), n=3)
        hint = f"; write {' or '.join(near)}." if near else "."
        raise AttributeError(f"module {module!r} has no attribute {name!r}{hint}", name=name)

    def __dir__() -> list[str]:
        names = vars(sys.modules[module])
        own = [name for name, thing in names.items() if _is_own(name, thing, module)]
        return sorted({*names.get("__all__", own), *elsewhere})

    return __getattr__, __dir__


def _is_own(name: str, thing: Any, module: str) -> bool:
    imported = isinstance(thing, ModuleType) or getattr(thing, "__module__", module) != module
    return not (imported or name.startswith("_"))


def advice(family: str, name: str) -> str | None:
    """Return the sentence that refuses a name of Keras, or None where Keras has no such name.

    Args:
        family: Keras' module, such as `"layers"`.
        name: what was asked of it.
    """
    for names, what_to_do in _ADVICE.get(family, {}).items():
        if any(re.fullmatch(word.replace("*", ".*"), name) for word in names.split()):
            place = f"keras.{family}".removesuffix(".")
            return f"{place}.{name} is not in nanoconv: {what_to_do}."
    return None
