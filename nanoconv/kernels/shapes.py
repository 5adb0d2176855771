"""Words and letters of the kernels, and where a window lies on an image.

The words, one for each thing, as the field uses them:

    image      one sample of a batch, H x W pixels of C channels     element, value   of an array
    row        of an image or matrix, along W or the last axis       pixel            C values
    window     the KH x KW cells that an output is computed from     tap              one of them
    patch      what lies under the window at one output              kernel           its weights
    mask       1 where relu let a value pass, 0 elsewhere            tile             Winograd's
    segment    consecutive layers that a model runs together         4 x 4 outputs
    chunk      a few images that pass through a segment together     block   values that stay in
    range      (start, stop), what one thread does of 0 ... n        registers or in the cache

The letters, the same in docstrings and code:

    N        images in the batch            n    one of them
    H, W     height, width of the input     h, w
    C        channels of the input          c
    KH, KW   height, width of the window    kh, kw
    SH, SW   strides: steps of the window down and to the right
    DH, DW   dilation: distance between neighbouring taps
    OH, OW   height, width of the output    oh, ow
    O        channels of the output         o
    I        inputs of a dense layer        i
    M        rows of a matrix (N * H * W)   m    (depthwise convolution: kernels of each channel)

Images are (N, H, W, C), kernels (KH, KW, C, O). The output at (oh, ow) looks at the input cells

    h = oh * SH + kh * DH - top        0 <= kh < KH
    w = ow * SW + kw * DW - left       0 <= kw < KW

and those outside of the image are padding.

Reference: https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
"""

from __future__ import annotations

import functools
from typing import NamedTuple


def output_length(n: int, k: int, s: int, d: int, padding: str) -> int:
    """Length of the output along one axis.

    Args:
        n: length of the input. k: length of the window. s: stride. d: dilation.
        padding: "valid" (the window stays inside) or "same" (one output for every s inputs).

    Returns:
        The length; zero or negative where a "valid" window does not fit.

    Raises ValueError for another padding.
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


class Window(NamedTuple):
    """How a window slides over an image.

    Args:
        KH, KW, SH, SW, DH, DW: size, strides and dilation.
        top, bottom, left, right: rows and columns of padding around the image.
    """

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
        """(OH, OW): how many places the window takes on an image of H x W cells."""
        OH = (H + self.top + self.bottom - (self.KH - 1) * self.DH - 1) // self.SH + 1
        OW = (W + self.left + self.right - (self.KW - 1) * self.DW - 1) // self.SW + 1
        return OH, OW

    @property
    def is_pointwise(self) -> bool:
        """True for a 1 x 1 window that visits every cell: a product with nothing to gather."""
        sides = (self.top, self.bottom, self.left, self.right)
        return self[:4] == (1, 1, 1, 1) and not any(sides)


@functools.lru_cache
def window(
    kernel_size: tuple[int, int],
    strides: tuple[int, int],
    dilation_rate: tuple[int, int],
    padding: str,
    H: int,
    W: int,
) -> Window:
    """The window for an image of H x W cells, padded as TensorFlow and Keras pad.

    "same" adds max((OH - 1) * SH + (KH - 1) * DH + 1 - H, 0) rows, half of them above; the extra
    one of an odd number goes to the bottom, and likewise to the right.
    """
    (KH, KW), (SH, SW), (DH, DW) = kernel_size, strides, dilation_rate
    top, bottom = _padding(H, KH, SH, DH, padding)
    left, right = _padding(W, KW, SW, DW, padding)
    return Window(KH, KW, SH, SW, DH, DW, top, bottom, left, right)
