"""The real window under a virtual display, driven by real events: draw, read, look inside."""

from __future__ import annotations

import shutil
import subprocess
import tkinter as tk

import numpy as np
import pytest

from gui.digit_image import drawing_image
from gui.texts import TEXTS
from tests.gui.conftest import draw, placed, press


def test_an_empty_pad_says_so(app):
    assert app.prediction is None
    assert "empty" in app.panels.reading.sure["text"]
    app.recognise()
    assert app.learn(3) is None and "Draw a digit" in app.panels.status["text"]


def test_what_is_drawn_is_read_while_it_is_drawn(app):
    lines = placed(7, 1)
    draw(app, lines[:1])
    digit, probabilities = app.prediction
    assert digit == 7 and app.panels.reading.digit["text"] == 7
    assert probabilities.argmax() == 7 and probabilities.sum() == pytest.approx(1, abs=1e-5)
    before = app.image.copy()
    draw(app, lines[1:])
    assert (app.image != before).any()
    assert app.prediction.digit == 7


def test_the_preview_and_the_network_get_the_image_of_the_strokes(app):
    draw(app, placed(5))
    expected = drawing_image(app.pad.drawing.lines())
    np.testing.assert_array_equal(app.image, expected)
    np.testing.assert_array_equal(
        app.panels.reading.preview.pixels[..., 0], (expected * 255).astype(np.uint8)
    )
    shown = app.panels.inside.maps.values
    np.testing.assert_array_equal(shown[0][..., 0], expected)
    np.testing.assert_allclose(shown[-1], app.prediction.probabilities, atol=1e-6)


def test_all_digits_are_read_small_in_a_corner_and_large(app):
    for digit in range(10):
        for size, at in ((0.2, (0.12, 0.86)), (0.9, (0.5, 0.5))):
            app.clear()
            draw(app, placed(digit, size=size, at=at))
            assert app.prediction.digit == digit, (digit, size)


def test_strokes_and_clear_are_undone_and_redone_by_keys(app):
    draw(app, placed(4, 1))
    whole = app.prediction.probabilities
    press(app, "<Control-z>")
    assert len(app.pad.drawing.strokes) == 1
    press(app, "<Control-y>")
    np.testing.assert_array_equal(app.prediction.probabilities, whole)
    press(app, "<Escape>")
    assert app.pad.empty and app.prediction is None
    press(app, "<Control-z>")
    np.testing.assert_array_equal(app.prediction.probabilities, whole)
    press(app, "<Control-Shift-Z>")
    assert app.pad.empty
    press(app, "<Control-y>")
    assert app.panels.status["text"] == TEXTS["nothing_to_redo"][0]
    press(app, *["<Control-z>"] * 4)
    assert app.pad.empty
    assert app.panels.status["text"] == TEXTS["nothing_to_undo"][0]


def test_undo_shows_the_very_pixels_from_before(app):
    draw(app, placed(8))
    before = app.pad._tk_image.cget("data")
    draw(app, placed(1))
    assert app.pad._tk_image.cget("data") != before
    press(app, "<Control-z>")
    assert app.pad._tk_image.cget("data") == before


def test_paper_and_brush_change_the_pad_but_not_the_reading(app):
    draw(app, placed(3))
    p = app.prediction.probabilities
    before = app.pad._tk_image.cget("data")
    app.panels.drawing.white_paper.set(True)
    app.pad.set_white_paper(True)
    app.pad.set_brush(0.09)
    app.update()
    assert app.pad._tk_image.cget("data") != before
    np.testing.assert_array_equal(app.prediction.probabilities, p)


@pytest.mark.parametrize("scale", [1.0, 1.25, 2.0])
def test_display_scaling_does_not_change_the_answer(make_app, scale):
    app = make_app(scale=scale)
    for digit in (2, 7, 9):
        app.clear()
        draw(app, placed(digit))
        assert app.prediction.digit == digit
    assert app.winfo_width() <= app.winfo_screenwidth()
    assert app.pad.winfo_width() >= 120


def test_resizing_keeps_the_drawing_and_the_answer(app):
    draw(app, placed(8))
    p = app.prediction.probabilities
    for size in ("1060x640", "1500x940"):
        app.geometry(size)
        app.update()
        assert app.pad.winfo_width() == app.pad.winfo_height() == app.pad._side
        np.testing.assert_array_equal(app.prediction.probabilities, p)
        panel = app.panels.drawing
        assert (
            app.pad.winfo_rootx() + app.pad.winfo_width()
            <= panel.winfo_rootx() + panel.winfo_width()
        )
        assert app.panels.status.winfo_rooty() + app.panels.status.winfo_height() <= (
            app.winfo_rooty() + app.winfo_height()
        )


def test_a_click_on_a_cell_explains_it_and_follows_the_drawing(app):
    draw(app, placed(7, 1))
    maps = app.panels.inside.maps
    mosaic = maps.mosaics[1]
    x0, y0, x1, y1 = mosaic.box((12, 9, 3))
    maps.canvas.event_generate("<Button-1>", x=int((x0 + x1) / 2), y=int((y0 + y1) / 2))
    app.update()
    assert app.panels.inside.chosen == (0, (12, 9, 3))
    words = app.panels.inside.cell.words()
    assert any("conv1a, map 3, row 12, column 9" in w for w in words)
    assert {"kernel", "products", "sum", "bias", "relu"} <= set(words)
    assert maps.canvas.find_withtag("mark")
    app.clear()
    app.update()
    assert app.panels.inside.explanation.values.sum() == 0


def test_every_place_of_every_mosaic_finds_its_own_cell(app):
    for mosaic in app.panels.inside.maps.mosaics:
        H, W, C = mosaic.values.shape
        for cell in {(0, 0, 0), (H - 1, W - 1, C - 1), (H // 2, W // 3, C // 2)}:
            x0, y0, x1, y1 = mosaic.box(cell)
            found = mosaic.cell_at((x0 + x1) / 2, (y0 + y1) / 2)
            assert found == (cell[-1:] if mosaic.flat else cell)
        assert mosaic.cell_at(mosaic.left - 5, mosaic.top) is None


def test_all_words_change_with_the_language(app):
    def words() -> set[str]:
        found = {app.title(), app.panels.status["text"], app.panels.model_name["text"]}
        waiting = [app]
        while waiting:
            widget = waiting.pop()
            waiting += widget.winfo_children()
            if "text" in (widget.configure() or {}):
                found.add(str(widget.cget("text")))
        return {word for word in found if any(c.isalpha() for c in word)}

    english = words()
    app.use_language("zh")
    app.update()
    chinese = words()
    assert not english & chinese
    assert all(any("\u4e00" <= c <= "\u9fff" for c in word) for word in chinese)
    app.use_language("en")
    assert words() == english


def test_every_text_has_the_same_places_to_fill_in_both_languages():
    from string import Formatter

    for key, languages in TEXTS.items():
        fields = [{f for _, f, _, _ in Formatter().parse(text) if f} for text in languages]
        assert fields[0] == fields[1], key
        assert all(text.strip() for text in languages), key


def test_the_dark_look_recolours_everything_that_is_shown(app):
    draw(app, placed(6))
    app.use_look("dark")
    app.update()
    dark = app.theme.palette.card
    assert app.panels.reading.bars["background"] == dark
    assert app.panels.inside.maps.canvas["background"] == dark
    assert app.prediction.digit == 6
    app.use_look("light")
    app.update()
    assert app.panels.reading.bars["background"] != dark


def test_a_tool_tip_appears_and_goes(app):
    from gui.views.tips import Tip

    tip = Tip(app.panels.learning.learn, lambda: "a hint", app.theme)
    tip.show()
    app.update()
    assert tip.window.winfo_viewable()
    tip.hide()
    assert tip.window is None


def test_an_unexpected_error_becomes_a_sentence_in_the_status_line(app, capfd):
    app.after_idle(lambda: 1 / 0)
    app.update()
    assert "division by zero" in app.panels.status["text"]
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.skipif(
    shutil.which("xdotool") is None, reason="needs xdotool: apt-get install xdotool"
)
def test_a_real_pointer_draws(app):
    app.lift()
    app.update()
    left, top = app.pad.winfo_rootx(), app.pad.winfo_rooty()
    side = app.pad.winfo_width()
    commands = ["xdotool"]
    for i in range(13):
        x, y = left + side // 2, top + int(side * (0.2 + 0.05 * i))
        commands += ["mousemove", str(x), str(y), "sleep", "0.02"]
        commands += ["mousedown", "1"] if i == 0 else []
    subprocess.run([*commands, "mouseup", "1"], check=True)
    deadline = 100
    while app.prediction is None and deadline:
        app.after(20)
        app.update()
        deadline -= 1
    app.update()
    assert app.prediction.digit == 1


def test_the_window_closes_as_a_whole(make_app):
    app = make_app()
    app.close()
    with pytest.raises(tk.TclError):
        app.winfo_exists()
