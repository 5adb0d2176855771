"""Downloads files, and never makes a user without internet wait.

First every mirror is asked, all at once, whether it answers: three seconds later it is clear which
ones are worth waiting for. Those are then tried in order, each file going to a temporary folder
and, once its sha256 is right, into its place. A transfer that stands still is given up.

Proxies and certificates come from the usual environment variables (HTTPS_PROXY, NO_PROXY,
REQUESTS_CA_BUNDLE, ...).
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from nanoconv.datasets.dataset_errors import DatasetDamaged

from . import tfds, verification
from .catalog import Archive, Edition

log = logging.getLogger("nanoconv.datasets")

ANSWER_SECONDS = 3.0
STALL_SECONDS = 10.0

TFDS_PROGRAM = """
import sys
import tensorflow_datasets
manager = tensorflow_datasets.download.DownloadManager(download_dir=sys.argv[2])
print(manager.download(sys.argv[1]))
"""


class DownloadFailed(OSError):
    """No mirror delivered the genuine file."""


def download(editions: Sequence[Edition], folder: Path) -> tuple[Edition, list[Path]]:
    """Download the first edition that can be had completely.

    Args:
        editions: ways in which the data set is published, the preferred one first.
        folder: the data set's folder in the cache; where it cannot be written to, a temporary one.

    Returns:
        The edition and the paths of its files.

    Raises:
        DownloadFailed: no mirror answers, or none delivers the genuine files.
    """
    published = [edition for edition in editions if edition.urls]
    urls = [url for edition in published for url in edition.urls]
    alive = answering(urls)
    if not alive:
        raise DownloadFailed(f"no answer from {_hosts(urls)}")
    folder = _writable(folder)
    problems = []
    for edition in published:
        try:
            return edition, [fetch(archive, folder, alive) for archive in edition.archives]
        except DownloadFailed as problem:
            problems.append(str(problem))
    raise DownloadFailed("; ".join(problems))


def answering(urls: Iterable[str]) -> set[str]:
    """Ask all addresses at once and return those that answer with success in time.

    The threads are daemons: a name server that keeps silent (no timeout of ours reaches it) can
    hold them, but neither the caller nor the end of the program.
    """
    import requests

    alive: set[str] = set()

    def ask(url: str) -> None:
        try:
            with requests.get(url, stream=True, timeout=ANSWER_SECONDS) as response:
                if response.ok:
                    alive.add(url)
        except (OSError, ValueError) as problem:
            log.debug("%s does not answer: %s", url, problem)

    threads = [threading.Thread(target=ask, args=(url,), daemon=True) for url in urls]
    deadline = time.monotonic() + ANSWER_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return set(alive)


def fetch(archive: Archive, folder: Path, alive: set[str]) -> Path:
    """Download one file from the first mirror that delivers the genuine one.

    Args:
        archive: the file.
        folder: where it belongs.
        alive: the addresses worth trying.

    Returns:
        The path of the file in the folder.
    """
    problems = []
    for url in (url for url in archive.urls if url in alive):
        for transfer in transfers():
            try:
                with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as temporary:
                    arrived = transfer(url, Path(temporary))
                    verification.verify(arrived, archive.sha256)
                    log.info("%s was downloaded from %s", archive.name, url)
                    return arrived.replace(folder / archive.name)
            except (DatasetDamaged, OSError) as problem:
                log.warning("%s could not be downloaded: %s", url, problem)
                problems.append(f"{url}: {problem}")
    raise DownloadFailed("; ".join(problems) or f"no answer from {_hosts(archive.urls)}")


def _hosts(urls: Iterable[str]) -> str:
    """The servers' names, for messages."""
    return ", ".join(dict.fromkeys(urlsplit(url).netloc for url in urls))


def _writable(folder: Path) -> Path:
    """Make the folder, or, where that is not allowed, a temporary one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as problem:
        substitute = Path(tempfile.mkdtemp(prefix="nanoconv-"))
        log.warning("nothing can be kept in %s (%s): using %s", folder, problem, substitute)
        return substitute


Transfer = Callable[[str, Path], Path]
"""Download an address into a folder and return the file's path; OSError if it fails."""


def transfers() -> Iterator[Transfer]:
    """tensorflow-datasets' download manager where it is installed, then pooch."""
    if tfds.installed():
        yield with_tfds
    yield with_pooch


def with_pooch(url: str, folder: Path) -> Path:
    """Download with pooch, which the library depends on."""
    import pooch

    arrived = folder / "pooch"
    with_bar = importlib.util.find_spec("tqdm") is not None
    timeout = (ANSWER_SECONDS, STALL_SECONDS)
    pooch.HTTPDownloader(progressbar=with_bar, timeout=timeout)(url, str(arrived), None)
    return arrived


def with_tfds(url: str, folder: Path) -> Path:
    """Download with tensorflow-datasets' download manager.

    It waits without limit for a silent server and tries ten times to reach a dead one, and has no
    option against that. So it runs in a process of its own, which can be ended.
    """
    command = [sys.executable, "-c", TFDS_PROGRAM, url, str(folder)]
    seen, moved = 0, 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            while process.poll() is None:
                time.sleep(0.05)
                before, seen = seen, _progress(folder)
                if seen != before:
                    moved = time.monotonic()
                elif seen and time.monotonic() - moved > STALL_SECONDS:
                    raise DownloadFailed(f"nothing arrived for {STALL_SECONDS:g} seconds")
            printed = process.stdout.read() if process.stdout else ""
        finally:
            process.kill()
    if process.returncode != 0:
        raise DownloadFailed("tensorflow-datasets' download manager gave up")
    return Path(printed.splitlines()[-1])


def _progress(folder: Path) -> int:
    """A number that grows with every file, folder and byte; 0 until the transfer has begun."""
    seen = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # renamed while we look
            seen += 1 + path.stat().st_size
    return seen
