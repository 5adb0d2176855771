"""Photos and scans: any size and colour, dark on light or light on dark, uneven light, specks."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
from PIL import Image

from gui.digit_image import mnist_image
from gui.photo import ImageError, ink_of, read_photo
from gui.strokes import rasterise
from tests.gui.conftest import placed


def photo(digit: int, size: int, pen: float, dark_on_light: bool = True) -> np.ndarray:
    """A grey photo with light that falls from the left, noise, and a few specks."""
    generator = np.random.default_rng(digit)
    ink = rasterise(placed(digit, size=0.55), size, pen)
    ink[size // 12, size // 10] = ink[-size // 9, size // 3] = 1
    light = np.linspace(1.0, 0.75, size)[None, :]
    grey = light * (0.9 - 0.7 * ink) if dark_on_light else light * (0.15 + 0.7 * ink)
    return np.clip(grey + generator.normal(0, 0.01, grey.shape), 0, 1)


@pytest.mark.parametrize("dark_on_light", [True, False])
@pytest.mark.parametrize("pen", [0.008, 0.05])
@pytest.mark.parametrize("size", [120, 390])
def test_every_digit_of_a_photo_is_read(session, size, pen, dark_on_light):
    read = []
    for digit in range(10):
        ink = ink_of(photo(digit, size, max(pen, 1.2 / size), dark_on_light))
        read.append(session.read(mnist_image(ink)).digit)
    assert sum(a == b for a, b in enumerate(read)) >= 9, read


def test_a_coloured_jpeg_file_is_read(session, tmp_path):
    grey = photo(4, 900, 0.04)[..., None]
    pixels = np.concatenate([grey, grey * 0.9, grey * 0.7], 2)
    Image.fromarray((pixels * 255).astype(np.uint8)).save(tmp_path / "four.jpg")
    assert session.read(mnist_image(read_photo(tmp_path / "four.jpg"))).digit == 4


def test_transparent_paper_is_white(session, tmp_path):
    ink = rasterise(placed(2), 200, 0.05)
    pixels = np.zeros((200, 200, 4), np.uint8)
    pixels[..., 3] = ink * 255
    Image.fromarray(pixels).save(tmp_path / "two.png")
    assert session.read(mnist_image(read_photo(tmp_path / "two.png"))).digit == 2


@pytest.mark.parametrize("pixels", [np.uint16(60_000), np.uint16(4_095), np.float32(1)])
def test_a_scan_of_more_than_eight_bits_is_read(session, tmp_path, pixels):
    grey = (1 - 0.8 * rasterise(placed(7, 1), 300, 0.05)) * pixels
    Image.fromarray(grey.astype(pixels.dtype)).save(tmp_path / "seven.tif")
    assert session.read(mnist_image(read_photo(tmp_path / "seven.tif"))).digit == 7


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_a_file_that_is_no_image_is_refused_by_a_sentence(tmp_path, content):
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(ImageError, match=r"x\.png could not be read as an image .*choose a PNG"):
        read_photo(tmp_path / "x.png")


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (64, 64)])
def test_an_image_without_a_digit_is_refused_by_a_sentence(tmp_path, size):
    Image.new("L", size, 200).save(tmp_path / "blank.png")
    with pytest.raises(ImageError, match="shows no digit"):
        read_photo(tmp_path / "blank.png")


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "1"])
def test_an_image_that_would_fill_the_memory_is_refused_before(tmp_path, mode):
    Image.new(mode, (8_000, 5_001)).save(tmp_path / "bomb.png")
    assert (tmp_path / "bomb.png").stat().st_size < 500_000
    with pytest.raises(ImageError, match=r"bomb\.png could not .* 8000 x 5001 pixels, more than"):
        read_photo(tmp_path / "bomb.png")


def test_a_page_scanned_at_600_dpi_is_read(session, tmp_path):
    page = Image.new("1", (4960, 7016), 1)
    seven = Image.fromarray(rasterise(placed(7, 1), 600, 0.06) < 0.5)
    page.paste(seven, (2000, 3000))
    page.save(tmp_path / "page.png", dpi=(600, 600))
    assert session.read(mnist_image(read_photo(tmp_path / "page.png"))).digit == 7


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_a_photo_taken_with_the_camera_on_its_side_is_upright(session, tmp_path, suffix):
    exif = Image.Exif()
    exif[0x0112] = 6  # as stored, it must be rotated by 90 degrees clockwise
    upright = Image.fromarray((255 - 200 * rasterise(placed(7, 1), 500, 0.05)).astype(np.uint8))
    upright.rotate(90).save(tmp_path / f"side.{suffix}", exif=exif)
    assert session.read(mnist_image(read_photo(tmp_path / f"side.{suffix}"))).digit == 7


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ImageError, match="is a pipe"):
        read_photo(tmp_path / "pipe.png")
