"""The colours of the light and the dark look."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """The colours of one look, by what they are for."""

    name: str
    ground: str
    card: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    hover: str
    pressed: str
    track: str
    good: str
    bad: str


LIGHT = Palette(
    name="light",
    ground="#eef0f4",
    card="#ffffff",
    line="#d9dde5",
    text="#1b2230",
    muted="#687084",
    accent="#2f6fed",
    on_accent="#ffffff",
    hover="#f1f4fa",
    pressed="#dfe6f5",
    track="#e9ecf2",
    good="#1a8f55",
    bad="#c8501e",
)
DARK = Palette(
    name="dark",
    ground="#12151a",
    card="#1b1f27",
    line="#303744",
    text="#e8ebf1",
    muted="#929bad",
    accent="#5790ff",
    on_accent="#0d1118",
    hover="#262c37",
    pressed="#323a48",
    track="#2a303b",
    good="#58c78e",
    bad="#f08a4b",
)
PALETTES = {"light": LIGHT, "dark": DARK}
