"""Loading never runs code from a file, follows no links out of it, and checks sizes first."""

from __future__ import annotations

import base64
import copy
import json
import marshal
import warnings
import zipfile

import h5py
import numpy as np
import pytest

import nanoconv
from nanoconv import layers, saving
from tests.saving.helpers import cnn

MARKER = "code-from-the-file-was-run"
CODE = base64.b64encode(
    marshal.dumps(compile(f"open({MARKER!r}, 'w')", "<lambda>", "eval"))
).decode()
OLD_LAMBDA = {
    "class_name": "Lambda",
    "config": {
        "name": "evil",
        "trainable": True,
        "function": [CODE, None, None],
        "function_type": "lambda",
        "output_shape": None,
        "arguments": {},
    },
}


def new_lambda(function):
    """Return a Lambda layer of Keras 3 that calls what `function` describes."""
    config = {"name": "evil", "function": function, "arguments": {"command": f"touch {MARKER}"}}
    return {"module": "keras.layers", "class_name": "Lambda", "config": config}


def function(module, name):
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


BYTECODE = {"class_name": "__lambda__", "config": {"code": CODE, "defaults": None, "closure": None}}
LAYER_FROM_OS = {
    "module": "os",
    "class_name": "system",
    "config": {"name": "evil", "command": f"touch {MARKER}"},
    "registered_name": "system",
}
UNLOCK = function("keras.config", "enable_unsafe_deserialization")
PUBLISHED = {
    "CVE-2024-3660, .h5": ("m.h5", [OLD_LAMBDA]),
    "CVE-2024-3660, .keras": ("m.keras", [new_lambda(BYTECODE)]),
    "CVE-2025-1550, a layer": ("m.keras", [LAYER_FROM_OS]),
    "CVE-2025-1550, a function": ("m.keras", [new_lambda(function("os", "system"))]),
    "CVE-2025-8747": ("m.keras", [new_lambda(function("keras.utils", "get_file"))]),
    "CVE-2025-9905": ("m.h5", [OLD_LAMBDA]),
    "CVE-2025-9906": ("m.keras", [{**UNLOCK, "name": "evil"}, new_lambda(BYTECODE)]),
    "CVE-2025-9906, called": ("m.keras", [new_lambda(UNLOCK), new_lambda(BYTECODE)]),
}


def write(path, layer_configs, compile_config=None):
    """Write a model file with any configuration of its layers, and no weights."""
    start = {"class_name": "InputLayer", "config": {"batch_shape": [None, 4], "name": "in"}}
    inner = {"name": "model", "layers": [start, *layer_configs]}
    config = {"module": "keras", "class_name": "Sequential", "config": inner}
    if compile_config is not None:
        config["compile_config"] = compile_config
    if path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps(config)
            file.create_group("model_weights").attrs["layer_names"] = np.array([], "S1")
        return path
    empty = path.with_name("empty.h5")
    h5py.File(empty, "w").close()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("metadata.json", "{}")
        archive.write(empty, "model.weights.h5")
    return path


@pytest.fixture(autouse=True)
def nothing_was_run(tmp_path, monkeypatch):
    """Fail where the code in a file has run."""
    monkeypatch.chdir(tmp_path)
    yield
    assert not (tmp_path / MARKER).exists()


@pytest.mark.parametrize("safe_mode", [True, False])
@pytest.mark.parametrize("case", PUBLISHED)
def test_published_attacks_are_refused_by_a_sentence_that_names_the_layer(
    tmp_path, case, safe_mode
):
    name, attack = PUBLISHED[case]
    path = write(tmp_path / name, copy.deepcopy(attack))
    with pytest.raises(ValueError, match=r"layer 'evil' .*(never runs code|nothing that a file)"):
        saving.load_model(path, safe_mode=safe_mode)


def test_the_bytecode_in_these_files_would_really_run(tmp_path):
    eval(marshal.loads(base64.b64decode(CODE)))
    (tmp_path / MARKER).unlink()  # else nothing_was_run would fail


@pytest.mark.parametrize(
    "arguments",
    [
        {"activation": function("builtins", "exec")},
        {"activation": function("os", "system")},
        {"kernel_initializer": {**LAYER_FROM_OS, "config": {"command": f"touch {MARKER}"}}},
        {"kernel_regularizer": {**LAYER_FROM_OS, "config": {"command": f"touch {MARKER}"}}},
        {"kernel_constraint": {"module": "builtins", "class_name": "eval", "config": {}}},
        {"dtype": {"module": "os", "class_name": "system", "config": {"name": "x"}}},
        {"units": [[[]]]},
        {"units": 10**400},
        {"name": {"a": 1}},
        {"no_such_argument": 1},
    ],
    ids=lambda arguments: next(iter(arguments)),
)
def test_whatever_a_layer_is_given_only_names_of_nanoconv_count(tmp_path, arguments):
    dense = {"class_name": "Dense", "config": {"name": "evil", "units": 2, **arguments}}
    with pytest.raises(ValueError, match=r"layer .*Dense|evil/kernel"):
        saving.load_model(write(tmp_path / "m.keras", [dense]))


@pytest.mark.parametrize("key", ["optimizer", "loss", "metrics"])
def test_compile_settings_import_nothing(tmp_path, key):
    settings = {"optimizer": "sgd", "loss": "mse", key: LAYER_FROM_OS}
    with pytest.raises(ValueError, match="'system' is not known"):
        saving.load_model(write(tmp_path / "m.keras", [], settings))


def test_a_class_of_the_user_that_is_no_layer_is_not_even_made(tmp_path):
    class Loud:
        def __init__(self, **_):
            raise AssertionError("it was made")

        @classmethod
        def from_config(cls, config):
            return cls(**config)

    path = write(tmp_path / "m.keras", [{"class_name": "Loud", "config": {"name": "evil"}}])
    with pytest.raises(ValueError, match=r"layer 'evil' .* is no layer"):
        saving.load_model(path, custom_objects={"Loud": Loud})


# ---- sizes --------------------------------------------------------------------------------------


def test_a_model_larger_than_its_file_is_refused_before_it_is_made(tmp_path):
    large = {"class_name": "Dense", "config": {"name": "large", "units": 10**9}}
    for name in ("m.keras", "m.h5"):
        with pytest.raises(ValueError, match=r"large/kernel has 1\.6e\+10 bytes"):
            saving.load_model(write(tmp_path / name, [large]))


def test_oversized_members_are_refused(tmp_path):
    for member, size, said in (
        ("config.json", 10**7, "has 10000000 characters"),
        ("config.json", 2 * 10**8, "claims 200000000 bytes"),
        ("model.weights.h5", 2 * 10**8, "claims 200000000 bytes"),
    ):
        with zipfile.ZipFile(tmp_path / "m.keras", "w", zipfile.ZIP_DEFLATED) as archive:
            for name in ("config.json", "model.weights.h5"):
                archive.writestr(name, bytes(size) if name == member else "{}")
        with pytest.raises(ValueError, match=f"{member} {said}"):
            saving.load_model(tmp_path / "m.keras")


def test_a_member_that_lies_about_its_size_is_refused(tmp_path):
    path = write(tmp_path / "m.keras", [])
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("model.weights.h5").file_size.to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(2 * size, 2 * (2**31).to_bytes(4, "little")))
    with pytest.raises(ValueError, match=r"weights\.h5 claims 2147483648 bytes"):
        saving.load_model(path)


def test_names_that_lead_elsewhere_are_never_unpacked(tmp_path):
    (tmp_path / "inside").mkdir()
    path = tmp_path / "inside" / "m.keras"
    cnn().save(path)
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("../outside.txt", "x")
        archive.writestr("/tmp/../outside.txt", "x")
    saving.load_model(path)
    assert not (tmp_path / "outside.txt").exists()
    assert [p.name for p in path.parent.iterdir()] == ["m.keras"]


def weights_file(tmp_path):
    """Write weights as Keras does, without nanoconv's checksum."""
    model = nanoconv.Sequential([nanoconv.Input((4,)), layers.Dense(3)])
    path = tmp_path / "m.weights.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("layers/dense/vars")
        group["0"], group["1"] = np.ones((4, 3), "f4"), np.ones(3, "f4")
    return model, path


def refused(model, path, match):
    before = [w.copy() for w in model.get_weights()]
    with pytest.raises(ValueError, match=match):
        model.load_weights(path)
    for w, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(w, old)


@pytest.mark.parametrize("what", ["0", "layers"])
@pytest.mark.parametrize("link", ["soft", "external"])
def test_links_are_not_followed(tmp_path, what, link):
    model, path = weights_file(tmp_path)
    target = tmp_path / "target.h5"
    path.rename(target)
    with h5py.File(path, "w") as file:
        parent = file.create_group("layers/dense/vars") if what == "0" else file
        if what == "0":
            parent["1"] = np.ones(3, "f4")
        inside = "/layers/dense/vars/0" if what == "0" else "/layers"
        here = {"soft": h5py.SoftLink(inside), "external": h5py.ExternalLink(str(target), inside)}
        parent[what] = here[link]
    refused(model, path, "follows no links")


def test_arrays_outside_the_file_are_not_read(tmp_path):
    model, path = weights_file(tmp_path)
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(48))
    for kind in ("external", "virtual"):
        with h5py.File(path, "a") as file:
            group = file["layers/dense/vars"]
            del group["0"]
            if kind == "external":
                group.create_dataset("0", (4, 3), "f4", external=[(str(secret), 0, 48)])
            else:
                layout = h5py.VirtualLayout((4, 3), "f4")
                layout[:] = h5py.VirtualSource(str(secret), "x", (4, 3))
                group.create_virtual_dataset("0", layout)
        refused(model, path, "in another file" if kind == "external" else "another file|sizes of")


def test_arrays_that_claim_more_than_the_file_holds_are_not_read(tmp_path):
    model, path = weights_file(tmp_path)
    with h5py.File(path, "a") as file:
        group = file["layers/dense/vars"]
        del group["0"]
        group.create_dataset("0", (10**6, 10**6), "f4", chunks=(10, 10), compression="gzip")
    refused(model, path, "claims 4000000000000 bytes")


@pytest.mark.parametrize("dtype", [h5py.string_dtype(), np.dtype("V8"), h5py.ref_dtype])
def test_arrays_of_anything_but_numbers_are_not_read(tmp_path, dtype):
    model, path = weights_file(tmp_path)
    with h5py.File(path, "a") as file:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_dataset("0", (4, 3), dtype)
    refused(model, path, "plain numbers are needed")


def test_groups_in_a_circle_are_no_endless_way(tmp_path):
    path = write(tmp_path / "m.h5", [])
    with h5py.File(path, "a") as file:
        file["model_weights/again"] = file["model_weights"]
        file["model_weights"].attrs["layer_names"] = np.array([b"again/again/again"])
        file["model_weights"].attrs["weight_names"] = np.array([], "S1")
    assert saving.load_model(path).count_params() == 0


def test_nothing_is_written_where_the_last_array_is_damaged(tmp_path):
    model, path = weights_file(tmp_path)
    with h5py.File(path, "w") as file:
        group = file.create_group("layers/dense/vars")
        group.create_dataset("0", data=np.ones((4, 3), "f4"))
        group.create_dataset("1", data=np.full(3, 1.25, "f4"), fletcher32=True)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(np.full(3, 1.25, "f4").tobytes(), np.ones(3, "f4").tobytes()))
    refused(model, path, "damaged")


def test_deep_nesting_ends_in_a_sentence(tmp_path):
    for text in ("[" * 100_000, '{"a":' * 100_000):
        with pytest.raises(ValueError, match="not JSON"):
            nanoconv.models.model_from_json(text)
