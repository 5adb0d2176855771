"""Draws the curves of loss and metrics while the model learns."""

from __future__ import annotations

import io
import os
from typing import Any

from nanoconv.callbacks.callback import Callback, Logs
from nanoconv.utils.progbar import in_notebook


class LivePlot(Callback):
    """Draws loss and accuracy after each epoch: in the notebook, or into an image file.

    Args:
        metrics: the names to draw, without `val_`; everything that is reported by default.
        to_file: an image file that is drawn anew after each epoch, such as `"live.png"`.
        every: draw after so many epochs, and after the last.

    Raises:
        ValueError: while training, where there is neither a notebook nor a file to draw in.

    Example:
        model.fit(x, y, epochs=20, validation_split=0.1, callbacks=[LivePlot()])
    """

    def __init__(
        self,
        metrics: list[str] | None = None,
        to_file: str | os.PathLike[str] | None = None,
        every: int = 1,
    ) -> None:
        super().__init__()
        if every < 1:
            raise ValueError(f"every is {every}, but 1 or more is needed; write LivePlot(every=1).")
        self.metrics = metrics
        self.to_file = to_file
        self.every = every
        self.history: dict[str, list[float]] = {}
        self.epochs: list[int] = []
        self._display: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        if self.to_file is None and not in_notebook():
            raise ValueError(
                "LivePlot found no notebook to draw in, and no file; "
                'write LivePlot(to_file="live.png").'
            )
        self.history, self.epochs = {}, []
        if in_notebook():
            from IPython.display import HTML, display

            # Its place is above the progress bar, so that neither splits the other.
            self._display = display(HTML("<i>after the first epoch: curves</i>"), display_id=True)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epochs.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if len(self.epochs) % self.every == 0:
            self._draw()

    def on_train_end(self, logs: Logs | None = None) -> None:
        if len(self.epochs) % self.every:
            self._draw()

    def _draw(self) -> None:
        from matplotlib.figure import Figure

        from nanoconv.plots.plot_history import choose_metrics, draw_history

        figure = Figure()  # without pyplot, which would keep every one of them
        metrics = choose_metrics(self.history, self.metrics)
        draw_history(figure, self.history, self.epochs, metrics)
        if self.to_file is not None:
            figure.savefig(self.to_file, dpi=100)
        if self._display is not None:
            self._show(figure)

    def _show(self, figure: Any) -> None:
        """Show the figure in the notebook, in the place of the one before."""
        from IPython.display import Image

        png = io.BytesIO()
        figure.savefig(png, format="png", dpi=100)
        self._display.update(Image(png.getvalue()))
