"""Seeing inside: the maps of every layer, and where a clicked cell comes from."""

from __future__ import annotations

import numpy as np

from nanoconv import study

from ..insight import Cell, LayerView, explain, kind_of, terms_of
from ..views.cell_view import CellView
from ..views.maps_view import MapsView, Mark
from .card import Card

FRAMED_TERMS = 3  # of a cell's input channels


class InsidePanel(Card):
    """The maps above, the explanation of one cell below."""

    def build(self) -> None:
        """Make the panel's widgets."""
        self.maps = MapsView(self, self.theme, self.click)
        self.maps.grid(row=0, column=0, sticky="nsew")
        self.cell = CellView(self, self.theme, self.texts)
        self.cell.grid(row=1, column=0, sticky="ew", pady=(self.theme.px(8), 0))
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self.layers: list[LayerView] = []
        self.chosen: tuple[int, Cell] | None = None  # index of the layer, its cell
        self.texts.shown_by(self._draw)

    @property
    def explanation(self) -> study.Explanation | None:
        """How the chosen cell came about."""
        if self.chosen is None or self.chosen[0] >= len(self.layers):
            return None
        layer, cell = self.layers[self.chosen[0]], self.chosen[1]
        inside = len(cell) == layer.y.ndim and all(
            i < n for i, n in zip(cell, layer.y.shape, strict=True)
        )
        return explain(layer, cell) if inside else None

    def show(self, layers: list[LayerView]) -> None:
        """Show what all layers made of a digit."""
        self.layers = layers
        self._draw()

    def click(self, row: int, cell: Cell) -> None:
        """Choose a cell of the row-th mosaic; the first is the input and comes from nowhere."""
        self.chosen = (row - 1, cell) if row > 0 else None
        self._draw_choice()

    def _draw(self) -> None:
        first = [self._title(self.texts("input"), self.layers[0].x)] if self.layers else []
        titles = first + [self._title(v.layer.name, v.y, v) for v in self.layers]
        images = [self.layers[0].x] if self.layers else []
        self.maps.show(titles, images + [v.y for v in self.layers])
        self._draw_choice()

    def _title(self, name: str, values: np.ndarray, view: LayerView | None = None) -> str:
        """Return a layer's name and, on a second line, what it holds."""
        if values.ndim == 3:
            H, W, C = values.shape
            words = self.texts("maps" if view else "pixels", count=C, height=H, width=W)
        else:
            words = self.texts("units", count=values.size)
        activation = getattr(getattr(view and view.layer, "activation", None), "__name__", "linear")
        if activation != "linear":
            words += f" · {activation}"
        if view is not None and view.x.shape == view.y.shape and (view.x == view.y).all():
            words += f" · {self.texts('unchanged')}"
        return f"{name}\n{words}"

    def _draw_choice(self) -> None:
        explanation = self.explanation
        self.cell.show(explanation)
        self.maps.mark(self._marks(explanation))

    def _marks(self, e: study.Explanation | None) -> list[Mark]:
        """Frame the cell itself, and what it looks at in its heaviest input maps."""
        if e is None or self.chosen is None:
            return []
        row = self.chosen[0] + 1
        marks: list[Mark] = [(row, (0, 0, 1, 1), e.index[1:])]
        source = self._source(row)
        if source is None:
            return marks
        for term in terms_of(e)[:FRAMED_TERMS]:
            if e.window is not None:
                marks.append((source, e.window, (0, 0, term.channel)))
            elif kind_of(e) == "dense":
                marks.append((source, (0, 0, 1, 1), (term.channel,)))
        return marks

    def _source(self, row: int) -> int | None:
        """Return the index of the mosaic that shows what a row's layer gets."""
        x = self.layers[row - 1].x
        rows = [self.layers[0].x, *(v.y for v in self.layers)]
        return next((i for i in range(row - 1, -1, -1) if rows[i] is x), None)

    def recolour(self) -> None:
        """Draw again in the theme's present colours."""
        self._draw()
