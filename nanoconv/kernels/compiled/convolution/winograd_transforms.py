"""The four small transforms of Winograd's convolution, as compiled loops over tiles.

    input     V  = B^T d B     6 x 6 pixels of x                 ->  36 values
    output    y  = A^T M A     36 values                         ->  4 x 4 pixels of y
    their adjoints, for backward:
    gradient  dM = A dy A^T    4 x 4 pixels of dy                ->  36 values
    scatter   dx  = B dV B^T   36 values                         ->  6 x 6 pixels of dx

Each is done along one axis and then along the other; `work` holds what lies between:

    d d d d d d    each row    w w w w w w    each column    V V V V V V
    . . . . . .   --------->   . . . . . .   ------------>   . . . . . .
    d d d d d d    times B     w w w w w w     times B^T     V V V V V V

Tiles are counted along a row of tiles, row after row, image after image; a transform does the rows
of tiles `first` to `last`. All arrays are flat. The channels are innermost; the loops that these
parts are copied into (`winograd`) fix their count: then LLVM knows that the six values it loads and
the six it stores do not overlap, and computes 8 or 16 channels at a time.
"""

from __future__ import annotations

import numpy as np

from nanoconv.kernels.compiled.jit import inlined

U0, U1, U2, U3, U4, U5, U6 = (np.uint64(i) for i in range(7))
TWO, FOUR, FIVE, EIGHT = np.float32(2), np.float32(4), np.float32(5), np.float32(8)
ZERO = np.float32(0)
ALL = np.uint64(7)  # position (1, 1)


@inlined
def _at(n, H, h, W, w, C):
    """Where pixel (n, h, w) begins in a flat (N, H, W, C)."""
    return np.uint64((n * H + h) * W + w) * C


@inlined
def _input_row(source, i, step, target, o, jump, C):
    """B^T times six values `step` apart, stored `jump` apart, for C channels."""
    for c in range(C):
        d0, d1, d2 = source[i + c], source[i + step + c], source[i + U2 * step + c]
        d3, d4 = source[i + U3 * step + c], source[i + U4 * step + c]
        d5 = source[i + U5 * step + c]
        even, odd = d4 - FOUR * d2, d3 - FOUR * d1
        wide, far = d4 - d2, TWO * (d3 - d1)
        target[o + c] = FOUR * d0 - FIVE * d2 + d4
        target[o + jump + c] = even + odd
        target[o + U2 * jump + c] = even - odd
        target[o + U3 * jump + c] = wide + far
        target[o + U4 * jump + c] = wide - far
        target[o + U5 * jump + c] = FOUR * d1 - FIVE * d3 + d5


@inlined
def _scatter_row(source, i, step, target, o, jump, C):
    """B times six values."""
    for c in range(C):
        d0, d1, d2 = source[i + c], source[i + step + c], source[i + U2 * step + c]
        d3, d4 = source[i + U3 * step + c], source[i + U4 * step + c]
        d5 = source[i + U5 * step + c]
        target[o + c] = FOUR * d0
        target[o + jump + c] = FOUR * (d2 - d1 + d5) + TWO * (d4 - d3)
        target[o + U2 * jump + c] = -FIVE * d0 - FOUR * (d1 + d2) - (d3 + d4)
        target[o + U3 * jump + c] = d1 - d2 + TWO * (d3 - d4) - FIVE * d5
        target[o + U4 * jump + c] = d0 + d1 + d2 + d3 + d4
        target[o + U5 * jump + c] = d5


@inlined
def _output_row(source, i, step, target, o, jump, C):
    """A^T times six values: four."""
    for c in range(C):
        m0, m1, m2 = source[i + c], source[i + step + c], source[i + U2 * step + c]
        m3, m4 = source[i + U3 * step + c], source[i + U4 * step + c]
        m5 = source[i + U5 * step + c]
        near, far = m1 + m2, m3 + m4
        turn, twist = m1 - m2, m3 - m4
        target[o + c] = m0 + near + far
        target[o + jump + c] = turn + TWO * twist
        target[o + U2 * jump + c] = near + FOUR * far
        target[o + U3 * jump + c] = turn + EIGHT * twist + m5


@inlined
def _finished_row(source, i, step, bias, target, o, jump, C, relu):
    """As _output_row, then bias and relu: the last thing that happens to y."""
    for c in range(C):
        m0, m1, m2 = source[i + c], source[i + step + c], source[i + U2 * step + c]
        m3, m4 = source[i + U3 * step + c], source[i + U4 * step + c]
        m5 = source[i + U5 * step + c]
        near, far = m1 + m2, m3 + m4
        turn, twist = m1 - m2, m3 - m4
        y0 = m0 + near + far + bias[c]
        y1 = turn + TWO * twist + bias[c]
        y2 = near + FOUR * far + bias[c]
        y3 = turn + EIGHT * twist + m5 + bias[c]
        target[o + c] = ZERO if relu and y0 <= ZERO else y0
        target[o + jump + c] = ZERO if relu and y1 <= ZERO else y1
        target[o + U2 * jump + c] = ZERO if relu and y2 <= ZERO else y2
        target[o + U3 * jump + c] = ZERO if relu and y3 <= ZERO else y3


@inlined
def _gradient_row(source, i, step, target, o, jump, C):
    """A times four values: six."""
    for c in range(C):
        g0, g1 = source[i + c], source[i + step + c]
        g2, g3 = source[i + U2 * step + c], source[i + U3 * step + c]
        even, odd = g0 + g2, g1 + g3
        wide, far = g0 + FOUR * g2, TWO * g1 + EIGHT * g3
        target[o + c] = g0
        target[o + jump + c] = even + odd
        target[o + U2 * jump + c] = even - odd
        target[o + U3 * jump + c] = wide + far
        target[o + U4 * jump + c] = wide - far
        target[o + U5 * jump + c] = g3


@inlined
def input_transform(x, V, work, H, W, TH, TW, top, left, first, last, C):
    """V (tiles, 36, C) <- x (N, H, W, C), zero outside of the image."""
    t = U0
    patch = np.uint64(36) * C  # behind the 36 values of `work`: one row of a tile at the edge
    for row in range(first, last):
        n, h = row // TH, row % TH * 4 - top
        for tw in range(TW):
            w = tw * 4 - left
            for i in range(6):
                # 1. Row i of the tile, times B, to row i of work; at the edge a copy with zeros.
                work_row = np.uint64(i) * U6 * C
                source, start = x, _at(n, H, h + i, W, w, C)
                if not (0 <= h + i < H and w >= 0 and w + 6 <= W):
                    source, start = work, patch
                    for j in range(6):
                        cell = patch + np.uint64(j) * C
                        inside = 0 <= h + i < H and 0 <= w + j < W
                        pixel = _at(n, H, h + i, W, w + j, C)
                        for c in range(C):
                            work[cell + c] = x[pixel + c] if inside else ZERO
                _input_row(source, start, C, work, work_row, C, C)
            for j in range(6):  # 2. Columns of work times B^T
                column = np.uint64(j) * C
                _input_row(work, column, U6 * C, V, t + column, U6 * C, C)
            t += np.uint64(36) * C


@inlined
def output_transform(M, bias, relu, y, work, OH, OW, TH, TW, first, last, O):
    """y (N, OH, OW, O) <- M (tiles, 36, O), with bias and relu."""
    t = U0
    patch = np.uint64(36) * O
    for row in range(first, last):
        n, h = row // TH, row % TH * 4
        for tw in range(TW):
            w = tw * 4
            for j in range(6):  # 1. Columns of M times A^T: 6 x 6 to 4 x 6
                column = np.uint64(j) * O
                _output_row(M, t + column, U6 * O, work, column, U6 * O, O)
            for i in range(min(4, OH - h)):  # 2. Rows times A, to y; at the edge by way of work
                work_row = np.uint64(i) * U6 * O
                start = _at(n, OH, h + i, OW, w, O)
                target, o = y, start
                if w + 4 > OW:
                    target, o = work, patch
                _finished_row(work, work_row, O, bias, target, o, O, O, relu)
                if w + 4 > OW:
                    for c in range(np.uint64(OW - w) * O):
                        y[start + c] = work[patch + c]
            t += np.uint64(36) * O


@inlined
def zero_outputs(x, bias, relu, y, live, H, W, C, OH, OW, O, TH, top, left, first, last):
    """Outputs under which x is zero everywhere become exactly the bias, as in the plain sum.

    The transforms leave 1e-7 of their neighbours in them, and relu's mask would open there.
    """
    PW = OW + 2  # columns of x that a row of tiles sees, padding included
    for row in range(first, last):
        n, oh = row // TH, row % TH * 4
        # 1. Which of the pixels below have a channel that is not zero; padding has none. Two rows
        # of them are known from the row of tiles above.
        known = 2 if row > first and oh > 0 else 0
        for k in range(known * PW):
            live[k] = live[4 * PW + k]
        for r in range(known, 6):
            h = oh + r - top
            for j in range(PW):
                total, w = ZERO, j - left
                if 0 <= h < H and 0 <= w < W:
                    pixel = _at(n, H, h, W, w, C)
                    for c in range(C):
                        total += abs(x[pixel + c])
                live[r * PW + j] = total != ZERO  # so is NaN
        # 2. An output is dead where none of its nine pixels is live.
        for i in range(min(4, OH - oh)):
            a, b, c = i * PW, (i + 1) * PW, (i + 2) * PW
            for ow in range(OW):
                above = live[a + ow] | live[a + ow + 1] | live[a + ow + 2]
                here = live[b + ow] | live[b + ow + 1] | live[b + ow + 2]
                below = live[c + ow] | live[c + ow + 1] | live[c + ow + 2]
                if not (above | here | below):
                    out = _at(n, OH, oh + i, OW, ow, O)
                    for o in range(O):
                        y[out + o] = ZERO if relu and bias[o] <= ZERO else bias[o]


@inlined
def gradient_transform(dy, y, relu, dM, dbias, work, OH, OW, TH, TW, first, last, O):
    """dM (tiles, 36, O) <- dy (N, OH, OW, O), where y > 0 if relu was part of the output.

    The first rows of A are 1, so that position (1, 1) of A dy A^T is the sum of a tile: all of them
    together are added to dbias.
    """
    t, none = U0, y.dtype.type(0)
    patch = np.uint64(36) * O
    for row in range(first, last):
        n, h = row // TH, row % TH * 4
        for tw in range(TW):
            w = tw * 4
            inside = np.uint64(min(4, OW - w)) * O
            for i in range(4):  # 1. Rows of dy, where relu let y pass, times A^T: 4 x 4 to 4 x 6
                work_row = np.uint64(i) * U6 * O
                reach = inside if h + i < OH else U0
                start = _at(n, OH, h + i, OW, w, O)
                if relu:
                    for c in range(reach):
                        work[patch + c] = dy[start + c] if y[start + c] > none else ZERO
                else:
                    for c in range(reach):
                        work[patch + c] = dy[start + c]
                for c in range(reach, U4 * O):
                    work[patch + c] = ZERO
                _gradient_row(work, patch, O, work, work_row, O, O)
            for j in range(6):  # 2. Columns times A: 4 x 6 to 6 x 6
                column = np.uint64(j) * O
                _gradient_row(work, column, U6 * O, dM, t + column, U6 * O, O)
            for o in range(O):
                dbias[o] += dM[t + ALL * O + o]
            t += np.uint64(36) * O


@inlined
def scatter_transform(dV, dx, work, H, W, TH, TW, top, left, first, last, C):
    """dx (N, H, W, C) <- dV (tiles, 36, C), each tile added where input_transform took it from."""
    t = U0
    patch = np.uint64(36) * C
    for row in range(first, last):
        n, h = row // TH, row % TH * 4 - top
        if row % TH == 0:  # cleared just before it is needed, an image stays in the cache
            for i in range(_at(n, H, 0, W, 0, C), _at(n + 1, H, 0, W, 0, C)):
                dx[i] = ZERO
        for tw in range(TW):
            w = tw * 4 - left
            for j in range(6):  # 1. Columns of dV times B
                column = np.uint64(j) * C
                _scatter_row(dV, t + column, U6 * C, work, column, U6 * C, C)
            left_out = max(0, -w)  # columns of pixels outside of the image
            inside = np.uint64(min(6, W - w) - left_out) * C
            for i in range(max(0, -h), min(6, H - h)):  # 2. Rows times B^T, added to dx
                _scatter_row(work, np.uint64(i) * U6 * C, C, work, patch, C, C)
                start, cell = _at(n, H, h + i, W, w + left_out, C), patch + np.uint64(left_out) * C
                for c in range(inside):
                    dx[start + c] += work[cell + c]
            t += np.uint64(36) * C
