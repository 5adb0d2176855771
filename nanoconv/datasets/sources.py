"""Finds a data set: one chain of sources, the same for every data set.

1. `path=`, where it names a folder or a file in a folder: used as it is, or an error;
2. the folder that the environment variable NANOCONV_DATA names, and in it the folder of the set;
3. nanoconv's cache (`~/.cache/nanoconv/datasets`; NANOCONV_HOME moves `~/.cache/nanoconv`), then
   Keras' cache (`~/.keras/datasets`; KERAS_HOME moves `~/.keras`);
4. what tensorflow-datasets has prepared (`~/tensorflow_datasets`; TFDS_DATA_DIR moves it);
5. a download into nanoconv's cache.

Files in caches and downloads are compared with their published sha256, what the user points at is
checked by structure. A source that turns out to be damaged is named in a warning and passed over.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from nanoconv.datasets.dataset_errors import DatasetDamaged, DatasetNotFound

from . import formats, network, tfds, verification
from .catalog import Dataset, Edition, npz_edition
from .formats import Arrays

log = logging.getLogger("nanoconv.datasets")


class Source(NamedTuple):
    """Where a data set was read from.

    Attributes:
        kind: "path", "environment", "cache", "keras", "tensorflow-datasets", "download", "sample".
        location: the file, folder or address.
    """

    kind: str
    location: str

    def __str__(self) -> str:
        return f"{self.location} ({self.kind})"


@dataclass(frozen=True)
class Candidate:
    """A place that seems to have the data set; `read` finds out."""

    source: Source
    read: Callable[[], Arrays]


_last: dict[str, Source] = {}


def last_source(name: str) -> Source | None:
    """Say where a data set was read from when it was last loaded in this process.

    Args:
        name: name of the data set's module, for example "mnist".

    Returns:
        The source, or None if the data set has not been loaded.
    """
    return _last.get(name)


def used(name: str, source: Source) -> None:
    """Remember and log the source of a data set."""
    _last[name] = source
    log.info("%s is read from %s", name, source)


def load(
    dataset: Dataset, path: str | os.PathLike[str] | None = None, *, download: bool = True
) -> Arrays:
    """Read a data set from the first source that has it.

    Args:
        dataset: the declaration.
        path: None; a bare file name, which is looked up in the caches; or a file or folder to use.
        download: whether the last source, the network, may be tried.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, uint8.

    Raises:
        DatasetNotFound: no source has it.
        DatasetDamaged: the file or folder that `path` names is not this data set.
    """
    if path is not None and _is_explicit(path):
        candidates: Iterable[Candidate] = [_from_path(dataset, Path(path).expanduser())]
        tolerant = False
    else:
        if path is not None:
            dataset = _named(dataset, os.fspath(path))
        candidates, tolerant = _candidates(dataset, download), True
    problems = []
    for candidate in candidates:
        try:
            arrays = verification.conform(candidate.read(), dataset, candidate.source.location)
        except (DatasetDamaged, OSError) as problem:
            if not tolerant:
                raise
            log.warning("%s; not used", problem)
            problems.append(str(problem))
        else:
            used(dataset.name, candidate.source)
            return arrays
    raise DatasetNotFound(_not_found(dataset, problems, download))


def loaders(
    dataset: Dataset, megabytes: int, where: str | None = None
) -> tuple[Callable[..., Arrays], Callable[..., Arrays], Callable[[], Source | None]]:
    """Return `load_data`, `load_local` and `source`, the functions of a data set's module.

    Args:
        dataset: the declaration.
        megabytes: the size of a download, for the documentation.
        where: the default of `path`.
    """

    def load_data(path: str | os.PathLike[str] | None = where) -> Arrays:
        return load(dataset, path)

    def load_local(path: str | os.PathLike[str] | None = where) -> Arrays:
        return load(dataset, path, download=False)

    def source() -> Source | None:
        """Say from where the images came that were last loaded in this process, or None.

        Returns:
            `(kind, location)`; kind is "path", "environment", "cache", "keras",
            "tensorflow-datasets", "download" or "sample".
        """
        return last_source(dataset.name)

    column = "1" if dataset.column_labels else ""
    load_data.__doc__ = f"""Load {dataset.title} from this machine or, failing that, the network.

    Looks in the folder that NANOCONV_DATA names, in nanoconv's and Keras' caches and among the data
    sets that tensorflow-datasets has prepared, then downloads {megabytes} MB. `source()` says what
    was used; without internet it fails within seconds.

    Args:
        path: None; or a folder of the published files (or the file itself, where it is one); or an
            .npz file with x_train, y_train, x_test and y_test. A bare file name is looked up in the
            caches.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images {("N", *dataset.image_shape)}
        from 0 to 255 and labels (N, {column}) from 0 to {dataset.classes - 1}; N is
        {dataset.train}, then {dataset.test}.

    Raises:
        DatasetNotFound: no source has it, or `path` does not exist.
        DatasetDamaged: what `path` names is not {dataset.title}.

    Reference: https://keras.io/api/datasets/
    """.replace("'N'", "N").replace("N, )", "N,)")
    load_local.__doc__ = (
        f"Load {dataset.title} as `load_data` does if it is on this machine; never touch the "
        "network."
    )
    for function in (load_data, load_local, source):
        function.__module__ = f"nanoconv.datasets.{dataset.name}"
        function.__qualname__ = function.__name__
    return load_data, load_local, source


def _is_explicit(path: str | os.PathLike[str]) -> bool:
    """A path with a folder in it, or a folder itself; anything else is a name in a cache."""
    return os.path.dirname(path) != "" or Path(path).is_dir()


def _named(dataset: Dataset, name: str) -> Dataset:
    """Let the data set's .npz file have another name in the caches."""
    published = [e.archives[0] for e in dataset.editions if e.archives[0].name.endswith(".npz")]
    if published:
        npz = npz_edition(name, published[0].sha256, published[0].urls)
    else:
        npz = npz_edition(name)
    return replace(dataset, editions=(npz, *dataset.editions))


def _candidates(dataset: Dataset, download: bool) -> Iterator[Candidate]:
    """Yield the places to look in, in order; nothing is opened and nothing fetched in advance."""
    yield from _from_environment(dataset)
    own = cache_folder() / dataset.name
    yield from _from_cache(dataset, "cache", own)
    yield from _from_cache(dataset, "keras", keras_cache_folder() / dataset.keras_folder)
    yield from _from_tfds(dataset)
    if download:
        yield from _from_network(dataset, own)


def cache_folder() -> Path:
    """nanoconv's own cache; a data set has a folder of its name in it."""
    home = os.environ.get("NANOCONV_HOME")
    if home:
        return Path(home).expanduser() / "datasets"
    import pooch  # here, because it takes a tenth of a second to import

    return Path(pooch.os_cache("nanoconv")) / "datasets"


def keras_cache_folder() -> Path:
    """The folder in which Keras keeps what its own `load_data` functions download."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"


def _from_path(dataset: Dataset, path: Path) -> Candidate:
    """The file or folder that the user names."""
    if not path.exists():
        raise DatasetNotFound(
            f"{path} does not exist: path= takes an .npz file, a folder of {dataset.title}'s "
            "published files, or a bare file name, which is looked up in the caches"
        )
    source = Source("path", str(path))
    if path.is_dir():
        for candidate in _in_folder(dataset, path, "path"):
            return replace(candidate, source=source)
        if (path / "dataset_info.json").exists():
            return Candidate(source, partial(tfds.read_prepared, path, dataset))
        expected = " or ".join(", ".join(edition.names) for edition in dataset.editions)
        raise DatasetNotFound(f"{path} does not hold {dataset.title}: expected {expected}")
    for edition in dataset.editions:
        if edition.names == [path.name]:
            return Candidate(source, partial(edition.read, [path]))
    return Candidate(source, partial(formats.read_npz, [path]))


def _from_environment(dataset: Dataset) -> Iterator[Candidate]:
    """The folder that NANOCONV_DATA names, or the folder of the data set's name inside."""
    value = os.environ.get("NANOCONV_DATA")
    if not value:
        return
    root = Path(value).expanduser()
    if not root.is_dir():
        log.warning("NANOCONV_DATA=%s is not a folder; not used", value)
    for folder in (root / dataset.name, root):
        yield from _in_folder(dataset, folder, "environment")


def _in_folder(dataset: Dataset, folder: Path, kind: str) -> Iterator[Candidate]:
    """Editions that a user has put into a folder, unpacked or not."""
    for edition in (*dataset.editions, npz_edition(f"{dataset.name}.npz")):
        paths = [_spelled(folder, archive.name) for archive in edition.archives]
        found = [path for path in paths if path is not None]
        if len(found) == len(paths):
            location = str(found[0] if len(found) == 1 else folder)
            yield Candidate(Source(kind, location), partial(edition.read, found))


def _spelled(folder: Path, name: str) -> Path | None:
    """Find a file under its published name, without .gz, or with a dot as some tools unpack it."""
    plain = name.removesuffix(".gz")
    for spelling in (name, plain, plain.replace("-idx", ".idx")):
        if (folder / spelling).is_file():
            return folder / spelling
    return None


def _from_cache(dataset: Dataset, kind: str, folder: Path) -> Iterator[Candidate]:
    """Complete editions in a cache."""
    for edition in dataset.editions:
        paths = [folder / archive.name for archive in edition.archives]
        if all(path.is_file() for path in paths):
            location = str(paths[0] if len(paths) == 1 else folder)
            yield Candidate(Source(kind, location), partial(_read_published, edition, paths))


def _read_published(edition: Edition, paths: list[Path]) -> Arrays:
    """Read published files, after comparing each with its digest."""
    for path, archive in zip(paths, edition.archives, strict=True):
        verification.verify(path, archive.sha256)
    return edition.read(paths)


def _from_tfds(dataset: Dataset) -> Iterator[Candidate]:
    """Versions that tensorflow-datasets has prepared, the newest first."""
    for folder in tfds.prepared_folders(dataset.tfds_name) if dataset.tfds_name else ():
        source = Source("tensorflow-datasets", str(folder))
        yield Candidate(source, partial(tfds.read_prepared, folder, dataset))


def _from_network(dataset: Dataset, folder: Path) -> Iterator[Candidate]:
    """What can be downloaded, and is then kept in nanoconv's cache."""

    def read() -> Arrays:
        edition, paths = network.download(dataset.editions, folder)
        return edition.read(paths)

    if any(edition.urls for edition in dataset.editions):
        yield Candidate(Source("download", str(folder)), read)


def _not_found(dataset: Dataset, problems: list[str], download: bool) -> str:
    """Say in one sentence what was missed and what to do."""
    tried = "could not be downloaded" if download else "nothing was downloaded"
    reasons = f" ({'; '.join(problems)})" if problems else ""
    fetch = "" if download else f"nanoconv.datasets.{dataset.name}.load_data() to download it, "
    return (
        f"{dataset.title} is not on this machine and {tried}{reasons}: write {fetch}"
        f"load_data(path=...) with a folder of its files, or "
        f"nanoconv.datasets.mnist.load_sample() for the 5,000 digits that nanoconv brings along."
    )
