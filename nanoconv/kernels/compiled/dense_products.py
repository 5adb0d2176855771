"""Dense layers: three matrix products, each cut where the product is fastest.

Every thread writes a range of its own: stripes of columns forward, rows of dkernel and the same
columns of dx backward. So nothing has to be added up. float32 is multiplied in registers
(`register_block`), where that is worth compiling loops for the number of outputs; for dx, whose
kernel would have to be transposed first, and for all others, BLAS does it on one thread. How BLAS
rounds depends on the width of its product, which therefore does not depend on the threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.compiled.elementwise import add_bias, mask_relu
from nanoconv.kernels.compiled.jit import address, kernel
from nanoconv.kernels.compiled.register_block import (
    ROWS,
    SUM,
    WIDE,
    ZEROS,
    product,
    product_with,
    stripes,
)
from nanoconv.kernels.compiled.scratch import empty, flat
from nanoconv.kernels.compiled.workers import SUMS, get_threads, parallel_for, split

WORK = 1 << 23  # multiplications worth a thread of their own: about 0.1 ms, twice the hand-over
DEEP = 256  # inputs at a time: their part of the kernel stays in the second-level cache
TALL = 8 * ROWS  # rows of dkernel at a time, likewise for x
FLOAT = np.dtype(np.float32)
LEAST = 16  # columns for a thread: they fill a vector
FEW = ROWS  # images that fill a block in registers
WORTH = 1 << 15  # weights that are worth compiling loops for their outputs


@cache
def _forward_loop(outputs: int) -> Callable[..., Any]:
    """y += x kernel for rows and stripes of columns first ... last, then relu."""
    wide, rest = stripes(WIDE), stripes(outputs % WIDE)

    @kernel
    def loop(x, weights, relu, y, inputs, rows, columns):
        (top, bottom), (first, last) = rows, columns
        I, O, N = inputs, outputs, bottom - top
        for i in range(0, I, DEEP):
            counts, cut_off = (1, min(DEEP, I - i)), relu and i + DEEP >= I
            a = address(x, top * I + i), I, 0, 1
            for o in range(first * WIDE, min(last * WIDE, O), WIDE):
                b, c = (address(weights, i * O + o), 0, O), (address(y, top * O + o), O)
                if o + WIDE <= O:
                    product_with(SUM, wide, N, a, b, counts, c, c[0], cut_off)
                else:
                    product_with(SUM, rest, N, a, b, counts, c, c[0], cut_off)

    return loop


@cache
def _dkernel_loop(outputs: int) -> Callable[..., Any]:
    """dkernel = x^T dy for rows first ... last."""
    cut = stripes(outputs)

    @kernel
    def loop(x, dy, dkernel, N, I, first, last):
        O = outputs
        for i in range(first, last, TALL):
            a, b, c = (address(x, i), 1, 0, I), (address(dy, 0), 0, O), (address(dkernel, i * O), O)
            product(ZEROS, cut, min(TALL, last - i), a, b, (1, N), c)

    return loop


def _in_registers(x: NDArray, kernel: NDArray) -> bool:
    """A few rows only would leave registers empty; then reading the kernel is all that counts."""
    return kernel.dtype == FLOAT and kernel.size >= WORTH and len(x) >= FEW


def dense_forward(x: NDArray, kernel: NDArray, bias: NDArray | None, relu: bool = False) -> NDArray:
    """y = x kernel + bias, by stripes of columns; with few of them, by rows as well."""
    N, (I, O) = x.shape[0], kernel.shape
    if not _in_registers(x, kernel):
        return _forward_by_blas(x, kernel, bias, relu)
    y = empty((N, O), x.dtype)
    y[:] = 0 if bias is None else bias
    arrays = flat(x), flat(kernel), relu, y.reshape(-1)
    loop, across = _forward_loop(O), -(-O // WIDE)
    groups = split(N, -(-get_threads() // across))

    def parts(start: int, stop: int) -> None:
        for group in range(start // across, -(-stop // across)):
            first, last = max(start, group * across), min(stop, (group + 1) * across)
            loop(*arrays, I, groups[group], (first - group * across, last - group * across))

    parallel_for(len(groups) * across, parts, -(-WORK // max(1, N * I * WIDE)))
    return y


def _forward_by_blas(x: NDArray, kernel: NDArray, bias: NDArray | None, relu: bool) -> NDArray:
    """The same, by columns."""
    N, (I, O) = x.shape[0], kernel.shape
    y = empty((N, O), x.dtype)

    def columns(start: int, stop: int) -> None:
        np.matmul(x, kernel[:, start:stop], out=y[:, start:stop])

    parallel_for(O, columns, max(LEAST, WORK // max(1, N * I)), SUMS)
    if bias is not None or relu:
        add_bias(y.reshape(-1), flat(np.zeros(O, x.dtype) if bias is None else bias), 0, N, relu)
    return y


def dense_backward(
    x: NDArray, kernel: NDArray, dy: NDArray, y: NDArray | None = None, need_dx: bool = True
) -> tuple[NDArray | None, NDArray, NDArray]:
    """dkernel = x^T dy by rows, dx = dy kernel^T by columns, dbias = sum of dy."""
    N, (I, O) = x.shape[0], kernel.shape
    if y is not None:
        masked = empty((N, O), dy.dtype)
        mask_relu(flat(dy), flat(y), masked.reshape(-1), 0, dy.size)
        dy = masked
    dkernel = empty((I, O), x.dtype)
    dx = empty((N, I), x.dtype) if need_dx else None
    arrays = flat(x), flat(dy), dkernel.reshape(-1)

    def inputs(start: int, stop: int) -> None:
        if _in_registers(x, kernel):
            _dkernel_loop(O)(*arrays, N, I, start, stop)
        else:
            np.matmul(x[:, start:stop].T, dy, out=dkernel[start:stop])
        if dx is not None:
            np.matmul(dy, kernel[start:stop].T, out=dx[:, start:stop])

    parallel_for(I, inputs, max(LEAST, WORK // max(1, N * O)), SUMS)
    return dx, dkernel, dy.sum(axis=0)
