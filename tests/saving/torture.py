"""Tortures every reader and writer of files, and counts what goes wrong.

    python -m tests.saving.torture                          10,000 damaged files of every reader,
                                                            all bombs, 300 kills: about an hour
    python -m tests.saving.torture --tries 100 --kills 10   a sample
    python -m tests.saving.torture --only npz bombs         some of it

Damaged files are whole files that were cut, or with bits flipped, bytes overwritten, values of a
configuration exchanged. Each must be read as it was, or be refused by the errors that are
documented. Bombs are small files that ask for much memory. A killed program must leave the old
file or the new one. Files are read in a process of its own, which is replaced when it hangs, dies,
or takes more than 500 MB. The command fails where anything went wrong.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import io
import json
import os
import random
import resource
import select
import signal
import sys
import tarfile
import tempfile
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import nanoconv
from gui.corrections import Corrections
from nanoconv import layers, saving
from nanoconv.callbacks import BackupAndRestore
from nanoconv.core.safe_files import read_npz
from nanoconv.datasets import formats
from nanoconv.layers.base.layer_serialization import serialize, sharing
from nanoconv.models import model_from_json
from nanoconv.utils import img_to_array, load_img, save_img
from tests.saving.test_nonsense import chain, graph, spoilt

DOCUMENTED = (ValueError, OSError)
LARGEST = 500  # MB that reading a small file may take
PATIENCE = 60.0  # seconds
RNG = np.random.default_rng(1)
X = RNG.integers(0, 256, (60, 12, 10), dtype=np.uint8)
Y = RNG.integers(0, 10, 60, dtype=np.uint8)


# ---- whole files, and how they are read ----------------------------------------------------------


def network(optimizer: str = "adam") -> Any:
    """Return a small network whose optimizer remembers something."""
    stack = [layers.Conv2D(3, 3), layers.BatchNormalization(), layers.Flatten(), layers.Dense(4)]
    model = nanoconv.Sequential([nanoconv.Input((6, 6, 1)), *stack, layers.Dropout(0.5)])
    model.compile(optimizer, "mse", metrics=["mae"])
    model.fit(np.ones((4, 6, 6, 1)), np.ones((4, 4)), verbose=0)
    return model


def without_seal(path: Path) -> None:
    """Take nanoconv's checksum away, as if Keras had written the file."""
    path.write_bytes(path.read_bytes().partition(b"\nnanoconv sha256")[0])


def write_archive(path: Path) -> None:
    """Write a `.keras` file."""
    network().save(path)


def write_hdf5(path: Path) -> None:
    """Write an `.h5` file without a checksum."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network().save(path)
    without_seal(path)


def write_weights(path: Path) -> None:
    """Write a `.weights.h5` file without a checksum."""
    network().save_weights(path)
    without_seal(path)


def write_json(make: Callable[[], Any]) -> Callable[[Path], None]:
    """Return a function that writes a model's whole configuration."""

    def write(path: Path) -> None:
        with sharing():
            path.write_text(json.dumps(serialize(make())))

    return write


def write_backup(path: Path) -> None:
    """Write a backup of a training."""
    folder = path.with_name("backup")
    backup = BackupAndRestore(folder, delete_checkpoint=False)
    network().fit(np.ones((4, 6, 6, 1)), np.ones((4, 4)), verbose=0, callbacks=[backup])
    (folder / "latest.npz").replace(path)


def write_idx(path: Path) -> None:
    """Write gzipped IDX."""
    path.write_bytes(gzip.compress(idx(X)))


def idx(x: np.ndarray) -> bytes:
    """Return an array as IDX."""
    sizes = b"".join(n.to_bytes(4, "big") for n in x.shape)
    return bytes([0, 0, 8, x.ndim]) + sizes + x.tobytes()


def write_emnist(path: Path) -> None:
    """Write what NIST publishes."""
    kinds = ("train-images-idx3", "train-labels-idx1", "test-images-idx3", "test-labels-idx1")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for kind, array in zip(kinds, (X, Y, X[:9], Y[:9]), strict=True):
            archive.writestr(f"gzip/emnist-digits-{kind}-ubyte.gz", gzip.compress(idx(array)))


def write_cifar(path: Path) -> None:
    """Write CIFAR's binary version."""
    with tarfile.open(path, "w:gz") as archive:
        for name in ("train.bin", "test.bin"):
            data = RNG.integers(0, 256, 3 * 3073, dtype=np.uint8).tobytes()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def write_corrections(path: Path) -> None:
    """Write the window's corrections."""
    images = RNG.random((20, 28, 28)).astype("float32")
    Corrections().with_all(images, np.arange(20) % 10).save(path)


def write_image(path: Path) -> None:
    """Write a digit."""
    save_img(path, X[0][..., None], scale=False, file_format=path.suffix[1:])


def model_arrays(model: Any) -> list[np.ndarray]:
    """Return all that a model has learnt."""
    return [v.value for v in [*model.variables, *model.optimizer.variables]]


_SHELL = network()


def load_weights(path: Path) -> list[np.ndarray]:
    """Read weights into a model that must not change where that fails."""
    before = [array.copy() for array in model_arrays(_SHELL)]
    try:
        _SHELL.load_weights(path)
    except BaseException:
        for old, now in zip(before, model_arrays(_SHELL), strict=True):
            assert old.tobytes() == now.tobytes(), "half a model was read"
        raise
    return model_arrays(_SHELL)


def corrections(path: Path) -> list[np.ndarray]:
    """Read the window's corrections."""
    read = Corrections.load(path)
    return [read.images, read.labels]


@dataclass
class Reader:
    """A kind of files.

    Attributes:
        ending: of their names.
        write: makes a whole one.
        read: reads one.
        sealed: whether a checksum covers all of it, so that it is never read changed.
        spoil: how it is damaged.
    """

    ending: str
    write: Callable[[Path], None]
    read: Callable[[Path], Any]
    sealed: bool = False
    spoil: Callable[[bytes, random.Random], bytes] | None = None


def spoil_config(whole: bytes, dice: random.Random) -> bytes:
    """Return a configuration with a value exchanged, or its text damaged."""
    if dice.random() < 0.3:
        return damage(whole, dice)
    return json.dumps(spoilt(json.loads(whole), dice)).encode()


def read_json(path: Path) -> Any:
    """Make a model from a text."""
    return model_from_json(path.read_bytes().decode("utf-8", "surrogateescape"))


def read_image(path: Path) -> Any:
    """Read an image with all of its pixels."""
    return img_to_array(load_img(path))


READERS = {
    "keras": Reader(
        ".keras", write_archive, lambda p: model_arrays(saving.load_model(p)), sealed=True
    ),
    "h5": Reader(".h5", write_hdf5, saving.load_model),
    "weights": Reader(".weights.h5", write_weights, load_weights),
    "chain": Reader(".json", write_json(chain), read_json, spoil=spoil_config),
    "graph": Reader(".json", write_json(graph), read_json, spoil=spoil_config),
    "npz": Reader(".npz", write_backup, lambda p: list(read_npz(p).values()), sealed=True),
    "backup": Reader(".npz", write_backup, lambda p: resume(p)),
    "corrections": Reader(".npz", write_corrections, corrections, sealed=True),
    "idx": Reader(".gz", write_idx, formats.read_idx, sealed=True),
    "emnist": Reader(
        ".zip", write_emnist, lambda p: formats.read_emnist([p], "digits"), sealed=True
    ),
    "cifar": Reader(
        ".tar.gz",
        write_cifar,
        lambda p: formats.read_cifar([p], ["train.bin"], "test.bin", 0, 1),
        sealed=True,
    ),
    "png": Reader(".png", write_image, read_image),
    "jpeg": Reader(".jpeg", write_image, read_image),
    "bmp": Reader(".bmp", write_image, read_image),
}


def resume(path: Path) -> None:
    """Restore a training from a backup."""
    folder = path.with_name("resumed")
    folder.mkdir(exist_ok=True)
    (folder / "latest.npz").write_bytes(path.read_bytes())
    backup = BackupAndRestore(folder)
    backup.set_model(_SHELL)
    backup.on_train_begin()


def damage(whole: bytes, dice: random.Random) -> bytes:
    """Return a file that is cut, partly overwritten, or has one to twenty bits flipped."""
    some, kind = bytearray(whole), dice.random()
    if kind < 0.2:
        del some[dice.randrange(len(some)) :]
    elif kind < 0.3:
        start = dice.randrange(len(some))
        some[start : start + 64] = dice.randbytes(len(some[start : start + 64]))
    elif kind < 0.4:  # a number that claims much
        start = dice.randrange(len(some))
        some[start : start + 4] = dice.choice([b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\x40"])
    else:
        ends = dice.random() < 0.3  # what says the sizes stands at the beginning and the end
        for _ in range(dice.choice([1, 1, 1, 2, 5, 20])):
            at = dice.randrange(min(len(some), 400)) if ends else dice.randrange(len(some))
            at = len(some) - 1 - at if ends and dice.random() < 0.5 else at
            some[at] ^= 1 << dice.randrange(8)
    return bytes(some)


def flat(value: Any) -> list[np.ndarray]:
    """Return all arrays in a result."""
    if isinstance(value, np.ndarray):
        return [value]
    return [one for inner in value for one in flat(inner)]


# ---- in a process of its own ---------------------------------------------------------------------


def peak() -> int:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def in_child(work: Callable[[], Iterator[Any]]) -> Iterator[Any]:
    """Yield what a forked process yields; then "hung" or "died" where it did.

    Args:
        work: yields what JSON can write.
    """
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read_end)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        with os.fdopen(write_end, "w") as out:
            for one in work():
                out.write(json.dumps(one) + "\n")
                out.flush()
            out.write('"done"\n')
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb", buffering=0) as incoming:
        said, ended = b"", "died"
        while ended == "died":
            if not select.select([incoming], [], [], PATIENCE)[0]:
                ended = "hung"
                break
            block = incoming.read(1 << 16)
            if not block:
                break
            *lines, said = (said + block).split(b"\n")
            for line in lines:
                one = json.loads(line)
                if one == "done":
                    ended = "done"
                    break
                yield one
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    if ended != "done":
        yield ended


def attempt(read: Callable[[Path], Any], path: Path) -> tuple[str, Any, str]:
    """Return what became of reading a file, and the words of an undocumented error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return "read", read(path), ""
    except DOCUMENTED as error:
        text = str(error)
        short = "\n" not in text and len(text) < 900
        return ("refused", None, "") if short else ("escaped", None, f"no sentence: {text[:300]}")
    except BaseException as error:
        return "escaped", None, f"{type(error).__name__}: {str(error)[:200]}"


def fuzz(name: str, tries: int, seed: int, folder: Path) -> collections.Counter[str]:
    """Read damaged files; return how many were read, refused, ..."""
    reader = READERS[name]
    whole_path, path = folder / f"whole{reader.ending}", folder / f"damaged{reader.ending}"
    reader.write(whole_path)
    whole = whole_path.read_bytes()
    expected = flat(reader.read(whole_path)) if reader.sealed else None
    expected = expected and [array.copy() for array in expected]

    def tried(first: int) -> Iterator[Any]:
        base = peak()
        for i in range(first, tries):
            dice = random.Random(f"{seed} {name} {i}")
            path.write_bytes((reader.spoil or damage)(whole, dice))
            outcome, value, text = attempt(reader.read, path)
            if outcome == "read" and expected is not None:
                got = flat(value)
                same = len(got) == len(expected) and all(map(np.array_equal, got, expected))
                outcome = "read" if same else "changed"
            if peak() - base > LARGEST:
                yield [i, "bloated", f"{peak() - base} MB, {outcome}"]
                return
            yield [i, outcome, text]

    counts: collections.Counter[str] = collections.Counter()
    done = 0
    while done < tries:
        for one in in_child(lambda first=done: tried(first)):  # type: ignore[misc]
            i, outcome, text = one if isinstance(one, list) else (done, one, "")
            done = i + 1
            counts[outcome] += 1
            if outcome not in ("read", "refused"):
                print(f"    {name} {i}: {outcome} {text}", flush=True)
    return counts


# ---- bombs ---------------------------------------------------------------------------------------


def deflated(path: Path, members: dict[str, bytes]) -> None:
    """Write a zip archive whose members are compressed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def npy(count: int, shape: tuple[int, ...] | None = None) -> bytes:
    """Return zeros in NumPy's format, with any shape in its header."""
    out = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": shape or (count,)}
    np.lib.format.write_array_header_1_0(out, header)
    return out.getvalue() + bytes(count)


def dense_config(units: int) -> dict[str, Any]:
    """Return the configuration of one dense layer."""
    start = {"class_name": "InputLayer", "config": {"batch_shape": [None, 1], "name": "in"}}
    dense = {"class_name": "Dense", "config": {"name": "d", "units": units, "use_bias": False}}
    return {"class_name": "Sequential", "config": {"name": "m", "layers": [start, dense]}}


def zeros_hdf5(n: int, whole: bool) -> bytes:
    """Return an HDF5 file with an array of zeros, compressed by HDF5."""
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        where: Any = file
        if whole:
            file.attrs["model_config"] = json.dumps(dense_config(n))
            where = file.create_group("model_weights")
            where.attrs["layer_names"] = [b"d"]
            where.create_group("d").attrs["weight_names"] = [b"kernel"]
        where = where["d"] if whole else file.create_group("layers/dense/vars")
        made = where.create_dataset(
            "kernel" if whole else "0", (1, n), "f4", chunks=(1, 1 << 22), compression=9
        )
        made[...] = 0
    return data.getvalue()


def bomb_keras(path: Path) -> None:
    """A `.keras` file whose weights are zeros, compressed twice."""
    members = {"config.json": json.dumps(dense_config(10**8)).encode(), "metadata.json": b"{}"}
    deflated(path, members | {"model.weights.h5": zeros_hdf5(10**8, whole=False)})


def bomb_member(name: str) -> Callable[[Path], None]:
    """A `.keras` file with one member of two gigabytes."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in ("config.json", "model.weights.h5"):
                with archive.open(member, "w") as file:
                    for _ in range(2000 if member == name else 1):
                        file.write(b"[" + b" " * (1 << 20))

    return write


def bomb_config(path: Path) -> None:
    """A `.keras` file whose configuration is a list of millions of lists."""
    deflated(path, {"config.json": b"[" + b"[]," * 30_000_000 + b"[]]", "model.weights.h5": b""})


def bomb_hdf5(path: Path) -> None:
    """An `.h5` file of zeros."""
    path.write_bytes(zeros_hdf5(3 * 10**8, whole=True))


def bomb_chunk(path: Path) -> None:
    """Weights in a chunk far larger than the array."""
    with h5py.File(path, "w") as file:
        group = file.create_group("layers/dense/vars")
        group.attrs["name"] = "dense"
        made = group.create_dataset(
            "0", (1, 4), "f4", maxshape=(None, None), chunks=(1, 1 << 29), compression=9
        )
        made[...] = 1


def bomb_npz(path: Path) -> None:
    """Corrections of 2 GB of black."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("images.npy", "w") as file:
            file.write(npy(0, (2 * 10**9 // 784, 28, 28)))
            for _ in range(2000):
                file.write(bytes(1 << 20))
        archive.writestr("labels.npy", npy(3))


def bomb_many(path: Path) -> None:
    """An archive of many arrays, none too large."""
    deflated(path, {f"{i}.npy": npy(60 << 20) for i in range(30)})


def bomb_header(path: Path) -> None:
    """An array whose header claims far more than there is."""
    deflated(path, {"images.npy": npy(1000, (10**5, 10**5)), "labels.npy": npy(3)})


def bomb_idx(path: Path) -> None:
    """Gzipped IDX of 2 GB of black."""
    with gzip.open(path, "wb") as file:
        file.write(idx(np.zeros((0, 28, 28), np.uint8))[:4])
        file.write(b"".join(n.to_bytes(4, "big") for n in (2 << 11, 1 << 10, 1 << 10)))
        for _ in range(2 << 11):
            file.write(bytes(1 << 20))


def bomb_tar(path: Path) -> None:
    """CIFAR's archive with one member of 2 GB; and its name could be as long."""
    member = tarfile.TarInfo("train.bin")
    member.size = 2 << 30
    with gzip.open(path, "wb") as file:
        file.write(member.tobuf())
        for _ in range(2 << 10):
            file.write(bytes(1 << 20))


def bomb_png(side: int) -> Callable[[Path], None]:
    """A black image of many pixels."""
    return lambda path: write_black(path, side)


def write_black(path: Path, side: int) -> None:
    """Write a black image of side x side pixels."""
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(bytes(3 * side + 1)) for _ in range(side)) + rows.flush()

    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(name + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + name + content + checksum

    size = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size)
    path.write_bytes(start + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def bomb_json(class_name: str, side: int = 10**9, **arguments: Any) -> Callable[[Path], None]:
    """A text that describes a layer of impossible size."""

    def write(path: Path) -> None:
        inside = {"name": "x", **arguments}
        shape = [None, side, side, 3] if class_name != "Dense" else [None, side]
        start = {"class_name": "InputLayer", "config": {"batch_shape": shape, "name": "in"}}
        end = {"class_name": class_name, "config": inside}
        config = {"class_name": "Sequential", "config": {"name": "m", "layers": [start, end]}}
        path.write_text(json.dumps(config))

    return write


def read_cifar(path: Path) -> Any:
    """Read CIFAR's archive."""
    return formats.read_cifar([path], ["train.bin"], "test.bin", 0, 1)


BOMBS: dict[str, tuple[str, Callable[[Path], None], Callable[[Path], Any]]] = {
    ".keras of zeros": ("b.keras", bomb_keras, saving.load_model),
    ".keras, weights": ("b.keras", bomb_member("model.weights.h5"), saving.load_model),
    ".keras, config": ("b.keras", bomb_member("config.json"), saving.load_model),
    ".keras, lists": ("b.keras", bomb_config, saving.load_model),
    ".h5 of zeros": ("b.h5", bomb_hdf5, saving.load_model),
    ".weights.h5, a chunk": ("b.weights.h5", bomb_chunk, load_weights),
    "corrections": ("b.npz", bomb_npz, Corrections.load),
    "corrections, header": ("b.npz", bomb_header, Corrections.load),
    "backup": ("b.npz", bomb_many, resume),
    "npz, header": ("b.npz", bomb_header, read_npz),
    "IDX": ("b.gz", bomb_idx, formats.read_idx),
    "CIFAR": ("b.tar.gz", bomb_tar, read_cifar),
    "PNG": ("b.png", bomb_png(13_000), read_image),
    "PNG, smaller": ("b.png", bomb_png(4_700), read_image),
    "JSON, units": ("b.json", bomb_json("Dense", 4, units=10**9), read_json),
    "JSON, inputs": ("b.json", bomb_json("Dense", units=10), read_json),
    "JSON, filters": (
        "b.json",
        bomb_json("Conv2D", 8, filters=10**8, kernel_size=3),
        read_json,
    ),
    "JSON, kernel": (
        "b.json",
        bomb_json("Conv2D", 10**5, filters=1, kernel_size=10**4),
        read_json,
    ),
    "JSON, image": ("b.json", bomb_json("MaxPooling2D", 10**5), read_json),
    "JSON, padding": ("b.json", bomb_json("ZeroPadding2D", 8, padding=10**6), read_json),
    "JSON, upsampling": ("b.json", bomb_json("UpSampling2D", 8, size=[10**6] * 2), read_json),
    "JSON, resizing": ("b.json", bomb_json("Resizing", 8, height=10**6, width=10**6), read_json),
}


def bomb(name: str, folder: Path) -> str:
    """Read a bomb; return "" where little memory was taken, and the file was read or refused."""
    file_name, write, read = BOMBS[name]
    path = folder / file_name
    for _ in in_child(lambda: iter([write(path)])):
        pass

    def work() -> Iterator[Any]:
        base = peak()
        outcome, _, text = attempt(read, path)
        yield [outcome, text, peak() - base]

    wrong = []
    for one in in_child(work):
        outcome, text, mb = one if isinstance(one, list) else (one, "", 0)
        print(f"    {name}: {path.stat().st_size / 1e6:.3f} MB -> {outcome} {text}, {mb} MB more")
        if outcome not in ("read", "refused") or mb > LARGEST:
            wrong.append(f"{name}: {outcome} {text} {mb} MB")
    path.unlink()
    return "; ".join(wrong)


# ---- kills ---------------------------------------------------------------------------------------


def kill(name: str, kills: int, seed: int, folder: Path) -> collections.Counter[str]:
    """Kill programs while they save; return how many left a whole file, or a damaged one."""
    path, dice = folder / name, random.Random(seed)
    models = [network("adam") for _ in range(2)]
    weights = [model.get_weights()[0].tobytes() for model in models]

    def save(model: Any) -> None:
        model.save_weights(path) if name.endswith(".weights.h5") else model.save(path)

    counts: collections.Counter[str] = collections.Counter()
    start = time.monotonic()
    for model in models * 5:
        save(model)
    usual = (time.monotonic() - start) / 10
    for _ in range(kills):
        pid = os.fork()
        if pid == 0:
            while True:
                for model in models:
                    save(model)
        time.sleep(dice.uniform(0, 4 * usual))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        outcome, _, text = attempt(lambda p: load_weights(p)[0], path)
        known = outcome == "read" and _SHELL.get_weights()[0].tobytes() in weights
        counts["whole" if known else "damaged"] += 1
        if not known:
            print(f"    {name}: {outcome} {text}")
        counts["orphans seen"] += len(list(folder.iterdir())) - 1
    save(models[0])
    counts["orphans"] = len(list(folder.iterdir())) - 1
    return counts


# ---- the command ---------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Return how many things went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.saving.torture", description=__doc__)
    parser.add_argument("--tries", type=int, default=10_000, help="damaged files of each reader")
    parser.add_argument("--kills", type=int, default=300, help="of each kind of file, a third")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", help=f"bombs, kills, {', '.join(READERS)}")
    options = parser.parse_args(arguments)
    chosen, wrong, rows = options.only or [*READERS, "bombs", "kills"], 0, []
    for name in (name for name in READERS if name in chosen):
        with tempfile.TemporaryDirectory() as folder:
            counts = fuzz(name, options.tries, options.seed, Path(folder))
        failures = options.tries - counts["read"] - counts["refused"]
        wrong += failures
        rows.append((name, options.tries, counts["read"], counts["refused"], failures))
        print("{:14} {:7} tries {:7} read {:7} refused {:5} failures".format(*rows[-1]), flush=True)
    if "bombs" in chosen:
        with tempfile.TemporaryDirectory() as folder:
            failed = [text for name in BOMBS if (text := bomb(name, Path(folder)))]
        wrong += len(failed)
        print(f"{'bombs':14} {len(BOMBS):7} tries {len(failed):5} failures", *failed, flush=True)
    if "kills" in chosen:
        for name in ("m.keras", "m.h5", "m.weights.h5"):
            with tempfile.TemporaryDirectory() as folder:
                counts = kill(name, -(-options.kills // 3), options.seed, Path(folder))
            wrong += counts["damaged"] + counts["orphans"]
            print(f"{'kills':14} {name}: {dict(counts)}", flush=True)
    return wrong


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(min(main(), 1))
