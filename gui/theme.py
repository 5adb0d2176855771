"""The look: two palettes, and ttk widgets with round corners drawn at the display's own scale.

Everything is computed at run time, so that it is as sharp at 200% as at 100%.

Reference: https://tkdocs.com/tutorial/styles.html
"""

from __future__ import annotations

import tkinter as tk
from tkinter import font as tkfont
from tkinter import ttk
from typing import Any

import numpy as np

from .palettes import LIGHT, Palette
from .tk_images import hex_to_rgb, ppm, rounded

_FAMILIES = {
    "en": ("Segoe UI", "SF Pro Text", "Inter", "Cantarell", "Noto Sans", "DejaVu Sans"),
    "zh": ("Microsoft YaHei UI", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC"),
}


class Theme:
    """Applies palettes, fonts and sizes to a window.

    Args:
        root: the window.
        scale: pixels for one pixel at 96 dots per inch; the display's own by default.
    """

    def __init__(self, root: tk.Tk, scale: float | None = None) -> None:
        self.root = root
        self.scale = scale or max(1.0, root.winfo_fpixels("1i") / 96)
        self.style = ttk.Style(root)
        self.palette = LIGHT
        self._images: list[tk.PhotoImage] = []
        self._round = 0
        self.fonts = {
            name: tkfont.Font(root, size=-self.px(size), weight="bold" if bold else "normal")
            for name, size, bold in (
                ("body", 13, False),
                ("small", 11, False),
                ("tiny", 10, False),
                ("head", 13, True),
                ("huge", 76, True),
                ("large", 22, False),
            )
        }

    def px(self, length: float) -> int:
        """Return a length, given for 96 dots per inch, in this display's pixels."""
        return max(1, round(length * self.scale))

    def use_language(self, language: str) -> None:
        """Choose a family of fonts that has the language's letters."""
        there = set(tkfont.families(self.root))
        family = next((f for f in _FAMILIES[language] if f in there), None)
        family = family or tkfont.nametofont("TkDefaultFont", self.root).actual("family")
        for font in self.fonts.values():
            font.configure(family=family)
        for name in ("TkDefaultFont", "TkTextFont", "TkMenuFont", "TkHeadingFont"):
            named = tkfont.nametofont(name, self.root)
            named.configure(family=family, size=-self.px(13))

    def use(self, palette: Palette) -> None:
        """Give all ttk widgets, menus and the window itself this palette's colours."""
        self.palette = p = palette
        if self.style.theme_use() != "clam":
            self.style.theme_use("clam")
        self.root.configure(background=p.ground)
        for option, colour in {
            "background": p.card,
            "foreground": p.text,
            "activeBackground": p.accent,
            "activeForeground": p.on_accent,
            "disabledForeground": p.muted,
            "selectColor": p.text,
            "relief": "flat",
            "borderWidth": "0",
            "activeBorderWidth": "0",
        }.items():
            self.root.option_add(f"*Menu.{option}", colour)
        configure = self.style.configure
        configure(
            ".",
            background=p.ground,
            foreground=p.text,
            font=self.fonts["body"],
            troughcolor=p.track,
            bordercolor=p.line,
            lightcolor=p.card,
            darkcolor=p.card,
            focuscolor=p.accent,
            selectbackground=p.accent,
            selectforeground=p.on_accent,
        )
        configure("Card.TFrame", background=p.card)
        for name, colour, font in (
            ("TLabel", p.text, "body"),
            ("Muted.TLabel", p.muted, "small"),
            ("Head.TLabel", p.text, "head"),
            ("Huge.TLabel", p.text, "huge"),
            ("Large.TLabel", p.muted, "large"),
            ("Good.TLabel", p.good, "body"),
            ("Bad.TLabel", p.bad, "body"),
        ):
            configure(name, background=p.card, foreground=colour, font=self.fonts[font])
        configure("Status.TLabel", background=p.ground, foreground=p.muted)
        self._buttons(p)
        self._others(p)

    def _buttons(self, p: Palette) -> None:
        """Style buttons: plain, accented, and the ten toggles of the digits."""
        self._images.clear()
        self._round += 1  # ttk cannot redefine an element, so each use makes new ones
        looks = {
            "TButton": (p.card, p.hover, p.pressed, p.line, p.text),
            "Accent.TButton": (p.accent, p.accent, p.accent, p.accent, p.on_accent),
            "Digit.TButton": (p.card, p.hover, p.pressed, p.line, p.text),
            "Chosen.TButton": (p.accent, p.accent, p.accent, p.accent, p.on_accent),
        }
        for style, (fill, hover, pressed, border, text) in looks.items():
            element = f"round{self._round}.{style}"
            states = {
                "disabled": self._image(p.card, p.track),
                "pressed": self._image(pressed, p.accent),
                "active": self._image(hover, p.accent),
                "focus": self._image(fill, p.accent),
            }
            self._element(element, self._image(fill, border), states, border=self.px(8))
            padding = ("Button.padding", {"children": [("Button.label", {"sticky": "nswe"})]})
            self._layout(style, (element, {"sticky": "nswe", "children": [padding]}))
            narrow = style in ("Digit.TButton", "Chosen.TButton")
            self.style.configure(
                style,
                background=p.card,
                foreground=text,
                padding=(self.px(2 if narrow else 4), self.px(5)),
                width=0,  # as wide as the words
                anchor="center",
                font=self.fonts["body"],
            )
            self.style.map(style, foreground=[("disabled", p.muted)])

    def _image(
        self,
        fill: str,
        border: str,
        side: int | None = None,
        radius: float | None = None,
        width: int | None = None,
        margin: int = 0,
    ) -> tk.PhotoImage:
        """Return a rectangle with round corners on the card, with a margin above and below."""
        side, radius = side or self.px(24), radius or self.px(6)
        pixels = rounded(width or side, side, radius, fill, border, self.palette.card)
        if margin:
            blank = np.empty((margin, width or side, 3), np.uint8)
            blank[:] = hex_to_rgb(self.palette.card)
            pixels = np.concatenate([blank, pixels, blank])
        image = tk.PhotoImage(master=self.root, data=ppm(pixels), format="ppm")
        self._images.append(image)
        return image

    def _layout(self, style: str, *parts: Any) -> None:
        """Say which elements a style is made of."""
        self.style.layout(style, list(parts))

    def _element(
        self, name: str, normal: tk.PhotoImage, states: dict[str, tk.PhotoImage], **options: Any
    ) -> None:
        """Make a ttk element of images, whose middle stretches where there is a border."""
        options.setdefault("sticky", "nswe")
        self.style.element_create(name, "image", normal, *states.items(), **options)

    def _others(self, p: Palette) -> None:
        """Style what is not a button."""
        configure, map_ = self.style.configure, self.style.map
        self._sliders(p)
        configure(
            "Vertical.TScrollbar",
            background=p.track,
            troughcolor=p.card,
            bordercolor=p.card,
            lightcolor=p.track,
            darkcolor=p.track,
            arrowsize=self.px(10),
            gripcount=0,
        )
        self._layout(
            "Vertical.TScrollbar",
            (
                "Vertical.Scrollbar.trough",
                {"sticky": "ns", "children": [("Vertical.Scrollbar.thumb", {"expand": 1})]},
            ),
        )
        map_("Vertical.TScrollbar", background=[("active", p.muted), ("disabled", p.card)])
        configure("TNotebook", background=p.card, bordercolor=p.card, borderwidth=0)
        configure(
            "TNotebook.Tab",
            background=p.card,
            foreground=p.muted,
            bordercolor=p.card,
            lightcolor=p.card,
            padding=(self.px(12), self.px(5)),
            font=self.fonts["head"],
        )
        map_(
            "TNotebook.Tab",
            foreground=[("selected", p.accent)],
            background=[("selected", p.card), ("active", p.hover)],
            lightcolor=[("selected", p.card)],
            padding=[("selected", (self.px(12), self.px(5)))],
        )
        configure(
            "TSpinbox",
            fieldbackground=p.card,
            background=p.card,
            foreground=p.text,
            arrowcolor=p.text,
            arrowsize=self.px(11),
            insertcolor=p.text,
            padding=self.px(3),
        )
        configure("TCheckbutton", background=p.card, foreground=p.text)
        map_("TCheckbutton", background=[("active", p.card)])

    def _sliders(self, p: Palette) -> None:
        """Style the brush's slider, progress bars and check boxes: round, and thin."""
        thin, knob, corner = self.px(6), self.px(16), self.px(4)
        ends = {"border": (thin // 2, 0)}
        track = self._image(p.track, p.track, thin, thin / 2, width=4 * thin)
        done = self._image(p.accent, p.accent, thin, thin / 2, width=4 * thin)
        margin = (knob - thin) // 2
        groove = self._image(p.track, p.track, thin, thin / 2, width=4 * thin, margin=margin)
        grip = self._image(p.accent, p.card, knob, knob / 2)
        off = self._image(p.card, p.muted, knob, corner)
        ticks = {
            "selected": self._image(p.accent, p.text, knob, corner),
            "active": self._image(p.hover, p.accent, knob, corner),
        }
        # ttk finds the elements that it moves by their last names: trough, slider, pbar
        prefix = f"round{self._round}"
        self._element(f"{prefix}.Scale.trough", groove, {}, **ends)
        self._element(f"{prefix}.Scale.slider", grip, {}, sticky="")
        self._element(f"{prefix}.Progressbar.trough", track, {}, **ends)
        self._element(f"{prefix}.Progressbar.pbar", done, {}, **ends)
        self._element(f"{prefix}.Checkbutton.indicator", off, ticks, sticky="")
        for style, kind, moved in (
            ("Horizontal.TScale", "Scale", "slider"),
            ("Horizontal.TProgressbar", "Progressbar", "pbar"),
        ):
            part = (f"{prefix}.{kind}.{moved}", {"side": "left", "sticky": ""})
            trough = (f"{prefix}.{kind}.trough", {"sticky": "we", "children": [part]})
            self._layout(style, trough)
        self._layout(
            "TCheckbutton",
            (f"{prefix}.Checkbutton.indicator", {"side": "left", "sticky": ""}),
            ("Checkbutton.padding", {"children": [("Checkbutton.label", {})]}),
        )
        self.style.configure("TCheckbutton", padding=(self.px(6), 0, 0, 0))
        self.style.configure("Horizontal.TProgressbar", background=p.card)
