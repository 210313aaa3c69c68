"""Errors that people see: one sentence with the next step in it, fields for machines.

PipelineError
├── ReadError            a document that cannot be read
│   ├── UnsupportedType
│   ├── EncryptedDocument
│   ├── DamagedDocument
│   ├── LimitExceeded    larger, deeper or slower than the limits in the configuration
│   └── NoTextLayer
├── ConfigError          an option or file of the configuration is wrong
├── DataError            a data file is wrong: which file, which line
├── StoreError           the workspace cannot be opened, written or upgraded
├── FetchError           a source could not be downloaded
└── ReviewError
    ├── StaleReview      the passage that was reviewed is no longer there
    └── Conflict         somebody else decided in the meantime
"""

from __future__ import annotations


class PipelineError(Exception):
    """Base of all errors that are told to the user in one line; `hint` is the next step."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ReadError(PipelineError):
    """A document that cannot be read."""


class UnsupportedType(ReadError):
    """Not a PDF, DOCX or HTML file."""


class EncryptedDocument(ReadError):
    """Needs a password."""


class DamagedDocument(ReadError):
    """Cannot be opened as what it claims to be."""


class LimitExceeded(ReadError):
    """Beyond a limit on size, pages, time or memory."""


class NoTextLayer(ReadError):
    """No page carries text (a scan)."""


class ConfigError(PipelineError):
    """An option or configuration file is wrong."""


class DataError(PipelineError):
    """A data file is wrong; `line` counts from 1 and is None when it concerns the whole file."""

    def __init__(self, file: str, line: int | None, message: str, *, hint: str = "") -> None:
        self.file = file
        self.line = line
        where = f"{file}, line {line}" if line is not None else file
        super().__init__(f"{where}: {message}", hint=hint)


class StoreError(PipelineError):
    """The workspace cannot be opened, written or upgraded."""


class FetchError(PipelineError):
    """A source could not be downloaded."""


class ReviewError(PipelineError):
    """A review decision could not be taken."""


class StaleReview(ReviewError):
    """The passage that was reviewed is no longer in the document."""


class Conflict(ReviewError):
    """Somebody else decided in the meantime; `theirs` and `yours` name both."""

    def __init__(self, message: str, *, theirs: str = "", yours: str = "", hint: str = "") -> None:
        self.theirs = theirs
        self.yours = yours
        super().__init__(message, hint=hint)
