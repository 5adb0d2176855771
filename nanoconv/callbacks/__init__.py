"""Callbacks: what may happen around the training loop, one class a file.

Reference: https://keras.io/api/callbacks/
"""

from nanoconv.callbacks.base import Callback, CallbackList
from nanoconv.callbacks.history import History
from nanoconv.callbacks.progbar_logger import ProgbarLogger

__all__ = ["Callback", "CallbackList", "History", "ProgbarLogger"]
