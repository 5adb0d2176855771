"""A model with its corrections, undo and files: all that the window does, without a window.

Nothing here knows Tk. Learning works on a copy of the model, in whatever thread the caller likes;
the model itself changes in one go, when the caller adopts what the copy has learnt.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nanoconv import Model

from . import tuning
from .corrections import Corrections
from .reading import Digits, Reading, Score, as_batch, check, copy_of, load, read, score, to_unit

SHIPPED = Path(__file__).parent / "data" / "mnist.keras"
UNDO_DEPTH = 30


@dataclass
class Lesson:
    """One correction, and what it did to how drawing, corrections and held-out digits are read."""

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
    unsaved: bool


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
        self._replay: tuning.Replay | None = None
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
            self._sample = _Sample((to_unit(x), y.astype(np.int64)), (to_unit(x_held), y_held))
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
            self._replay_for(model),
            report,
            seed=self._lessons,
        )
        lesson.after = read(model, lesson.image)
        lesson.corrections_after = score(model, digits)
        lesson.held_out_after = score(model, self.sample.held_out)
        return lesson

    def _replay_for(self, model: Model) -> tuning.Replay:
        """Return the digits to replay; the doubtful ones are found once for each model opened."""
        if self._replay is None:
            self._replay = tuning.Replay.of(model, *self.sample.replay)
        return self._replay

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
        weights = self.model.get_weights()
        state = _State(self.model, weights, self.corrections, self.path, self.unsaved)
        self._states = [*self._states, state][-UNDO_DEPTH:]

    def undo(self) -> bool:
        """Go back to model and corrections before the last change; tell whether there was one."""
        if not self._states:
            return False
        state = self._states.pop()
        self.model, self.corrections, self.path = state.model, state.corrections, state.path
        self.model.set_weights(state.weights)
        self._changed(None)
        self.unsaved = state.unsaved
        return True

    # ---- files ----------------------------------------------------------------------------------

    def open_model(self, path: str | Path) -> None:
        """Read another model; `undo` goes back.

        Raises:
            ModelError: where the file holds no model for digits; this one stays then.
        """
        model = check(load(path))
        self._remember()
        self.model, self.path, self._replay = model, Path(path), None
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
        self.model.save(path)
        self.path, self.unsaved = path, False
        return path

    def load_corrections(self, path: str | Path) -> int:
        """Add the corrections of a file to these; return how many came.

        Raises:
            OSError, ValueError: where the file cannot be read, or holds no corrections.
        """
        more = Corrections.load(path)
        self._remember()
        self.corrections = self.corrections.with_all(more.images, more.labels)
        return len(more)
