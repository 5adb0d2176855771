"""Any model, as a reader of digits: load it, check that it can, ask it, count its successes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nanoconv import Model, activations, saving

from .digit_image import SIDE

Digits = tuple[np.ndarray, np.ndarray]  # images (N, 28, 28) from 0 to 1, labels (N,)


class ModelError(ValueError):
    """A file holds no model, or one that reads no digits of 28x28 pixels."""


class Reading(NamedTuple):
    """What the model makes of an image: `digit, probabilities`."""

    digit: int
    probabilities: np.ndarray  # (10,)

    @property
    def confidence(self) -> float:
        """The digit's probability."""
        return float(self.probabilities[self.digit])


@dataclass(frozen=True)
class Score:
    """How many of some digits are read correctly."""

    right: int
    total: int

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where there are none."""
        return self.right / self.total if self.total else 1.0


def load(path: str | Path) -> Model:
    """Read a model file.

    Raises:
        ModelError: where it cannot be read, in one sentence.
    """
    try:
        return saving.load_model(path)
    except FileNotFoundError as error:
        raise ModelError(f"There is no file {path}; choose a .keras file.") from error
    except Exception as error:  # a damaged file can fail anywhere; the reader's words tell where
        raise ModelError(f"{Path(path).name} could not be read as a model: {error}") from error


def check(model: Model) -> Model:
    """Return the model if it reads digits.

    Raises:
        ModelError: where it takes anything but one image of 28x28 pixels, or gives anything but ten
            finite values.
    """
    takes, gives = model.input_shape, model.output_shape
    single = isinstance(takes, tuple) and isinstance(gives, tuple)
    if not single or None in takes[1:] or np.prod(takes[1:]) != SIDE * SIDE or gives[1:] != (10,):
        raise ModelError(
            f"The model takes {takes} and gives {gives}, but this window needs one that takes "
            "(None, 28, 28, 1) and gives (None, 10)."
        )
    try:
        p = probabilities(model, np.zeros((1, SIDE, SIDE), np.float32))
    except Exception as error:  # layers of any kind and state may be in it
        raise ModelError(f"The model cannot read an empty image: {error}") from error
    if not np.isfinite(p).all():
        raise ModelError(
            "The model answers with NaN or infinite values; choose one whose training went well."
        )
    return model


def copy_of(model: Model) -> Model:
    """Return a model of its own with the same weights."""
    twin = type(model).from_config(model.get_config())
    twin.set_weights(model.get_weights())
    return twin


def to_unit(pixels: np.ndarray) -> np.ndarray:
    """Return pixels of 0 to 255 as values from 0 to 1."""
    return (pixels / np.float32(255)).astype(np.float32)


def as_batch(model: Model, images: np.ndarray) -> np.ndarray:
    """Return images (N, 28, 28) in the shape that a model takes."""
    return np.asarray(images, np.float32).reshape(-1, *model.input_shape[1:])


def probabilities(model: Model, images: np.ndarray) -> np.ndarray:
    """Return (N, 10) for images (N, 28, 28)."""
    y = np.asarray(model(as_batch(model, images)))
    return y if gives_probabilities(model) else np.asarray(activations.softmax(y))


def read(model: Model, image: np.ndarray) -> Reading:
    """Return what a model makes of an image (28, 28)."""
    p = probabilities(model, image[None])[0]
    return Reading(int(p.argmax()), p)


def score(model: Model, digits: Digits) -> Score:
    """Return how many digits a model reads correctly."""
    images, labels = digits
    right = sum(
        int((probabilities(model, images[i : i + 250]).argmax(1) == labels[i : i + 250]).sum())
        for i in range(0, len(labels), 250)
    )
    return Score(right, len(labels))


def gives_probabilities(model: Model) -> bool:
    """Tell whether a model ends with a softmax."""
    last = model.layers[-1]
    return getattr(last, "activation", None) is activations.softmax or (
        type(last).__name__ == "Softmax"
    )
