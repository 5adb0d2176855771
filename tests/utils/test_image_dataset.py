"""Images in folders become the batches that Keras makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import nanoconv
from nanoconv.utils import image_dataset_from_directory
from tests.conftest import require


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root, rng = tmp_path_factory.mktemp("animals"), np.random.default_rng(0)
    for name, count in (("cats", 5), ("dogs", 4)):
        (root / name / "more").mkdir(parents=True)
        for i in range(count):
            height, width = rng.integers(5, 30, 2)
            pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / name / ("more" if i == 2 else "") / f"{i}.png")
    (root / "cats" / "readme.txt").write_text("no image")
    return root


@pytest.fixture(scope="module")
def theirs():
    require("tensorflow", "peers")
    from keras.utils import image_dataset_from_directory

    return image_dataset_from_directory


def assert_same(ours, theirs):
    assert ours.class_names == theirs.class_names
    assert [str(path) for path in ours.file_paths] == list(theirs.file_paths)
    ours, theirs = list(ours), list(theirs)
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        pairs = zip(mine, other, strict=True) if isinstance(mine, tuple) else [(mine, other)]
        for a, b in pairs:
            assert a.dtype == b.numpy().dtype
            np.testing.assert_allclose(np.asarray(a), b.numpy(), rtol=1e-5, atol=1e-3)


@pytest.mark.full
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"label_mode": "categorical", "image_size": (12, 9), "batch_size": 4},
        {"label_mode": "binary", "image_size": (7, 21), "crop_to_aspect_ratio": True},
        {"label_mode": None, "image_size": (40, 40), "batch_size": None},
        {"labels": None, "image_size": (8, 8)},
        {"labels": [3, 1, 2, 0, 0, 1, 2, 3, 1], "image_size": (8, 8)},
        {"interpolation": "nearest", "image_size": (11, 6), "class_names": ["dogs", "cats"]},
        {"validation_split": 0.3, "subset": "validation", "seed": 3, "image_size": (8, 8)},
    ],
)
def test_batches_are_those_of_keras(folder, theirs, options):
    options = {"shuffle": False, "verbose": False, **options}
    assert_same(image_dataset_from_directory(folder, **options), theirs(folder, **options))


@pytest.mark.full
def test_both_subsets_are_those_of_keras(folder, theirs):
    options = {"validation_split": 0.4, "subset": "both", "seed": 5, "image_size": (6, 6)}
    ours, others = image_dataset_from_directory(folder, **options), theirs(folder, **options)
    assert [each.file_paths for each in ours] == [list(each.file_paths) for each in others]
    assert_same(ours[1], others[1])  # the training set comes in another order in each epoch
    orders = [[y.tolist() for _, y in ours[0].unbatch()] for _ in range(8)]
    assert len(ours[0].file_paths) == 6 and len({str(order) for order in orders}) > 1
    assert {str(sorted(order)) for order in orders} == {str(sorted(orders[0]))}


def test_a_model_learns_from_it(folder, capsys):
    data = image_dataset_from_directory(
        folder, label_mode="binary", color_mode="grayscale", image_size=8, batch_size=3
    )
    assert "Found 9 files belonging to 2 classes" in capsys.readouterr().out
    layers = nanoconv.layers
    model = nanoconv.Sequential([layers.Flatten(), layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    history = model.fit(data, epochs=2, validation_data=data, verbose=0)
    assert len(history.history["val_loss"]) == 2
    assert model.predict(data, verbose=0).shape == (9, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"label_mode": "words"}, "label_mode is 'words'"),
        ({"interpolation": "lanczos3"}, "interpolation is 'lanczos3'"),
        ({"subset": "training"}, "subset is 'training'"),
        ({"validation_split": 0.2}, "subset is None"),
        ({"validation_split": 0.2, "subset": "training"}, "seed is None"),
        ({"validation_split": 0.01, "subset": "validation", "seed": 1}, "has no images"),
        ({"class_names": ["cats", "cows"]}, "has the folders"),
        ({"labels": [1, 2]}, "labels holds 2 labels"),
        ({"labels": [1], "class_names": ["cats"]}, "leave one of them out"),
        ({"class_names": ["cats"], "label_mode": "binary"}, "there are 1 classes"),
        ({"pad_to_aspect_ratio": True}, "pad_to_aspect_ratio"),
        ({"data_format": "channels_first"}, "channels_last only"),
    ],
)
def test_what_does_not_fit_is_refused(folder, options, message):
    with pytest.raises(ValueError, match=message):
        image_dataset_from_directory(folder, verbose=False, **options)
