"""A matrix product in the processor's registers: what compiled loops multiply with.

A product of large matrices is quick where each value that is fetched is used many times. Here a
block of the result, `ROWS` rows of `VECTORS` vectors, stays in registers while the two factors
stream by; each step multiplies `ROWS` values of a with `VECTORS` vectors of b and adds the products
to the block:

                              b    . . . . | v v v v | v v v v | . . . .    one step: a row of b,
                                             vectors                        2 vectors of 4 lanes
        a . . x . .    times       ---------------------------------
          . . x . .                        | + + + + | + + + + |            6 rows x 2 vectors stay
          . . x . .    adds to     c       | + + + + | + + + + |            in 12 registers until
          . . x . .                        | + + + + | + + + + |            the last step is done
          . . x . .                        | + + + + | + + + + |
          . . x . .                        | + + + + | + + + + |
            one value a row                | + + + + | + + + + |

Nothing is copied beforehand: a and b are read where they lie, with any distance between their
elements, so that a convolution is a product without im2col (`direct`), and Winograd's 36 small
products need no packing (`winograd`). A row of a may even come in stretches, as a patch does.

LLVM would not keep such a block in registers by itself, therefore it is written in LLVM's language,
through llvmlite: https://llvmlite.readthedocs.io/en/latest/user-guide/ir/

Reference: Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from nanoconv.kernels.compiled.jit import inlined

ZEROS, BIAS, SUM = 0, 1, 2  # what a block begins with: nothing, one row for all, what is there
_FLOAT, _SIZE = ir.FloatType(), ir.IntType(64)


def _registers() -> tuple[int, int, int]:
    """Values in a vector, rows and vectors of a block, so that it fits into the registers."""
    try:
        features = llvm.get_host_cpu_features()
    except RuntimeError:  # a processor that LLVM cannot ask
        features = {}
    if features.get("avx512f"):  # 32 registers; only AMD's processors use their whole width gladly
        return (16 if llvm.get_host_cpu_name().startswith("znver") else 8), 6, 4
    if features.get("avx2"):  # 16 registers
        return 8, 6, 2
    return 4, 6, 4 if features.get("neon") else 2


LANES, ROWS, VECTORS = _registers()
WIDE, HALF = LANES * VECTORS, ROWS // 2


def stripes(columns: int) -> tuple[int, int, int]:
    """How a product cuts so many columns: into stripes that are WIDE, and a narrow one of so many
    vectors, with so many values in the last. To be a constant of the kernel that multiplies."""
    whole = columns // WIDE * WIDE
    vectors = -(-(columns - whole) // LANES)
    return whole, vectors, columns - whole - (vectors - 1) * LANES


def _product(typing, begin, cut, rows, a, b, counts, c, bias, relu):
    """c[row] = begin + sum over stretches and steps of a[row, stretch, step] b[stretch, step].

    Args, of which the first two must be constants of the kernel:
        begin: ZEROS, BIAS or SUM. cut: what `stripes` returned.
        rows: how many.
        a: address of the first element; elements from row to row, stretch to stretch, step to step.
        b: address; elements from stretch to stretch, step to step. counts: stretches, steps in one.
        c: address; elements from row to row.
        bias: address of what every row begins with. relu: whether to cut c off at 0.
    """
    size, place = types.int64, types.uintp
    factors = types.Tuple((place, size, size, size)), types.Tuple((place, size, size))
    result = types.UniTuple(size, 2), types.Tuple((place, size))
    return types.void(begin, cut, size, *factors, *result, place, relu), _write_product


product_with: Any = intrinsic(prefer_literal=True)(_product)


@inlined
def product(begin, cut, rows, a, b, counts, c):
    """c = a b (begin = ZEROS) or c += a b (SUM); see `_product`."""
    product_with(begin, cut, rows, a, b, counts, c, c[0], False)


class _Block(NamedTuple):
    """A block of c, and where its factors begin."""

    rows: int
    widths: list[int]  # values in each vector
    real: ir.Value  # rows that there are; the other rows of the block do the last one again
    a: list[ir.Value]
    b: list[ir.Value]
    c: list[ir.Value]
    bias: ir.Value


def _write_product(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> ir.Value:
    """Stripe after stripe of the columns, in LLVM's language."""
    begin = signature.args[0].literal_value
    whole, vectors, last = (kind.literal_value for kind in signature.args[1].types)
    rows, *tuples, bias, relu = args[2:]
    if isinstance(signature.args[-1], types.BooleanLiteral):
        relu = None  # a constant False: nothing to write
    a, b, counts, c = (cgutils.unpack_tuple(builder, values) for values in tuples)

    def stripe(column: ir.Value, widths: list[int]) -> None:
        b_here, c_here, bias_here = (
            _at(builder, start, (column, _size(1))) for start in (b[0], c[0], bias)
        )

        def block(height: int, first: ir.Value) -> None:
            """`height` rows from row `first` on."""
            places = [_at(builder, a[0], (a[1], first)), *a[1:]], [b_here, *b[1:]]
            out = [_at(builder, c_here, (c[1], first)), c[1]]
            here = _Block(height, widths, builder.sub(rows, first), *places, out, bias_here)
            _write_block(builder, begin, here, counts, relu)

        # Blocks of ROWS rows, and at the end a smaller one where half of them are enough.
        filled = builder.sdiv(builder.add(rows, _size(ROWS - HALF - 1)), _size(ROWS))
        with cgutils.for_range(builder, filled) as loop:
            block(ROWS, builder.mul(loop.index, _size(ROWS)))
        done = builder.mul(filled, _size(ROWS))
        with builder.if_then(builder.icmp_signed("<", done, rows)):
            block(HALF, done)

    if whole:
        with cgutils.for_range_slice(builder, _size(0), _size(whole), _size(WIDE)) as (column, _):
            stripe(column, [LANES] * VECTORS)
    if vectors:
        stripe(_size(whole), [LANES] * (vectors - 1) + [last])
    return context.get_dummy_value()


def _write_block(
    builder: ir.IRBuilder, begin: int, here: _Block, counts: list[ir.Value], relu: ir.Value | None
) -> None:
    """One block: begin, add a product for every stretch and step, store."""
    rows, widths, real, a, b, c, bias = here
    # 1. Where the rows of a and c begin, and the registers: one for each row and vector.
    indices = [_least(builder, row, real) for row in range(rows)]
    a_rows = [_at(builder, a[0], (a[1], index)) for index in indices]
    c_rows = [_at(builder, c[0], (c[1], index)) for index in indices]
    places = [(r, v) for r in range(rows) for v in range(len(widths))]
    block = {(r, v): cgutils.alloca_once(builder, _vector(widths[v])) for r, v in places}
    for r, v in places:
        zeros = ir.Constant(_vector(widths[v]), None)
        first = _load(builder, bias, v, widths[v]) if begin == BIAS else zeros
        builder.store(first, block[r, v])
    # 2. For every step: load a row of b once, and multiply it with a value of each row of a.
    stretches, steps = counts
    with cgutils.for_range(builder, stretches) as outer, cgutils.for_range(builder, steps) as inner:
        b_here = _at(builder, b[0], (b[1], outer.index), (b[2], inner.index))
        factors = [_load(builder, b_here, v, n) for v, n in enumerate(widths)]
        for r, a_row in enumerate(a_rows):
            place = _at(builder, a_row, (a[2], outer.index), (a[3], inner.index))
            value = builder.load(builder.inttoptr(place, _FLOAT.as_pointer()))
            filled = {n: _broadcast(builder, value, n) for n in dict.fromkeys(widths)}
            for v, n in enumerate(widths):
                term = builder.fmul(filled[n], factors[v], flags=("contract",))
                total = builder.fadd(builder.load(block[r, v]), term, flags=("contract",))
                builder.store(total, block[r, v])
    # 3. Add what was there, cut off at 0, store.
    if begin == SUM:  # added last: many small products do not drown in a large sum
        for r, v in places:
            total = builder.fadd(_load(builder, c_rows[r], v, widths[v]), builder.load(block[r, v]))
            builder.store(total, block[r, v])
    for r, v in places:
        total = builder.load(block[r, v])
        if relu is not None:  # NaN stays
            zeros = ir.Constant(total.type, None)
            cut = builder.select(builder.fcmp_ordered("<=", total, zeros), zeros, total)
            total = builder.select(relu, cut, total)
        stored = builder.store(total, _pointer(builder, c_rows[r], v, widths[v]))
        stored.align = 4


def _size(value: int) -> ir.Constant:
    return ir.Constant(_SIZE, value)


def _vector(width: int) -> ir.VectorType:
    return ir.VectorType(_FLOAT, width)


def _least(builder: ir.IRBuilder, row: int, real: ir.Value) -> ir.Value:
    """The index of this row, or of the last real one."""
    last, index = builder.sub(real, _size(1)), _size(row)
    return builder.select(builder.icmp_signed("<", index, last), index, last)


def _at(builder: ir.IRBuilder, start: ir.Value, *steps: tuple[ir.Value, ir.Value]) -> ir.Value:
    """The address so many steps of so many elements further on."""
    for step, index in steps:
        elements = builder.mul(step, index)
        start = builder.add(start, builder.mul(elements, _size(4)))
    return start


def _pointer(builder: ir.IRBuilder, row: ir.Value, v: int, width: int) -> ir.Value:
    """Where vector v of a row lies."""
    place = builder.add(row, _size(4 * LANES * v))
    return builder.inttoptr(place, _vector(width).as_pointer())


def _load(builder: ir.IRBuilder, row: ir.Value, v: int, width: int) -> ir.Value:
    loaded = builder.load(_pointer(builder, row, v, width))
    loaded.align = 4
    return loaded


def _broadcast(builder: ir.IRBuilder, value: ir.Value, width: int) -> ir.Value:
    """A vector that holds one value everywhere."""
    empty = ir.Constant(_vector(width), ir.Undefined)
    first = builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), width), None)
    return builder.shuffle_vector(first, empty, everywhere)
