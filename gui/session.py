"""A model with its corrections, undo and files: all that the window does, without a window.

Nothing here knows Tk. Learning works on a copy of the model, in whatever thread the caller likes;
the model itself changes in one go, when the caller adopts what the copy has learnt.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gui import tuning
from gui.corrections import Corrections
from gui.files import replacing
from gui.preprocessing import SIDE
from nanoconv import Model

SHIPPED = Path(__file__).parent / "data" / "mnist.keras"
UNDO_DEPTH = 30

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


@dataclass
class Lesson:
    """One correction, and what it did: how the drawing, all corrections and held-out digits are read."""

    image: np.ndarray
    digit: int
    model: Model  # the copy that learns
    corrections: Corrections  # with the new one
    before: Reading
    after: Reading | None = None
    corrections_before: Score | None = None
    corrections_after: Score | None = None
    held_out_before: Score | None = None
    held_out_after: Score | None = None
    steps: int = 0


@dataclass(frozen=True)
class _State:
    """What undo goes back to."""

    model: Model
    weights: list[np.ndarray]
    corrections: Corrections
    path: Path | None


@dataclass
class _Sample:
    """nanoconv's bundled digits: 4,000 to replay, 1,000 held out."""

    replay: Digits
    held_out: Digits


class Session:
    """A model, what was corrected, and the way back.

    Args:
        model: reads one image of 28x28 pixels as one of ten digits; the shipped one by default.

    Raises:
        ModelError: where the model takes or gives something else, or the shipped one is missing.

    Attributes:
        model: the model in use.
        corrections: the user's data set.
        path: the file that the model was read from or saved to; None for an unsaved one.
        unsaved: whether the model has learnt something that no file holds.
    """

    def __init__(self, model: Model | None = None) -> None:
        self.path: Path | None = None
        if model is None:
            model, self.path = load(SHIPPED), SHIPPED
        self.model = check(model)
        self.corrections = Corrections()
        self.unsaved = False
        self._states: list[_State] = []
        self._sample: _Sample | None = None
        self._held_out_score: Score | None = None
        self._lessons = 0

    # ---- reading --------------------------------------------------------------------------------

    def as_batch(self, images: np.ndarray) -> np.ndarray:
        """Return images (N, 28, 28) in the shape that the model takes."""
        return as_batch(self.model, images)

    def read(self, image: np.ndarray) -> Reading:
        """Return what the model makes of an image (28, 28) from 0 to 1."""
        return read(self.model, image)

    @property
    def sample(self) -> _Sample:
        """The bundled digits; read once."""
        if self._sample is None:
            from nanoconv.datasets import mnist

            (x, y), (x_held, y_held) = mnist.load_sample()
            self._sample = _Sample((_to_unit(x), y.astype(np.int64)), (_to_unit(x_held), y_held))
        return self._sample

    # ---- learning -------------------------------------------------------------------------------

    def begin_lesson(self, image: np.ndarray, digit: int) -> Lesson:
        """Prepare to learn that an image is a digit; changes nothing.

        Raises:
            ValueError: where image or digit is not what it should be.
        """
        return Lesson(
            image=np.array(image, np.float32),
            digit=int(digit),
            model=copy_of(self.model),
            corrections=self.corrections.with_one_more(image, digit),
            before=self.read(image),
        )

    def run_lesson(self, lesson: Lesson, report: tuning.Report = lambda share: True) -> Lesson:
        """Let the lesson's copy learn; safe in another thread, as the model itself does not change.

        Raises:
            Cancelled: where `report` answers False.
        """
        model, corrections = lesson.model, lesson.corrections
        if self._held_out_score is None:
            self._held_out_score = score(model, self.sample.held_out)
        lesson.held_out_before = self._held_out_score
        digits = corrections.images, corrections.labels
        lesson.corrections_before = score(model, digits)
        lesson.steps = tuning.learn_corrections(
            model,
            corrections,
            self.sample.replay,
            lambda images: as_batch(model, images),
            report,
            seed=self._lessons,
        )
        lesson.after = read(model, lesson.image)
        lesson.corrections_after = score(model, digits)
        lesson.held_out_after = score(model, self.sample.held_out)
        return lesson

    def adopt(self, lesson: Lesson) -> None:
        """Take over what a lesson's copy has learnt; `undo` goes back."""
        self._remember()
        self.model.set_weights(lesson.model.get_weights())
        self.corrections = lesson.corrections
        self._changed(lesson.held_out_after)
        self._lessons += 1

    def learn(self, image: np.ndarray, digit: int) -> Lesson:
        """Learn that an image is a digit, here and now."""
        lesson = self.run_lesson(self.begin_lesson(image, digit))
        self.adopt(lesson)
        return lesson

    def fresh_copy(self) -> Model:
        """Return a model like this one that has learnt nothing yet."""
        return type(self.model).from_config(self.model.get_config())

    def adopt_training(self, model: Model) -> None:
        """Take over the weights of a model that was trained from scratch; `undo` goes back."""
        self._remember()
        self.model.set_weights(model.get_weights())
        self._changed(None)

    def _changed(self, held_out: Score | None) -> None:
        self.unsaved = True
        self._held_out_score = held_out

    # ---- the way back ---------------------------------------------------------------------------

    @property
    def can_undo(self) -> bool:
        """Whether there is a model to go back to."""
        return bool(self._states)

    def _remember(self) -> None:
        state = _State(self.model, self.model.get_weights(), self.corrections, self.path)
        self._states = [*self._states, state][-UNDO_DEPTH:]

    def undo(self) -> bool:
        """Go back to the model and the corrections before the last change; tell whether there was one."""
        if not self._states:
            return False
        state = self._states.pop()
        self.model, self.corrections, self.path = state.model, state.corrections, state.path
        self.model.set_weights(state.weights)
        self._changed(None)
        return True

    # ---- files ----------------------------------------------------------------------------------

    def open_model(self, path: str | Path) -> None:
        """Read another model; `undo` goes back.

        Raises:
            ModelError: where the file holds no model for digits; this one stays then.
        """
        model = check(load(path))
        self._remember()
        self.model, self.path = model, Path(path)
        self._changed(None)
        self.unsaved = False

    def restore_shipped(self) -> None:
        """Go back to the model that came with the window; corrections stay, `undo` goes back."""
        self.open_model(SHIPPED)

    def save_as(self, path: str | Path) -> Path:
        """Write the model into a .keras file.

        Returns:
            The file's path, `.keras` appended where it was missing.

        Raises:
            ValueError: for the shipped model's own file, which is never overwritten.
            OSError: where the file cannot be written; an older one is as it was.
        """
        path = Path(path)
        if path.suffix != ".keras":
            path = path.with_name(path.name + ".keras")
        if path.exists() and SHIPPED.exists() and path.samefile(SHIPPED):
            raise ValueError("The shipped model is never overwritten; choose another file name.")
        with replacing(path) as part:
            self.model.save(part)
        self.path, self.unsaved = path, False
        return path

    def load_corrections(self, path: str | Path) -> int:
        """Add the corrections of a file to these; return how many came.

        Raises:
            OSError, ValueError: where the file cannot be read.
        """
        more = Corrections.load(path)
        self._remember()
        self.corrections = self.corrections.with_all(more.images, more.labels)
        return len(more)


# What can be done with any model ------------------------------------------------------------------


def load(path: str | Path) -> Model:
    """Read a model file.

    Raises:
        ModelError: where it cannot be read, in one sentence.
    """
    from nanoconv import saving

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
            numbers.
    """
    takes, gives = model.input_shape, model.output_shape
    single = isinstance(takes, tuple) and isinstance(gives, tuple)
    if not single or None in takes[1:] or np.prod(takes[1:]) != SIDE * SIDE or gives[1:] != (10,):
        raise ModelError(
            f"The model takes {takes} and gives {gives}, but this window needs one that takes "
            "(None, 28, 28, 1) and gives (None, 10)."
        )
    return model


def copy_of(model: Model) -> Model:
    """Return a model of its own with the same weights."""
    twin = type(model).from_config(model.get_config())
    twin.set_weights(model.get_weights())
    return twin


def as_batch(model: Model, images: np.ndarray) -> np.ndarray:
    """Return images (N, 28, 28) in the shape that a model takes."""
    return np.asarray(images, np.float32).reshape(-1, *model.input_shape[1:])


def probabilities(model: Model, images: np.ndarray) -> np.ndarray:
    """Return (N, 10) for images (N, 28, 28)."""
    y = np.asarray(model(as_batch(model, images)))
    return y if tuning.gives_probabilities(model) else tuning.softmax(y)


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


def _to_unit(images: np.ndarray) -> np.ndarray:
    """Return pixels from 0 to 1."""
    return (images / np.float32(255)).astype(np.float32)
