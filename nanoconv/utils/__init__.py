"""Small tools around training, with Keras' names."""

from nanoconv.random import set_random_seed
from nanoconv.utils.progbar import Progbar

__all__ = ["Progbar", "set_random_seed"]
