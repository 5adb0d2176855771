"""Automatic names: `conv2d`, `conv2d_1`, ... counted over the whole session, as Keras counts."""

from __future__ import annotations

from collections import Counter

from nanoconv.core.registry import snake_case

_counts: Counter[str] = Counter()


def auto_name(class_name: str) -> str:
    """Return the next free name for an object of a class.

    Args:
        class_name: such as `"Conv2D"`.
    """
    stem = snake_case(class_name)
    count = _counts[stem]
    _counts[stem] += 1
    return f"{stem}_{count}" if count else stem


def reset_names() -> None:
    """Start counting from the beginning, as `keras.backend.clear_session()` does."""
    _counts.clear()
