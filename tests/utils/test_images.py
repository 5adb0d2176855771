"""Pictures are read, scaled and written as Keras does it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from nanoconv import utils


@pytest.fixture
def image(tmp_path, rng):
    """A colour image of 20 x 30 points on disk."""
    path = tmp_path / "image.png"
    Image.fromarray(rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)).save(path)
    return path


@pytest.mark.parametrize("color_mode", ["grayscale", "rgb", "rgba"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"target_size": (20, 30)},
        {"target_size": (8, 8)},
        {"target_size": (8, 8), "interpolation": "lanczos", "keep_aspect_ratio": True},
        {"target_size": (40, 10), "interpolation": "bilinear", "keep_aspect_ratio": True},
    ],
)
def test_loaded_images_are_those_of_keras(keras, image, color_mode, options):
    ours = utils.load_img(image, color_mode, **options)
    theirs = keras.utils.load_img(image, color_mode, **options)
    assert ours.mode == theirs.mode
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
    array = utils.img_to_array(ours)
    np.testing.assert_array_equal(array, keras.utils.img_to_array(theirs))
    assert array.ndim == 3 and array.dtype == np.float32


def test_images_come_from_names_paths_and_memory(image):
    memory = io.BytesIO(image.read_bytes())
    sources = (image, str(image), str(image).encode(), memory)
    arrays = [utils.img_to_array(utils.load_img(source)) for source in sources]
    assert all((array == arrays[0]).all() for array in arrays)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("scale", [True, False])
def test_arrays_become_the_images_of_keras(keras, rng, channels, scale):
    x = rng.uniform(0, 200, (5, 6, channels))
    for array in (x, np.zeros_like(x)):
        ours = utils.array_to_img(array, scale=scale)
        theirs = keras.utils.array_to_img(array, scale=scale)
        assert ours.mode == theirs.mode
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))


def test_grey_values_above_255_are_kept(keras):
    x = np.array([[[300.0], [7.0]]])
    ours, theirs = (k.array_to_img(x, scale=False) for k in (utils, keras.utils))
    assert ours.mode == theirs.mode and np.asarray(ours).tolist() == [[300, 7]]


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.JPEG", "a.bmp"])
def test_written_images_are_those_of_keras(keras, tmp_path, rng, name):
    x = rng.random((6, 7, 3))
    utils.save_img(tmp_path / name, x)
    keras.utils.save_img(tmp_path / f"theirs-{name}", x)
    assert (tmp_path / name).read_bytes() == (tmp_path / f"theirs-{name}").read_bytes()


def test_jpeg_loses_transparency_with_a_warning(tmp_path, rng):
    with pytest.warns(UserWarning, match="no transparency"):
        utils.save_img(tmp_path / "a.jpg", rng.random((4, 4, 4)))


def test_open_files_are_written_too(rng):
    file = io.BytesIO()
    utils.save_img(file, rng.random((4, 4, 1)), file_format="png")
    file.seek(0)
    assert utils.load_img(file, "grayscale").size == (4, 4)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda p: utils.load_img(p, "cmyk"), ValueError, "color_mode is 'cmyk'"),
        (lambda p: utils.load_img(p, interpolation="magic"), ValueError, "interpolation is"),
        (lambda p: utils.load_img(3), TypeError, "path is int"),
        (lambda p: utils.img_to_array(np.zeros(3)), ValueError, r"shape \(3,\)"),
        (lambda p: utils.array_to_img(np.zeros((3, 3))), ValueError, r"shape \(3, 3\)"),
        (lambda p: utils.array_to_img(np.zeros((3, 3, 2))), ValueError, r"shape \(3, 3, 2\)"),
        (
            lambda p: utils.img_to_array(np.zeros((3, 3)), "channels_first"),
            ValueError,
            "channels_first",
        ),
    ],
)
def test_what_is_no_image_is_refused(image, call, error, message):
    with pytest.raises(error, match=message):
        call(image)
