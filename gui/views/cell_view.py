"""Where one cell of a map comes from: patch × kernel = products, summed, biased, activated."""

from __future__ import annotations

import tkinter as tk

import numpy as np

from nanoconv import study

from ..insight import Term, kind_of, terms_of
from ..texts import Texts
from ..theme import Theme
from ..tk_images import hex_to_rgb, signed
from .view import View

POOLED = {"maximum": "largest", "average": "mean"}  # kind -> the word for the result


class CellView(View):
    """Draws an `Explanation`.

    Args:
        parent, theme: as for `View`.
        texts: the words.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, texts: Texts) -> None:
        super().__init__(parent, theme, width=420, height=208)
        self.texts = texts
        self.explanation: study.Explanation | None = None

    def show(self, explanation: study.Explanation | None) -> None:
        """Show where a cell comes from, or an invitation to click one."""
        self.explanation = explanation
        self.draw()

    def words(self) -> list[str]:
        """Return all texts that are drawn, from top to bottom."""
        return [self.itemcget(i, "text") for i in self.find_all() if self.type(i) == "text"]

    def draw(self) -> None:
        """Draw for the present size, colours and language."""
        self.delete("all")
        self.configure(background=self.theme.palette.card)
        self.create_line(0, 0, self.winfo_width(), 0, fill=self.theme.palette.line)
        e, px = self.explanation, self.theme.px
        if e is None:
            self.write(self.winfo_width() / 2, px(30), self.texts("click_cell"), "center", "muted")
            return
        self.write(px(4), px(14), self._title(e), "w", "text", "head")
        if kind_of(e) == "other":
            words = self.texts("cell_other", value=number(e.y))
            self.write(px(4), px(40), words, "w", "muted")
        else:
            self._equation(e)

    def _title(self, e: study.Explanation) -> str:
        channel = e.index[-1]
        if len(e.index) == 2:
            return self.texts("cell_unit", layer=e.layer.name, channel=channel)
        row, column = e.index[1:3]
        return self.texts("cell_map", layer=e.layer.name, channel=channel, row=row, column=column)

    # ---- the equation ---------------------------------------------------------------------------

    def _equation(self, e: study.Explanation) -> None:
        """Draw the heaviest terms as grids, and the sum on the right."""
        px, t = self.theme.px, self.texts
        kind, terms = kind_of(e), terms_of(e)
        height, width = terms[0].patch.shape
        top, gap, names, total = px(46), px(14), px(50), px(90)
        third = (self.winfo_width() - names - total) // 3 - gap  # for each of the three grids
        widest, least = (px(32), px(28)) if width <= 3 else (px(96) // width, px(3))
        cell_w = max(least, min(widest, third // width))
        cell_h = px(19) if height <= 3 else px(max(3, 66 // height))
        grid_w, grid_h = cell_w * width, cell_h * height
        space = self.winfo_height() - top - px(4)
        count = max(1, min(len(terms), space // (grid_h + px(8))))
        lefts = [names + i * (grid_w + gap) for i in range(3)]
        heads = ["patch", "weight" if kind == "dense" else "kernel", "product"]
        if kind in POOLED:  # nothing is multiplied
            heads, lefts = heads[:1], lefts[:1]
        for left, key in zip(lefts, heads, strict=True):
            self.write(left + grid_w / 2, top - px(10), t(key), "center", "muted", "small")
        for i, term in enumerate(terms[:count]):
            y = top + i * (grid_h + px(8))
            self._term(kind, term, lefts, y, (cell_w, cell_h))
        self._sum(e, terms, count, lefts[-1] + grid_w + gap, top)

    def _term(self, kind: str, term: Term, lefts: list[int], y: int, cell: tuple[int, int]) -> None:
        """Draw one channel's row: its name, three grids, and the signs between them."""
        px = self.theme.px
        height, width = term.patch.shape
        middle = y + cell[1] * height / 2
        key = "from_unit" if kind == "dense" else "from_map"
        self.write(px(4), middle, self.texts(key, channel=term.channel), "w", "muted", "small")
        patch = np.where(term.inside, term.patch, np.nan) if kind in POOLED else term.patch
        for left, values in zip(lefts, (patch, term.kernel, term.products), strict=False):
            self._grid(left, y, cell, values)
        for left, sign in zip(lefts[:-1], "×=", strict=False):
            self.write(left + cell[0] * width + px(7), middle, sign, "center", "muted", "head")

    def _grid(self, left: int, top: int, cell: tuple[int, int], values: np.ndarray) -> None:
        p = self.theme.palette
        finite = np.where(np.isfinite(values), values, 0)
        scale = np.abs(finite).max() or 1.0
        colours = signed(0.75 * finite / scale, hex_to_rgb(p.track))
        with_values = cell[0] >= self.theme.px(28)
        for (i, j), value in np.ndenumerate(values):
            x, y = left + j * cell[0], top + i * cell[1]
            colour = "#{:02x}{:02x}{:02x}".format(*colours[i, j])
            self.create_rectangle(x, y, x + cell[0], y + cell[1], fill=colour, outline=p.card)
            if with_values:
                self.write(
                    x + cell[0] / 2, y + cell[1] / 2, number(value), "center", "text", "tiny"
                )

    def _sum(
        self, e: study.Explanation, terms: list[Term], shown: int, left: int, top: int
    ) -> None:
        """Write the sum of the terms, the bias, and the activation."""
        kind, t = kind_of(e), self.texts
        lines: list[tuple[str, str, str]] = []
        if kind in POOLED:
            lines.append((t(POOLED[kind]), number(e.y), "text"))
        else:
            key = "from_unit" if kind == "dense" else "from_map"
            for term in terms[:shown]:
                lines.append((t(key, channel=term.channel), number(term.total), "muted"))
            rest = terms[shown:]
            if rest:
                value = number(sum(term.total for term in rest))
                lines.append((t("others", count=len(rest)), value, "muted"))
            lines.append((t("bias"), number(e.bias), "muted"))
            lines.append((t("sum"), number(e.z), "text"))
            lines.append((e.activation, number(e.y), "accent"))
        px = self.theme.px
        right = min(self.winfo_width() - px(4), left + px(150))
        for i, (name, value, colour) in enumerate(lines):
            y = top + px(4) + i * px(19)
            if name == t("sum"):
                self.create_line(left, y - px(9), right, y - px(9), fill=self.theme.palette.line)
            self.write(left, y, name, "w", colour, "small")
            self.write(right, y, value, "e", colour, "small" if colour == "muted" else "head")


def number(value: float) -> str:
    """Return a number in few characters; a true minus sign."""
    if not np.isfinite(value):
        return "·"
    digits = 1 if abs(value) >= 99.95 else 2
    words = f"{value:.{digits}f}"
    return "0" if float(words) == 0 else words.replace("-", "−")
