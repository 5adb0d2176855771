"""Plots of models and trainings show what is there, and nothing overlaps."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import nanoconv
from nanoconv.plots.graph_layout import Place, arrange
from nanoconv.plots.plot_model import Options, collect
from nanoconv.utils import plot_history, plot_model
from tests.models.test_summary import branched, chain, nested, unbuilt

EVERYTHING = Options(True, True, True, True, True)


def words(boxes) -> list[list[str]]:
    return [[cell.text for row in box.rows for cell in row] for box in boxes]


def test_a_box_tells_what_was_asked_for():
    model = chain(nanoconv)
    assert words(collect(model, Options())) == [
        ["Conv2D"], ["MaxPooling2D"], ["Dropout"], ["Flatten"], ["Dense"],
    ]  # fmt: skip
    first = words(collect(model, EVERYTHING))[0]
    assert first == [
        "first (Conv2D)",
        "Activation: relu",
        "Input shape: (None, 28, 28, 1)",
        "Output shape: (None, 26, 26, 32)",
        "Output dtype: float32",
        "Trainable",
    ]
    model.get_layer("first").trainable = False
    assert words(collect(model, EVERYTHING))[0][-1] == "Non-trainable"
    assert "Trainable" not in words(collect(model, EVERYTHING))[1]


def test_arrows_follow_the_graph():
    boxes = collect(branched(nanoconv), Options(names=True))
    names = {id(box.place): box.rows[0][0].text.split()[0] for box in boxes}
    sources = {names[id(b.place)]: [names[id(s)] for s in b.place.sources] for b in boxes}
    assert sources == {
        "image": [],
        "conv0": ["image"],
        "conv1": ["conv0"],
        "add": ["image", "conv1"],
        "flat": ["add"],
        "last": ["flat"],
    }


def test_models_inside_are_opened_when_asked():
    model = nested(nanoconv)
    assert words(collect(model, Options())) == [["Sequential"], ["Dense"]]
    opened = collect(model, Options(names=True), expand_nested=True)
    assert [box.frames for box in opened] == [("chain",)] * 5 + [()]
    assert opened[5].place.sources == [opened[4].place]


boxes_and_links = st.lists(
    st.tuples(st.integers(5, 60), st.integers(5, 30), st.sets(st.integers(1, 9), max_size=3)),
    min_size=1,
    max_size=10,
)


@settings(deadline=None)
@given(boxes_and_links)
def test_boxes_and_passing_lines_never_overlap(given_boxes):
    places: list[Place] = []
    for width, height, back in given_boxes:
        sources = [places[-b] for b in sorted(back) if b <= len(places)]
        places.append(Place(width, height, sources))
    connections = arrange(places, gap_x=10, gap_y=12)
    assert len(connections) == sum(len(place.sources) for place in places)
    everything = {id(p): p for _, path in connections for p in path} | {id(p): p for p in places}
    for place in everything.values():
        for other in everything.values():
            if place is other:
                continue
            apart_x = abs(place.x - other.x) - (place.width + other.width) / 2
            apart_y = abs(place.y - other.y) - (place.height + other.height) / 2
            assert apart_x >= 9.99 if place.row == other.row else apart_y >= 11.99
    for box, path in connections:
        assert path[-1] is box and [p.row for p in path] == list(range(path[0].row, box.row + 1))
        for place in path[:-1]:  # lines turn where no box is
            assert all(abs(place.turn - other.y) >= other.height / 2 + 5.99 for other in places)


@pytest.mark.parametrize(
    ("rankdir", "splines"),
    [("TB", "ortho"), ("BT", "curved"), ("LR", "ortho"), ("RL", "line")],
)
def test_the_whole_diagram_lies_inside_the_file(tmp_path, rankdir, splines):
    for make in (branched, nested):
        path = tmp_path / "model.png"
        plot_model(
            make(nanoconv), path, rankdir=rankdir, splines=splines, expand_nested=True,
            show_shapes=True, dpi=60,
        )  # fmt: skip
        pixels = np.asarray(Image.open(path).convert("L"))
        assert (pixels.shape[0] > pixels.shape[1]) == (rankdir in ("TB", "BT"))
        assert pixels.min() < 120  # something was drawn
        edges = (pixels[:4], pixels[-4:], pixels[:, :4], pixels[:, -4:])
        assert all((edge == 255).all() for edge in edges)


@pytest.mark.parametrize(("ending", "start"), [("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_other_formats_follow_the_file_name(tmp_path, ending, start):
    path = tmp_path / f"model.{ending}"
    plot_model(chain(nanoconv), path)
    assert path.read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (unbuilt, {}, "not built yet; write model.build"),
        (chain, {"splines": "wavy"}, "splines is 'wavy'"),
        (chain, {"rankdir": "UP"}, "rankdir is 'UP'"),
        (chain, {"layer_range": ("a", "b")}, "layer_range"),
    ],
)
def test_what_cannot_be_drawn_is_refused(tmp_path, make, options, message):
    with pytest.raises(ValueError, match=message):
        plot_model(make(nanoconv), tmp_path / "model.png", **options)
    assert not (tmp_path / "model.png").exists()


# ---- histories ----------------------------------------------------------------------------------

RECORD = {"accuracy": [0.5, 0.7, 0.8, 0.9], "loss": [4, 3, 2, 1], "val_loss": [3.5, 2.5]}


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_curves_are_the_history(tmp_path):
    figure = plot_history(RECORD, tmp_path / "history.png")
    loss, accuracy = figure.axes
    assert (loss.get_title(loc="left"), accuracy.get_title(loc="left")) == ("loss", "accuracy")
    training, validation = loss.lines
    assert training.get_xydata().tolist() == [[1, 4], [2, 3], [3, 2], [4, 1]]
    assert validation.get_xydata().tolist() == [[2, 3.5], [4, 2.5]]  # every second epoch
    assert [text.get_text() for text in loss.get_legend().texts] == ["training", "validation"]
    assert (tmp_path / "history.png").read_bytes().startswith(b"\x89PNG")


def test_a_history_object_brings_its_epochs():
    history = nanoconv.callbacks.History()
    history.history, history.epoch = {"loss": [2.0, 1.0]}, [5, 6]
    (line,) = plot_history(history).axes[0].lines
    assert line.get_xdata().tolist() == [6, 7]


def test_panels_can_be_chosen_and_are_checked():
    assert len(plot_history(RECORD, metrics=["accuracy"]).axes) == 1
    with pytest.raises(ValueError, match="'acc', but recorded were loss, accuracy"):
        plot_history(RECORD, metrics=["acc"])
    with pytest.raises(ValueError, match="history is empty"):
        plot_history({})


def test_a_diagram_that_fails_leaves_the_older_file(tmp_path, monkeypatch):
    path = tmp_path / "model.png"
    plot_model(chain(nanoconv), path)
    before = path.read_bytes()

    def full_disk(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match=r"nothing was saved.*model\.png"):
        plot_model(chain(nanoconv), path, show_shapes=True)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["model.png"]
