"""What callbacks write: CSV tables, TensorBoard's event files, live figures, plain functions."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nanoconv
from nanoconv import callbacks
from nanoconv.callbacks.tensorboard import weight_images
from tests.callbacks.driver import drive
from tests.conftest import require
from tests.models.helpers import digits, small_cnn

EPOCHS = [
    {"loss": 0.5, "accuracy": 0.25, "list": [1, 2], "word": "a,b"},
    {"loss": np.float32(0.1), "accuracy": 1.0, "val_loss": 0.75, "list": np.arange(3)},
]


@pytest.mark.parametrize("options", [{}, {"separator": ";"}, {"append": True}])
@pytest.mark.parametrize("epochs", [EPOCHS, EPOCHS[::-1]])
def test_csv_text_is_that_of_keras(keras, tmp_path, options, epochs):
    texts = []
    for name, module in (("ours", callbacks), ("theirs", keras.callbacks)):
        for first in (0, 2):  # a second fit appends, or writes the file anew
            drive(module.CSVLogger(tmp_path / name, **options), epochs, first_epoch=first)
        texts.append((tmp_path / name).read_bytes())
    assert texts[0] == texts[1]


def test_csv_lines_are_there_before_training_ends(tmp_path):
    logger = callbacks.CSVLogger(tmp_path / "new" / "log.csv")
    logger.on_train_begin()
    logger.on_epoch_end(0, {"loss": 1.0})
    text = (tmp_path / "new" / "log.csv").read_text()
    assert text.splitlines() == ["epoch,loss,val_loss", "0,1.0,NA"]


def test_lambda_callback_calls_functions_as_keras_does(keras):
    calls = []
    for module in (callbacks, keras.callbacks):
        seen: list = []
        made = module.LambdaCallback(
            on_epoch_begin=lambda epoch, logs, s=seen: s.append(("epoch", epoch)),
            on_train_batch_end=lambda batch, logs, s=seen: s.append((batch, logs)),
            on_train_end=lambda logs, s=seen: s.append("end"),
            on_test_begin=lambda logs, s=seen: s.append("test"),
        )
        listed = module.CallbackList([made])
        drive(listed, [{"loss": 1.0}], batches=2)
        listed.on_test_begin()
        calls.append(seen)
    assert calls[0] == calls[1] and len(calls[0]) == 5


def test_lambda_callback_names_the_nearest_hook():
    with pytest.raises(TypeError, match="on_epoch_end"):
        callbacks.LambdaCallback(on_epoch_ends=print)


# ---- TensorBoard --------------------------------------------------------------------------------


@pytest.fixture
def trained(rng, tmp_path):
    """Train a small model with the callback; return a reader for each part."""
    require("tensorboardX", "tensorboard")
    require("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    everything = {"images": 0, "tensors": 0, "histograms": 0}

    def train(epochs: int = 2, **options):
        x, y = digits(rng)
        model = small_cnn(nanoconv)
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        board = callbacks.TensorBoard(tmp_path, **options)
        history = model.fit(
            x, y, batch_size=8, epochs=epochs, validation_split=0.3, verbose=0, callbacks=[board]
        )
        parts = {}
        for part in ("train", "validation"):
            parts[part] = EventAccumulator(str(tmp_path / part), everything)
            parts[part].Reload()
        return history.history, parts["train"], parts["validation"], model

    return train


def curve(reader, tag: str) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in reader.Scalars(tag)]


def test_tensorboard_reads_the_curves_of_every_epoch(trained):
    history, train, validation, _ = trained()
    for reader, prefix in ((train, ""), (validation, "val_")):
        for name in ("loss", "accuracy"):
            expected = list(enumerate(history[prefix + name]))
            np.testing.assert_allclose(curve(reader, f"epoch_{name}"), expected, rtol=1e-6)
    assert [step for step, _ in curve(train, "epoch_learning_rate")] == [0, 1]
    # Two batches an epoch: iterations 2 and 4.
    steps = [step for step, _ in curve(validation, "evaluation_loss_vs_iterations")]
    assert steps == [2, 4]
    assert not [tag for tag in train.Tags()["scalars"] if tag.startswith("batch_")]


def test_tensorboard_reads_batches_speed_histograms_and_images(trained):
    _, train, _, model = trained(
        update_freq="batch", histogram_freq=1, write_images=True, write_steps_per_second=True
    )
    assert [step for step, _ in curve(train, "batch_loss")] == [1, 2, 3, 4]
    for tag in ("batch_steps_per_second", "epoch_steps_per_second"):
        assert all(value > 0 for _, value in curve(train, tag))
    kernel = model.weights[0]
    (first, last) = train.Histograms(f"{kernel.path}/histogram")
    assert first.histogram_value.num == kernel.size
    np.testing.assert_allclose(last.histogram_value.max, kernel.value.max(), rtol=1e-6)
    (_, image) = train.Images(f"{kernel.path}/image")
    assert image.encoded_image_string.startswith(b"\x89PNG")


def test_tensorboard_finds_the_graph_where_keras_writes_it(trained):
    _, train, _, model = trained(epochs=1)
    (event,) = train.Tensors("keras")
    assert train.SummaryMetadata("keras").plugin_data.plugin_name == "graph_keras_model"
    written = json.loads(event.tensor_proto.string_val[0])
    assert written == json.loads(model.to_json())


def test_tensorboard_writes_every_nth_batch_and_nothing_without_need(trained, tmp_path):
    _, train, _, _ = trained(update_freq=3, write_graph=False)
    assert [step for step, _ in curve(train, "batch_loss")] == [3]
    callbacks.TensorBoard(tmp_path / "unused", write_graph=False).on_train_end()
    assert not (tmp_path / "unused").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile_batch": 2}, "profile_batch is 2"),
        ({"embeddings_freq": 1}, "embedding layers"),
        ({"update_freq": "hourly"}, "update_freq is 'hourly'"),
    ],
)
def test_tensorboard_refuses_what_it_cannot_do(options, message):
    with pytest.raises(ValueError, match=message):
        callbacks.TensorBoard(**options)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((7,), (1, 1, 7, 1)),
        ((9, 4), (1, 4, 9, 1)),
        ((3, 3, 1, 5), (5, 3, 3, 1)),
        ((3, 3, 2, 5), None),
    ],
)
def test_weights_become_images_from_black_to_white(rng, shape, expected):
    images = weight_images(rng.normal(size=shape).astype("float32"))
    if expected is None:
        assert images is None
    else:
        assert images.shape == expected and images.min() == 0 and images.max() == 1


# ---- live plot ----------------------------------------------------------------------------------


def test_live_plot_draws_the_file_after_each_epoch(tmp_path):
    path = tmp_path / "live.png"
    sizes = []
    look = callbacks.LambdaCallback(on_epoch_end=lambda e, logs: sizes.append(path.read_bytes()))
    plot = callbacks.LivePlot(to_file=path)
    listed = callbacks.CallbackList([plot, look])
    drive(listed, [{"loss": 1.0}, {"loss": 0.5, "val_loss": 0.6}, {"loss": 0.4}])
    assert len({*sizes}) == 3 and sizes[0].startswith(b"\x89PNG")
    assert plot.history == {"loss": [1.0, 0.5, 0.4], "val_loss": [0.6]}


@pytest.mark.full
def test_live_plot_rewrites_one_image_in_a_notebook(monkeypatch):
    display = require("IPython.display", "study")
    shown: list = []

    class Handle:
        def update(self, image):
            shown.append(image.data[:4])

    def show(image, display_id):
        shown.append(image.data)
        return Handle()

    monkeypatch.setattr(display, "display", show)
    monkeypatch.setattr("nanoconv.callbacks.live_plot.in_notebook", lambda: True)
    drive(callbacks.LivePlot(every=2), [{"loss": 1.0}] * 5)
    assert shown == ["<i>after the first epoch: curves</i>", *[b"\x89PNG"] * 3]


def test_live_plot_with_nowhere_to_draw_says_so():
    with pytest.raises(ValueError, match=r'write LivePlot\(to_file="live.png"\)'):
        drive(callbacks.LivePlot(), [{"loss": 1.0}])
    with pytest.raises(ValueError, match="every is 0"):
        callbacks.LivePlot(every=0)
