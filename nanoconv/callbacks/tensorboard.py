"""Writes metrics, histograms and images of the weights for TensorBoard, without TensorFlow.

The event files are written by `tensorboardX` (`pip install 'nanoconv[tensorboard]'`), under the
names and in the folders that Keras uses.
"""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from nanoconv.callbacks.callback import Callback, Logs


class TensorBoard(Callback):
    """Writes metrics for `tensorboard --logdir logs`.

    Args:
        log_dir: the folder; holds `train` and `validation`.
        histogram_freq: write histograms of the weights every so many epochs; 0 for never.
        write_graph: whether to write the model's configuration, which TensorBoard draws.
        write_images: whether to write the weights as images along with the histograms.
        write_steps_per_second: whether to write the speed.
        update_freq: `"epoch"`, `"batch"`, or write batch metrics every so many batches.
        profile_batch: not supported, 0.
        embeddings_freq: not supported, 0: there are no embedding layers.
        embeddings_metadata: not supported, None.

    Raises:
        ValueError: for what is not supported.
        ImportError: where tensorboardX is not installed.

    Reference: https://keras.io/api/callbacks/tensorboard/
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        super().__init__()
        if profile_batch:
            raise ValueError(
                f"profile_batch is {profile_batch!r}, but nanoconv leaves profiling to Python's "
                "tools; write python -m cProfile train.py."
            )
        if embeddings_freq or embeddings_metadata:
            raise ValueError(
                "embeddings_freq and embeddings_metadata need embedding layers, which nanoconv "
                "has none of; leave them out."
            )
        if update_freq not in ("epoch", "batch") and not isinstance(update_freq, int):
            raise ValueError(
                f'update_freq is {update_freq!r}, but "epoch", "batch" or a number of batches '
                'is needed; write update_freq="epoch".'
            )
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self._writers: dict[str, Any] = {}
        self._train_batch = self._test_batch = 0
        self._batch_began = self._epoch_began = 0.0
        self._epoch_began_at_step = 0

    # ---- where to write -------------------------------------------------------------------------

    def _writer(self, subset: str) -> Any:
        """Return the writer of `"train"` or `"validation"`, opened when first needed."""
        if subset not in self._writers:
            try:
                from tensorboardX import SummaryWriter
            except ImportError as error:
                raise ImportError(
                    "TensorBoard files need tensorboardX, which is not installed; "
                    "write pip install 'nanoconv[tensorboard]'."
                ) from error
            self._writers[subset] = SummaryWriter(os.path.join(self.log_dir, subset))
        return self._writers[subset]

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        if self.write_graph and hasattr(model, "to_json"):
            self._write_configuration(model.to_json())

    def _write_configuration(self, text: str) -> None:
        """Write the model's configuration where TensorBoard's graph page looks for Keras'."""
        writer = self._writer("train")
        from tensorboardX.proto.summary_pb2 import Summary, SummaryMetadata
        from tensorboardX.proto.tensor_pb2 import TensorProto
        from tensorboardX.proto.tensor_shape_pb2 import TensorShapeProto

        plugin = SummaryMetadata.PluginData(plugin_name="graph_keras_model", content=b"1")
        tensor = TensorProto(
            dtype="DT_STRING", string_val=[text.encode()], tensor_shape=TensorShapeProto()
        )
        value = Summary.Value(
            tag="keras", metadata=SummaryMetadata(plugin_data=plugin), tensor=tensor
        )
        writer.file_writer.add_summary(Summary(value=[value]), 0)

    # ---- batches --------------------------------------------------------------------------------

    def _is_due(self, batch: int) -> bool:
        return isinstance(self.update_freq, int) and batch % self.update_freq == 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._train_batch = 0

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self._train_batch += 1
        self._batch_began = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if not self._is_due(self._train_batch):
            return
        values = {f"batch_{name}": value for name, value in (logs or {}).items()}
        if self.write_steps_per_second:
            seconds = time.perf_counter() - self._batch_began
            values["batch_steps_per_second"] = 1.0 / max(seconds, 1e-9)
        self._scalars("train", values, self._train_batch)

    def on_test_end(self, logs: Logs | None = None) -> None:
        values = {f"evaluation_{name}_vs_iterations": v for name, v in (logs or {}).items()}
        self._scalars("validation", values, self._iterations())

    def _iterations(self) -> int:
        optimizer = getattr(self.model, "optimizer", None)
        return 0 if optimizer is None else int(np.asarray(optimizer.iterations))

    def _scalars(self, subset: str, values: dict[str, Any], step: int) -> None:
        for name, value in values.items():
            if np.ndim(value) == 0:
                self._writer(subset).add_scalar(name, float(value), step)

    # ---- epochs ---------------------------------------------------------------------------------

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch_began = time.perf_counter()
        self._epoch_began_at_step = self._iterations()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        train = {name: value for name, value in logs.items() if not name.startswith("val_")}
        train["learning_rate"] = float(np.asarray(self.model.optimizer.learning_rate))
        if self.write_steps_per_second:
            seconds = max(time.perf_counter() - self._epoch_began, 1e-9)
            train["steps_per_second"] = (self._iterations() - self._epoch_began_at_step) / seconds
        validation = {n.removeprefix("val_"): v for n, v in logs.items() if n.startswith("val_")}
        for subset, values in (("train", train), ("validation", validation)):
            self._scalars(subset, {f"epoch_{n}": v for n, v in values.items()}, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        for writer in self._writers.values():
            writer.flush()  # so that TensorBoard follows while the model learns

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._close()

    def _write_weights(self, epoch: int) -> None:
        writer = self._writer("train")
        for layer in self.model.layers:
            for weight in layer.weights:
                writer.add_histogram(f"{weight.path}/histogram", weight.value, epoch)
                images = weight_images(weight.value)
                if self.write_images and images is not None:
                    writer.add_images(f"{weight.path}/image", images, epoch, dataformats="NHWC")


def weight_images(value: np.ndarray) -> np.ndarray | None:
    """Return a parameter as grey images (N, H, W, 1) from 0 to 1, or None where it is none.

    A vector is one row, a matrix one image lying on its longer side; a kernel with one input or
    output channel is one image for each of the others.

    Args:
        value: the parameter.
    """
    x = np.squeeze(value)
    if x.ndim == 1:
        x = x[None, None]
    elif x.ndim == 2:
        x = (x.T if x.shape[0] > x.shape[1] else x)[None]
    elif x.ndim == 3:
        x = x.transpose(2, 0, 1)
    else:
        return None
    x = x - x.min()
    return (x / (x.max() or 1.0))[..., None].astype("float32")
