"""The product in registers is the plain product: any rows and columns, any steps, any processor."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from nanoconv.kernels.compiled import register_block
from nanoconv.kernels.compiled.jit import OPTIONS, address
from nanoconv.kernels.compiled.register_block import BIAS, SUM, ZEROS, product, product_with

PROCESSORS = {"AVX-512": (16, 6, 4), "AVX2": (8, 6, 2), "128 bits": (4, 6, 2)}


@pytest.fixture(
    params=[
        "AVX-512",
        *(pytest.param(name, marks=pytest.mark.full) for name in ("AVX2", "128 bits")),
    ]
)
def processor(request, monkeypatch):
    """Blocks as on other processors; LLVM translates them for this one."""
    lanes, rows, vectors = PROCESSORS[request.param]
    sizes = {"LANES": lanes, "ROWS": rows, "VECTORS": vectors}
    sizes |= {"WIDE": lanes * vectors, "HALF": rows // 2}
    for name, size in sizes.items():
        monkeypatch.setattr(register_block, name, size)


def compiled(columns: int):
    """c = begin + the sum of a[row, stretch, step] b[stretch, step], by a kernel."""
    cut = register_block.stripes(columns)

    @numba.njit(**OPTIONS)
    def run(begin, a, b, c, bias, relu):
        rows, stretches, steps = a.shape
        first = address(a.ravel(), 0), stretches * steps, steps, 1
        second = address(b.ravel(), 0), steps * columns, columns
        out = address(c.ravel(), 0), columns
        if begin == ZEROS:
            product(ZEROS, cut, rows, first, second, (stretches, steps), out)
        elif begin == SUM:
            product(SUM, cut, rows, first, second, (stretches, steps), out)
        else:
            where = address(bias, 0)
            product_with(BIAS, cut, rows, first, second, (stretches, steps), out, where, relu)

    return run


@pytest.mark.usefixtures("processor")
@pytest.mark.parametrize(
    "columns", [70, *(pytest.param(n, marks=pytest.mark.full) for n in (1, 17, 64, 65))]
)
def test_every_number_of_rows_steps_and_lines(columns):
    run, rng = compiled(columns), np.random.default_rng(columns)
    sizes = [(rows, 2, 5) for rows in range(14)] + [(7, 1, 1), (7, 3, 0), (25, 1, 70)]
    for rows, stretches, steps in sizes:
        a = rng.standard_normal((rows, stretches, steps)).astype("float32")
        b = rng.standard_normal((stretches, steps, columns)).astype("float32")
        bias, before = (rng.standard_normal(n).astype("float32") for n in (columns, rows * columns))
        plain = np.einsum("rls,lsc->rc", a.astype("float64"), b)
        before = before.reshape(rows, columns)
        for begin, relu, expected in (
            (ZEROS, False, plain),
            (SUM, False, before + plain),
            (BIAS, False, bias + plain),
            (BIAS, True, np.maximum(bias + plain, 0)),
        ):
            guarded = np.full((rows + 2, columns), 7, "float32")  # nothing beside c is written
            guarded[1:-1] = before
            run(begin, a, b, guarded[1:-1], bias, relu)
            np.testing.assert_allclose(guarded[1:-1], expected, rtol=1e-5, atol=2e-5)
            assert (guarded[[0, -1]] == 7).all()


def test_nan_and_infinity_pass_through_relu():
    a, c = np.ones((3, 1, 1), "float32"), np.empty((3, 3), "float32")
    b = np.array([np.nan, np.inf, -np.inf], "float32").reshape(1, 1, 3)
    compiled(3)(BIAS, a, b, c, np.zeros(3, "float32"), True)
    np.testing.assert_array_equal(c, [[np.nan, np.inf, 0]] * 3)


def test_many_small_products_do_not_drown_in_a_large_sum():
    a, b = np.full((1, 1, 4096), 1e-4, "float32"), np.full((1, 4096, 1), 1e-3, "float32")
    c = np.full((1, 1), 64, "float32")
    compiled(1)(SUM, a, b, c, np.zeros(1, "float32"), False)
    assert c[0, 0] == np.float32(64 + 4096e-7)
