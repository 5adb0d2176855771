"""What the window does while a model learns: one lesson, or a training from scratch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gui import tuning
from gui.reading import score
from gui.session import Lesson
from gui.views.bars import percent
from gui.worker import Cancelled, Worker

if TYPE_CHECKING:
    from gui.app import App


class Learning:
    """Starts lessons and trainings in the worker, and shows how they go.

    Args:
        app: the window.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.worker = Worker(app)
        self.last_lesson: Lesson | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being learnt."""
        return self.worker.busy

    def cancel(self) -> None:
        """Stop; the model stays as it was."""
        self.worker.cancel()

    # ---- one correction -------------------------------------------------------------------------

    def start_lesson(self, digit: int) -> bool:
        """Begin to learn that the drawing is a digit; tell whether it began."""
        app = self.app
        if app.prediction is None:
            app.say("draw_first")
        elif self.busy:
            app.say("busy")
        else:
            assert app.image is not None
            lesson = app.session.begin_lesson(app.image, digit)
            self.last_lesson = None
            self._begin("learning", digit=digit)
            self.worker.start(
                lambda report: app.session.run_lesson(lesson, report),
                progress=lambda share: app.learning_panel.progress.configure(value=share),
                done=self._lesson_done,
                failed=self._failed,
            )
            return True
        return False

    def _lesson_done(self, lesson: Lesson) -> None:
        app = self.app
        self._end()
        app.session.adopt(lesson)
        self.last_lesson = lesson
        app.learning_panel.show_lesson(lesson)
        app.choose(None)
        app.model_changed()
        app.say("ready")

    # ---- from scratch ---------------------------------------------------------------------------

    def start_training(self) -> None:
        """Begin to train a network like this one from random weights."""
        app = self.app
        if self.busy:
            app.say("busy")
            return
        panel, model = app.training_panel, app.session.fresh_copy()
        epochs = panel.chosen_epochs
        panel.restart(epochs)
        self._begin("epoch_of", epoch=1, epochs=epochs)
        x, y = app.session.sample.replay
        x_held, y_held = app.session.sample.held_out
        train = (app.session.as_batch(x), y)
        held_out = (app.session.as_batch(x_held), y_held)

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
        app = self.app
        self._end()
        app.session.adopt_training(model)
        app.model_changed()
        share = score(model, app.session.sample.held_out).share
        app.say("trained", accuracy=percent(share))

    # ---- both -----------------------------------------------------------------------------------

    def _begin(self, key: str, **values: Any) -> None:
        self.app.learning_panel.busy(True)
        self.app.training_panel.busy(True)
        self.app.say(key, **values)

    def _end(self) -> None:
        self.app.learning_panel.busy(False)
        self.app.training_panel.busy(False)

    def _failed(self, error: BaseException) -> None:
        self._end()
        if isinstance(error, Cancelled):
            self.app.say("cancelled")
        else:
            self.app.say("failed", why=str(error) or type(error).__name__)
