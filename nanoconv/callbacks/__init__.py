"""Callbacks: what may happen around the training loop.

Reference: https://keras.io/api/callbacks/
"""

from nanoconv.callbacks.backup_and_restore import BackupAndRestore
from nanoconv.callbacks.callback import Callback
from nanoconv.callbacks.callback_list import CallbackList
from nanoconv.callbacks.csv_logger import CSVLogger
from nanoconv.callbacks.early_stopping import EarlyStopping
from nanoconv.callbacks.history import History
from nanoconv.callbacks.lambda_callback import LambdaCallback
from nanoconv.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from nanoconv.callbacks.live_plot import LivePlot
from nanoconv.callbacks.model_checkpoint import ModelCheckpoint
from nanoconv.callbacks.monitor import MonitorCallback
from nanoconv.callbacks.profile_steps import Profile, ProfileRow
from nanoconv.callbacks.progbar_logger import ProgbarLogger
from nanoconv.callbacks.tensorboard import TensorBoard
from nanoconv.callbacks.terminate_on_nan import TerminateOnNaN
from nanoconv.core import absent

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "LivePlot",
    "ModelCheckpoint",
    "MonitorCallback",
    "Profile",
    "ProfileRow",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
]

__getattr__, __dir__ = absent.public(__name__)
