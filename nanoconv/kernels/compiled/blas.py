"""The matrix product of BLAS, for compiled loops to call.

NumPy gives the GIL back and takes it again for each product. Where threads make many small
products, the GIL changes hands hundreds of times a step, and each time a sleeping thread must be
woken; a compiled loop that makes all the products of its range itself never asks for the GIL.

SciPy publishes the addresses of BLAS' routines for this purpose:
https://docs.scipy.org/doc/scipy/reference/linalg.cython_blas.html
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import get_cython_function_address, intrinsic

from nanoconv.kernels.compiled.workers import look_for_blas


@functools.cache
def gemm_address(dtype: np.dtype) -> int:
    """Where in memory BLAS' matrix product of float32 or float64 is: for `gemm`."""
    name = {"float32": "sgemm", "float64": "dgemm"}[np.dtype(dtype).name]
    found = get_cython_function_address("scipy.linalg.cython_blas", name)
    look_for_blas()  # SciPy may have brought its own
    return found


def _gemm(typing, routine, a_is_T, b_is_T, m, n, k, a, lda, b, ldb, beta, c, ldc):
    """c (m, n) = op(a) (m, k) op(b) (k, n) + beta c, inside of a kernel.

    Args:
        routine: `gemm_address` of the type that beta has.
        a_is_T, b_is_T: whether a or b lies there transposed: (k, m) or (n, k).
        a, b, c: addresses of the first elements. lda, ldb, ldc: elements from one row to the next.
    """
    yes, size, pointer = types.boolean, types.int64, types.uintp
    sizes, matrix = (size, size, size), (pointer, size)
    signature = types.void(pointer, yes, yes, *sizes, *matrix, *matrix, beta, *matrix)
    return signature, _call_gemm


gemm: Any = intrinsic(_gemm)


def _call_gemm(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    """BLAS counts in columns: there, the transposed c is the product of b and a transposed."""
    routine, a_is_T, b_is_T, m, n, k, a, lda, b, ldb, beta, c, ldc = args
    number, letter, real = ir.IntType(32), ir.IntType(8), beta.type

    def place(value: ir.Value) -> ir.Value:  # arguments are passed by address
        return cgutils.alloca_once_value(builder, value)

    def size(value: ir.Value) -> ir.Value:
        return place(builder.trunc(value, number))

    def order(transposed: ir.Value) -> ir.Value:
        return place(builder.select(transposed, letter(ord("T")), letter(ord("N"))))

    def matrix(address: ir.Value) -> ir.Value:
        return builder.inttoptr(address, real.as_pointer())

    factors = [matrix(b), size(ldb), matrix(a), size(lda)]
    sizes = [size(n), size(m), size(k)]
    head = [order(b_is_T), order(a_is_T), *sizes, place(real(1.0)), *factors]
    arguments = [*head, place(beta), matrix(c), size(ldc)]
    function = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
    builder.call(builder.inttoptr(routine, function.as_pointer()), arguments)
    return context.get_dummy_value()
