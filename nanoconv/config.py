"""The three global settings that Keras also has: float type, fuzz factor, image layout.

Reference: https://keras.io/api/utils/config_utils/
"""

from __future__ import annotations

from nanoconv.core import absent

_FLOAT_TYPES = ("float32", "float64")
_floatx = "float32"
_epsilon = 1e-7


def backend() -> str:
    """Return `"nanoconv"`, which is its own engine."""
    return "nanoconv"


def floatx() -> str:
    """Return the float type that new layers compute in, `"float32"` unless it was changed."""
    return _floatx


def set_floatx(value: str) -> None:
    """Set the float type of layers made from now on.

    Args:
        value: `"float32"` or `"float64"`.

    Raises:
        ValueError: for any other name.
    """
    global _floatx
    if value not in _FLOAT_TYPES:
        raise ValueError(
            f"floatx is {value!r}, but nanoconv computes in float32 or float64; "
            'write set_floatx("float32").'
        )
    _floatx = value


def epsilon() -> float:
    """Return the small number that keeps logarithms and divisions finite (1e-7)."""
    return _epsilon


def set_epsilon(value: float) -> None:
    """Set the fuzz factor used by losses and metrics from now on.

    Args:
        value: a small positive number.
    """
    global _epsilon
    _epsilon = float(value)


def image_data_format() -> str:
    """Return `"channels_last"`: images are (N, H, W, C), the only layout nanoconv computes in."""
    return "channels_last"


def set_image_data_format(data_format: str) -> None:
    """Accept `"channels_last"`; refuse anything else.

    Args:
        data_format: `"channels_last"`.

    Raises:
        ValueError: for `"channels_first"` and unknown names.
    """
    check_data_format(data_format)


def check_data_format(data_format: str | None) -> str:
    """Return the layout to compute in, or refuse it in one sentence.

    Args:
        data_format: `None` or `"channels_last"`.

    Raises:
        ValueError: for any other layout.
    """
    if data_format not in (None, "channels_last"):
        raise ValueError(
            f"data_format is {data_format!r}, but nanoconv computes in channels_last only; "
            "move the channels with x.transpose(0, 2, 3, 1) and leave data_format out."
        )
    return "channels_last"


__getattr__, __dir__ = absent.public(__name__)
