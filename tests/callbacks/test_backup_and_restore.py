"""A training that was killed and started again ends as if nothing had happened."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import nanoconv
from nanoconv.callbacks import BackupAndRestore, LambdaCallback
from tests.callbacks.driver import drive
from tests.models.helpers import digits, small_cnn

EPOCHS = 4


class Killed(BaseException):
    """Ends a training as a kill would: nothing after it runs."""


def new_model(optimizer: str = "adam"):
    model = small_cnn(nanoconv, dropout=0.4)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def killer(epoch: int, batch: int) -> LambdaCallback:
    """Return a callback that kills training at a batch of an epoch."""
    now = {}

    def at_batch(index, logs):
        if (now["epoch"], index) == (epoch, batch):
            raise Killed

    return LambdaCallback(
        on_epoch_begin=lambda e, logs: now.update(epoch=e), on_train_batch_end=at_batch
    )


def everything(model) -> list[np.ndarray]:
    """Return all numbers that the rest of a training depends on."""
    layers = [v.value.copy() for layer in model.layers for v in layer.variables]
    return layers + [v.value.copy() for v in model.optimizer.variables]


def assert_bit_for_bit(ours, others) -> None:
    for mine, other in zip(ours, others, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize(("epoch", "batch"), [(0, 1), (2, 0), (3, 2)])
def test_resumed_training_ends_with_the_same_bits(rng, tmp_path, optimizer, epoch, batch):
    x, y = digits(rng)
    fit = {"batch_size": 8, "epochs": EPOCHS, "verbose": 0, "shuffle": True}

    def slower() -> LambdaCallback:
        def lower(epoch, logs):
            model = schedule.model
            model.optimizer.learning_rate = float(model.optimizer.learning_rate) * 0.7

        schedule = LambdaCallback(on_epoch_end=lower)
        return schedule

    nanoconv.random.set_random_seed(7)
    whole = new_model(optimizer)
    start = whole.get_weights()
    whole.fit(x, y, callbacks=[slower()], **fit)
    expected = everything(whole)

    nanoconv.random.set_random_seed(7)
    first = new_model(optimizer)
    with pytest.raises(Killed):
        first.fit(
            x, y, callbacks=[slower(), killer(epoch, batch), BackupAndRestore(tmp_path)], **fit
        )
    if epoch == 0:  # killed before there was a backup: start as the first did
        nanoconv.random.set_random_seed(7)
    else:  # a new process, with another seed
        nanoconv.random.set_random_seed(99)
    second = new_model(optimizer)
    if epoch == 0:
        assert_bit_for_bit(second.get_weights(), start)
    history = second.fit(x, y, callbacks=[slower(), BackupAndRestore(tmp_path)], **fit)
    assert history.epoch == list(range(epoch, EPOCHS))
    assert_bit_for_bit(everything(second), expected)
    assert not tmp_path.exists()


@pytest.mark.parametrize("seed", [None, 3])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("validation", [False, True])
def test_flows_go_on_where_they_were(rng, tmp_path, seed, shuffle, validation):
    x, y = digits(rng)
    changes = nanoconv.preprocessing.image.ImageDataGenerator(rotation_range=20, zoom_range=0.2)

    def train(random_seed: int, *callbacks):
        nanoconv.random.set_random_seed(random_seed)
        flow, other = (changes.flow(x, y, batch_size=8, shuffle=shuffle, seed=seed) for _ in "ab")
        model = new_model()
        history = model.fit(
            flow,
            validation_data=other if validation else None,
            epochs=EPOCHS,
            verbose=0,
            callbacks=list(callbacks),
        )
        return everything(model), history.history

    expected, whole = train(7)
    with pytest.raises(Killed):
        train(7, killer(2, 1), BackupAndRestore(tmp_path))
    resumed, rest = train(99, BackupAndRestore(tmp_path))
    assert_bit_for_bit(resumed, expected)
    assert rest == {name: values[2:] for name, values in whole.items()}


SCRIPT = """
    import os, sys
    import numpy as np
    import nanoconv
    from nanoconv.callbacks import BackupAndRestore, LambdaCallback
    from tests.models.helpers import digits, small_cnn

    folder, kill_at, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    nanoconv.random.set_random_seed(seed)
    model = small_cnn(nanoconv, dropout=0.4)
    model.compile("adam", "sparse_categorical_crossentropy")
    calls = []

    def count(batch, logs):
        calls.append(batch)
        if len(calls) == kill_at:
            os._exit(9)

    x, y = digits(np.random.default_rng(0))
    backup = [BackupAndRestore(folder)] if folder else []
    model.fit(x, y, batch_size=8, epochs=4, verbose=0,
              callbacks=[LambdaCallback(on_train_batch_end=count), *backup])
    print(b"".join(w.tobytes() for w in model.get_weights()).hex())
"""


@pytest.mark.full
def test_a_killed_process_is_resumed_by_another(tmp_path):
    def run(folder: str, kill_at: int, seed: int):
        command = [sys.executable, "-c", textwrap.dedent(SCRIPT), folder, str(kill_at), str(seed)]
        root = os.path.dirname(os.path.dirname(nanoconv.__file__))
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)

    whole = run("", 0, 5)
    assert whole.returncode == 0, whole.stderr
    folder = str(tmp_path / "backup")
    assert run(folder, 8, 5).returncode == 9  # in the third of four epochs of three batches
    assert run(folder, 0, 6).stdout == whole.stdout


def test_backups_of_batches_restart_the_epoch(rng, tmp_path):
    x, y = digits(rng)
    with pytest.raises(Killed):
        new_model().fit(
            x,
            y,
            batch_size=4,
            epochs=3,
            verbose=0,
            callbacks=[BackupAndRestore(tmp_path, save_freq=2), killer(1, 3)],
        )
    history = new_model().fit(
        x, y, epochs=3, verbose=0, callbacks=[BackupAndRestore(tmp_path, delete_checkpoint=False)]
    )
    assert history.epoch == [1, 2] and (tmp_path / "latest.npz").exists()


@pytest.fixture
def backed_up(rng, tmp_path):
    """Return a folder with two backups of a training."""
    x, y = digits(rng)
    backup = BackupAndRestore(tmp_path, double_checkpoint=True, delete_checkpoint=False)
    new_model().fit(x, y, epochs=2, verbose=0, callbacks=[backup])
    return tmp_path


def test_an_interrupted_save_leaves_the_backup_before_it(backed_up, monkeypatch):
    before = (backed_up / "latest.npz").read_bytes()

    def full_disk(*args, **kwargs):
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez", full_disk)
    backup = BackupAndRestore(backed_up, delete_checkpoint=False)
    with pytest.raises(OSError, match="no space"):
        drive(backup, [{"loss": 1.0}], new_model())
    assert (backed_up / "latest.npz").read_bytes() == before
    assert not list(backed_up.glob("*.tmp"))


def test_a_damaged_backup_is_replaced_by_the_one_before_or_named(backed_up):
    model = new_model()
    backup = BackupAndRestore(backed_up, delete_checkpoint=False)
    backup.set_model(model)
    whole = (backed_up / "latest.npz").read_bytes()
    damages = [b"PK nonsense", b"", whole[:-1], whole[: len(whole) // 2]]
    damages += [whole[:at] + bytes([whole[at] ^ 64]) + whole[at + 1 :] for at in range(0, 3000, 99)]
    for damage in [*damages, None]:
        (backed_up / "latest.npz").unlink(missing_ok=True)
        if damage is not None:
            (backed_up / "latest.npz").write_bytes(damage)
        model._initial_epoch = 0
        backup.on_train_begin()
        assert model._initial_epoch in (1, 2)  # 2 where the damage is where it does not matter
        assert model._initial_epoch == 1 or damage not in (None, *damages[:4])
    (backed_up / "previous.npz").rename(backed_up / "latest.npz")
    (backed_up / "latest.npz").write_bytes(b"PK nonsense")
    weights = model.get_weights()
    with pytest.raises(OSError, match=r"latest.npz.* is damaged"):
        backup.on_train_begin()
    assert_bit_for_bit(model.get_weights(), weights)


def test_a_backup_of_another_model_is_refused_and_changes_nothing(backed_up):
    model = small_cnn(nanoconv, classes=7)
    model.compile("adam", "sparse_categorical_crossentropy")
    weights = model.get_weights()
    backup = BackupAndRestore(backed_up)
    backup.set_model(model)
    with pytest.raises(ValueError, match="is of another model"):
        backup.on_train_begin()
    assert_bit_for_bit(model.get_weights(), weights)


def test_files_of_others_survive_in_the_folder(backed_up):
    (backed_up / "thesis.txt").write_text("two years of work")
    drive(BackupAndRestore(backed_up), [{"loss": 1.0}], new_model())
    assert [path.name for path in backed_up.iterdir()] == ["thesis.txt"]


def test_what_it_cannot_do_is_refused():
    with pytest.raises(ValueError, match="backup_dir is empty"):
        BackupAndRestore("")
    with pytest.raises(ValueError, match="save_freq is 'batch'"):
        BackupAndRestore("folder", save_freq="batch")
    unbuilt = nanoconv.Sequential([nanoconv.layers.Dense(2)])
    backup = BackupAndRestore("folder")
    backup.set_model(unbuilt)
    with pytest.raises(ValueError, match="needs a model that is built"):
        backup.on_train_begin()
