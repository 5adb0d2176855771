"""One background thread, so that the window stays alive while a model learns.

The thread never touches Tk. It puts messages into a queue, and the window's main thread looks into
it every few milliseconds.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

POLL_MS = 30


class Worker:
    """Runs one job at a time in a thread.

    Args:
        widget: any Tk widget, whose `after` calls back in the main thread.
    """

    def __init__(self, widget: Any) -> None:
        self.widget = widget
        self._thread: threading.Thread | None = None
        self._messages: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._timer: str | None = None

    @property
    def busy(self) -> bool:
        """Whether a job runs, or its end was not yet reported."""
        return self._thread is not None

    def start(
        self,
        job: Callable[[Callable[..., bool]], Any],
        *,
        progress: Callable[..., object],
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Run a job in the thread.

        Args:
            job: gets a function to report with, which answers whether to go on.
            progress: called in the main thread with what was reported.
            done: called in the main thread with the job's result.
            failed: called in the main thread with the job's error, such as `tuning.Cancelled`.

        Raises:
            RuntimeError: while another job runs.
        """
        if self.busy:
            raise RuntimeError("A job is running already; cancel it or wait for its end.")
        self._cancelled.clear()

        def report(*news: Any) -> bool:
            self._messages.put(lambda: progress(*news))
            return not self._cancelled.is_set()

        def run() -> None:
            try:
                result = job(report)
            except BaseException as error:  # reported in the main thread
                outcome = error
                self._messages.put(lambda: self._finish(failed, outcome))
            else:
                self._messages.put(lambda: self._finish(done, result))

        self._thread = threading.Thread(target=run, name="learning", daemon=True)
        self._thread.start()
        self._timer = self.widget.after(POLL_MS, self._poll)

    def cancel(self) -> None:
        """Ask the job to stop; it does so at its next report."""
        self._cancelled.set()

    def stop(self) -> None:
        """Cancel the job, wait for its end, and call nothing back."""
        self.cancel()
        if self._timer is not None:
            self.widget.after_cancel(self._timer)
            self._timer = None
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _finish(self, tell: Callable[[Any], None], what: Any) -> None:
        self._thread = None
        tell(what)

    def _poll(self) -> None:
        self._timer = None
        while True:
            try:
                message = self._messages.get_nowait()
            except queue.Empty:
                break
            message()
        if self.busy and self._timer is None:
            self._timer = self.widget.after(POLL_MS, self._poll)
