"""Sizes and padding: the one place that knows where a window lies on a picture.

The letters used by every kernel in this folder:

    N        images in the batch            n    one of them
    H, W     height, width of the input     h, w
    C        channels of the input          c
    KH, KW   height, width of the window    kh, kw
    SH, SW   strides: steps of the window down and to the right
    DH, DW   dilation: distance between neighbouring cells of the window
    OH, OW   height, width of the output    oh, ow
    O        channels of the output         o

Pictures are (N, H, W, C), kernels (KH, KW, C, O). Output cell (oh, ow) looks at the input cells

    h = oh * SH + kh * DH - top        0 <= kh < KH
    w = ow * SW + kw * DW - left       0 <= kw < KW

and those that fall outside the picture are padding.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass


def output_length(n: int, k: int, s: int, d: int, padding: str) -> int:
    """Length of the output along one axis.

    Arguments:
        n: length of the input. k: length of the window. s: stride. d: dilation.
        padding: "valid" (the window stays inside) or "same" (one output for every s inputs).

    Returns:
        The length; zero or negative where a "valid" window does not fit.

    Raises ValueError for another padding.

    Reference: https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
    """
    if padding == "same":
        return -(-n // s)
    if padding == "valid":
        return (n - (k - 1) * d - 1) // s + 1
    raise ValueError(f'padding is {padding!r}, but must be "valid" or "same".')


def _padding(n: int, k: int, s: int, d: int, padding: str) -> tuple[int, int]:
    """Cells to add before and after an axis of length n; an odd one goes after."""
    length = output_length(n, k, s, d, padding)
    if padding == "valid":
        return 0, 0
    total = max((length - 1) * s + (k - 1) * d + 1 - n, 0)
    return total // 2, total - total // 2


@dataclass(frozen=True)
class Window:
    """A window that slides over a picture: its size, steps, dilation and the padding around it."""

    KH: int
    KW: int
    SH: int
    SW: int
    DH: int
    DW: int
    top: int
    bottom: int
    left: int
    right: int

    def output_size(self, H: int, W: int) -> tuple[int, int]:
        """(OH, OW): how many positions the window takes on a picture of H x W cells."""
        OH = (H + self.top + self.bottom - (self.KH - 1) * self.DH - 1) // self.SH + 1
        OW = (W + self.left + self.right - (self.KW - 1) * self.DW - 1) // self.SW + 1
        return OH, OW

    @property
    def is_pointwise(self) -> bool:
        """True for a 1 x 1 window that visits every cell: a product with nothing to gather."""
        sides = (self.top, self.bottom, self.left, self.right)
        return (self.KH, self.KW, self.SH, self.SW) == (1, 1, 1, 1) and not any(sides)


@functools.lru_cache
def window(
    kernel_size: tuple[int, int],
    strides: tuple[int, int],
    dilation_rate: tuple[int, int],
    padding: str,
    H: int,
    W: int,
) -> Window:
    """The window for a picture of H x W cells, padded as TensorFlow and Keras pad.

    "same" adds max((OH - 1) * SH + (KH - 1) * DH + 1 - H, 0) rows, half of them above; the extra
    one of an odd number goes to the bottom, and likewise to the right.
    """
    (KH, KW), (SH, SW), (DH, DW) = kernel_size, strides, dilation_rate
    top, bottom = _padding(H, KH, SH, DH, padding)
    left, right = _padding(W, KW, SW, DW, padding)
    return Window(KH, KW, SH, SW, DH, DW, top, bottom, left, right)
