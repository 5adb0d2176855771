"""Plots show the values they are about, and are returned as figures."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

import nanoconv
from nanoconv import layers, study


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def model():
    return nanoconv.Sequential(
        [
            nanoconv.Input((12, 12, 1)),
            layers.Conv2D(6, 3, activation="relu", name="first"),
            layers.Conv2D(20, 3, name="second"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(10, activation="softmax", name="dense"),
        ]
    )


def images_of(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(image.get_array()) for axis in figure.axes for image in axis.images]


def test_filters_are_the_kernels(model, tmp_path):
    figure = study.plot_filters(model.get_layer("first"), tmp_path / "filters.png")
    kernel = model.get_layer("first").kernel.value
    tiles = images_of(figure)
    assert len(tiles) == 6
    for o, tile in enumerate(tiles):
        np.testing.assert_array_equal(tile, kernel[:, :, 0, o])
    assert (tmp_path / "filters.png").read_bytes().startswith(b"\x89PNG")


def test_filters_over_several_channels_are_columns(model):
    figure = study.plot_filters(model.get_layer("second"), channels=4)
    tiles = images_of(figure)
    assert len(tiles) == 4 * 16
    np.testing.assert_array_equal(tiles[17], model.get_layer("second").kernel.value[:, :, 1, 1])


def test_only_kernels_can_be_drawn_as_filters(model):
    with pytest.raises(ValueError, match="no kernel"):
        study.plot_filters(model.get_layer("pool"))
    with pytest.raises(ValueError, match="no kernel"):
        study.plot_filters(model.get_layer("dense"))


def test_feature_maps_are_activations(model, rng):
    image = rng.normal(size=(12, 12))
    figure = study.plot_feature_maps(model, image, most=3)
    tiles = images_of(figure)
    assert len(tiles) == 1 + 3 * 3
    maps = model.activations(image[None, ..., None])["first"][0]
    liveliest = maps[..., maps.std(axis=(0, 1)).argmax()]
    np.testing.assert_array_equal(tiles[1], liveliest)
    assert len(images_of(study.plot_feature_maps(model, image, ["pool"], most=2))) == 3
    with pytest.raises(ValueError, match="finds no maps of 'dense'"):
        study.plot_feature_maps(model, image, ["dense"])


def test_saliency_is_drawn_below_each_image(model, rng):
    images = rng.uniform(size=(4, 12, 12))
    tiles = images_of(study.plot_saliency(model, images, labels=1))
    assert len(tiles) == 12
    slopes = study.saliency(model, images[..., None], 1)[..., 0]
    np.testing.assert_allclose(tiles[4], slopes[0], rtol=1e-5)
    np.testing.assert_allclose(tiles[8], slopes[0] * images[0], rtol=1e-5)


def test_an_explanation_is_drawn_with_its_values(model, rng):
    x = rng.uniform(size=(1, 12, 12, 1)).astype("float32")
    maps = model.activations(x)
    told = study.explain(model.get_layer("second"), maps["first"], (0, 1, 2, 3))
    tiles = images_of(study.plot_explanation(told))
    assert len(tiles) == 3 * 4
    order = np.argsort(-np.abs(told.products.sum(axis=(0, 1))))
    np.testing.assert_allclose(tiles[2], told.products[..., order[0]])
    for layer, before, index in [("pool", "second", (0, 1, 1, 0)), ("dense", "flat", (0, 4))]:
        told = study.explain(model.get_layer(layer), maps[before], index)
        figure = study.plot_explanation(told)
        assert f"{told.y:.3f}" in figure.axes[0].get_title("left") + str(figure.get_suptitle())


def test_the_diagram_names_layers_and_sizes(model, tmp_path):
    figure = study.plot_diagram(model, tmp_path / "model.png", sideways=True)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert "Conv2D" in words and "10 × 10 × 6" in words and "Activation: relu" in words
    width, height = figure.get_size_inches()
    assert width > height
    with pytest.raises(ValueError, match="not built"):
        study.plot_diagram(nanoconv.Sequential([layers.Dense(2)]))


def test_confusion_counts_rows_by_truth():
    counts = study.confusion_matrix([0, 0, 1], np.eye(3)[[0, 2, 1]])
    assert counts.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
    figure = study.plot_confusion([0, 0, 1], np.eye(3)[[0, 2, 1]], names=["a", "b", "c"])
    assert [text.get_text() for text in figure.axes[0].texts] == ["1", "1", "1"]
    assert figure.axes[0].get_title() == "2 of 3 right, 1 wrong"
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["a", "b", "c"]


def test_confusion_of_a_perfect_model_can_be_drawn():
    assert isinstance(study.plot_confusion([0, 1, 2], [0, 1, 2]), Figure)


def test_confusion_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="2 labels but 1 predictions"):
        study.confusion_matrix([0, 1], [0])
    with pytest.raises(ValueError, match="label 3 is none of the 2 classes"):
        study.confusion_matrix([0, 3], [0, 1], classes=2)
