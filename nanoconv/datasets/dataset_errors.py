"""Errors of data sets: not there, or damaged."""

from __future__ import annotations

from nanoconv.core.safe_files import FileRefused


class DatasetNotFound(FileNotFoundError):
    """No source offers the data set; the message says where it was looked for and what to do."""


class DatasetDamaged(FileRefused):
    """A file or folder was found, but what it holds is not the data set it should be."""
