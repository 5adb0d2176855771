"""TensorFlow 1's sessions and their settings, with which old scripts begin: accepted, and idle.

There is nothing to set: nanoconv computes at once, on the CPU, and takes memory as it needs it.

Reference: https://www.tensorflow.org/api_docs/python/tf/compat/v1/Session
"""

from __future__ import annotations

from typing import Any

from nanoconv import backend
from nanoconv.core.absent import NotInNanoconv


class Options:
    """Settings of any names, such as `config.gpu_options.allow_growth = True`."""

    def __init__(self, **settings: Any) -> None:
        vars(self).update(settings)

    def __getattr__(self, name: str) -> Options:
        if name.startswith("__"):
            raise AttributeError(f"Options has no attribute {name!r}")
        vars(self)[name] = Options()
        return vars(self)[name]


class Session:
    """What stands for a session: it may be opened, given to Keras, and closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def as_default(self) -> Session:
        """Return the session."""
        return self

    def close(self) -> None:
        """Do nothing."""

    def run(self, fetches: Any, feed_dict: Any = None, **kwargs: Any) -> None:
        """Accept None, as `global_variables_initializer()` gives here: values are there already.

        Raises:
            NotInNanoconv: for anything else, because there is no graph to compute.
        """
        if fetches is not None:
            raise NotInNanoconv(
                "tf.Session.run is not in nanoconv: write model.predict(x), or keras.backend."
                "function(inputs, outputs)."
            )


def _initializer(*args: Any, **kwargs: Any) -> None:
    """Return nothing to run."""


# By name, in `tensorflow` and in `tensorflow.compat.v1`.
NAMES: dict[str, Any] = {
    "ConfigProto": Options,
    "GPUOptions": Options,
    "OptimizerOptions": Options,
    "Session": Session,
    "InteractiveSession": Session,
    "global_variables_initializer": _initializer,
    "local_variables_initializer": _initializer,
    "initialize_all_variables": _initializer,
}
# By name, in `keras.backend`, which was a package once.
FOR_BACKEND: dict[str, Any] = {
    "set_session": lambda session: None,
    "get_session": Session,
    "tensorflow_backend": backend,
    "__path__": [],
}
