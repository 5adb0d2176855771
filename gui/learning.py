"""What the window does while a model learns: one lesson, or a training from scratch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import tuning
from .background import Worker
from .panels.learning_panel import LearningPanel
from .panels.training_panel import TrainingPanel
from .reading import score
from .session import Lesson, Session
from .views.bars_view import percent


class Learning:
    """Starts lessons and trainings in the worker, and shows how they go.

    Args:
        session: what learns.
        worker: the thread it learns in.
        panel: shows lessons.
        training_panel: shows training from scratch.
        say: shows a text in the status line.
        changed: called when the session's model has changed.
    """

    def __init__(
        self,
        session: Session,
        worker: Worker,
        panel: LearningPanel,
        training_panel: TrainingPanel,
        say: Callable[..., None],
        changed: Callable[[], None],
    ) -> None:
        self.session, self.worker = session, worker
        self.panel, self.training_panel = panel, training_panel
        self.say, self.changed = say, changed
        self.last_lesson: Lesson | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being learnt."""
        return self.worker.busy

    def start_lesson(self, image: np.ndarray, digit: int) -> bool:
        """Begin to learn that an image is a digit; tell whether it began."""
        if self.busy:
            self.say("busy")
            return False
        lesson = self.session.begin_lesson(image, digit)
        self.last_lesson = None
        self._begin("learning", digit=digit)
        self.worker.start(
            lambda report: self.session.run_lesson(lesson, report),
            progress=lambda share: self.panel.progress.configure(value=share),
            done=self._lesson_done,
            failed=self._failed,
        )
        return True

    def _lesson_done(self, lesson: Lesson) -> None:
        self._end()
        self.session.adopt(lesson)
        self.last_lesson = lesson
        self.panel.show_lesson(lesson)
        self.panel.choose(None)
        self.changed()
        self.say("ready")

    def start_training(self) -> None:
        """Begin to train a network like this one from random weights."""
        if self.busy:
            self.say("busy")
            return
        panel, session, model = self.training_panel, self.session, self.session.fresh_copy()
        epochs = panel.chosen_epochs
        panel.restart(epochs)
        self._begin("epoch_of", epoch=1, epochs=epochs)
        x, y = session.sample.replay
        x_held, y_held = session.sample.held_out
        train = (session.as_batch(x), y)
        held_out = (session.as_batch(x_held), y_held)

        def job(report: Any) -> Any:
            tuning.train_from_scratch(model, train, held_out, epochs, report)
            return model

        self.worker.start(
            job,
            progress=lambda done, logs, at_end: panel.report(done, logs, epochs),
            done=self._training_done,
            failed=self._failed,
        )

    def _training_done(self, model: Any) -> None:
        self._end()
        self.session.adopt_training(model)
        self.changed()
        share = score(model, self.session.sample.held_out).share
        self.say("trained", accuracy=percent(share))

    def _begin(self, key: str, **values: Any) -> None:
        self.panel.busy(True)
        self.training_panel.busy(True)
        self.say(key, **values)

    def _end(self) -> None:
        self.panel.busy(False)
        self.training_panel.busy(False)

    def _failed(self, error: BaseException) -> None:
        self._end()
        if isinstance(error, tuning.Cancelled):
            self.say("cancelled")
        else:
            self.say("failed", why=str(error) or type(error).__name__)
