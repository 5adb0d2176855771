"""Kuzushiji-MNIST: 70,000 characters of cursive Japanese in the format of MNIST.

T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto and D. Ha, "Deep learning for
classical Japanese literature", arXiv:1812.01718, 2018; CC BY-SA 4.0, Center for Open Data in the
Humanities.
"""

from __future__ import annotations

from . import sources
from .catalog import IDX_FILES, Dataset, idx_edition

CLASS_NAMES = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")

KMNIST = Dataset(
    name="kmnist",
    title="Kuzushiji-MNIST",
    editions=(
        idx_edition(
            IDX_FILES,
            (
                "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
                "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
                "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            ),
            ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        ),
    ),
    keras_folder="kmnist",
    tfds_name="kmnist",
)

load_data, load_local, source = sources.loaders(KMNIST, megabytes=21)
