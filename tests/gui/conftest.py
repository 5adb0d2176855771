"""A display of our own, the shipped model, and hands that draw with real events."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from gui.digit_shapes import SHAPES, strokes
from gui.reading import copy_of, load, to_unit
from gui.session import SHIPPED, Session


@pytest.fixture(scope="session")
def shipped():
    """The shipped model; not to be changed."""
    return load(SHIPPED)


@pytest.fixture
def session(shipped) -> Session:
    """A session whose model a test may change."""
    return Session(copy_of(shipped))


@pytest.fixture(scope="session")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """The bundled held-out digits."""
    from nanoconv.datasets import mnist

    _, (x, y) = mnist.load_sample()
    return to_unit(x), y


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A virtual display: 1600x1000 pixels at 96 dots per inch."""
    program = shutil.which("Xvfb")
    if program is None:
        reason = "the window's tests need Xvfb; install it with: apt-get install xvfb xdotool"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    read, write = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-dpi", "96"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        name = ":" + pipe.readline().strip()
    before = os.environ.get("DISPLAY")
    os.environ["DISPLAY"] = name
    yield name
    if before is None:
        del os.environ["DISPLAY"]
    else:
        os.environ["DISPLAY"] = before
    server.terminate()
    server.wait()


@pytest.fixture
def make_app(display, shipped):
    """Opens windows, with a model of their own, and closes them after the test."""
    from gui.app import App

    apps = []

    def make(model=None, **options):
        app = App(copy_of(shipped) if model is None else model, **{"language": "en"} | options)
        apps.append(app)
        app.update()
        return app

    yield make
    for app in apps:
        app.destroy()


@pytest.fixture
def app(make_app):
    """A window."""
    return make_app()


def draw(app, lines: Sequence[np.ndarray]) -> None:
    """Draw lines, in units of the pad's side, with mouse events on the pad."""
    side = app.pad.winfo_width()
    for line in lines:
        points = [(int(x * side), int(y * side)) for x, y in line]
        app.pad.event_generate("<Button-1>", x=points[0][0], y=points[0][1])
        for x, y in points[1:]:
            app.pad.event_generate("<B1-Motion>", x=x, y=y)
        app.pad.event_generate("<ButtonRelease-1>", x=points[-1][0], y=points[-1][1])
    app.update()


def press(app, *keys: str) -> None:
    """Press keys, one after the other."""
    app.focus_force()
    app.update()
    for key in keys:
        app.event_generate(key)
        app.update()


def placed(digit: int, shape: int = 0, size: float = 0.6, at=(0.5, 0.5)) -> list[np.ndarray]:
    """Return a digit's lines, `size` of the pad large, around a place on the pad."""
    lines = strokes(SHAPES[digit][shape])
    thinned = [np.concatenate([line[:-1:2], line[-1:]]) for line in lines]
    return [(line - 0.5) * size + np.array(at) for line in thinned]
