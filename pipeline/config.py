"""All options of all stages: defaults in code, then a TOML file, then `--set section.key=value`; each knows its origin.

Each options record is a frozen dataclass beside the function that takes it. Its field name is the TOML key and the
name in the docs. `configs/default.toml` shows every key with its default and is checked against the records by a test.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tomllib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from rapidfuzz import process

from pipeline.errors import ConfigError
from pipeline.stages.compare import CompareOptions
from pipeline.stages.draft import DraftOptions
from pipeline.stages.evaluate.options import EvaluateOptions
from pipeline.stages.layout import LayoutOptions
from pipeline.stages.read import ReadOptions
from pipeline.stages.segment import SegmentOptions
from pipeline.stages.tag import TagOptions


# The run stands above this floor, so its record cannot stand beside it.
@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Limits and size of a run. Documents come from strangers: each is read in a process with these limits."""

    jobs: int = 0
    """Worker processes; 0 is one per processor core."""
    timeout_seconds: float = 900.0
    """Time for one document; then its worker is stopped and the document refused."""
    memory_mb: int = 3000
    """Memory that one worker may allocate (enforced on Linux)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    """Limits of a download, and manners. Stands here for the same reason as `RunOptions`."""

    max_megabytes: int = 300
    """A larger file is refused."""
    timeout_seconds: float = 900.0
    """Time for one file, all attempts together."""
    read_seconds: float = 30.0
    """Silence of the server after which an attempt is given up."""
    min_bytes_per_second: float = 500.0
    """Slowest transfer that is put up with, once `read_seconds` have passed."""
    attempts: int = 4
    """How often one file is tried; what has arrived is kept and gone on from."""
    back_off_seconds: float = 1.0
    """Wait before the second attempt; doubled each time. A server that asks for a longer wait is given it."""
    max_wait_seconds: float = 120.0
    """Longest wait that a server may ask for; beyond that the source is left for another day."""
    seconds_between: float = 1.0
    """Least time between two requests to one host."""
    max_redirects: int = 5
    """Redirects followed; each address is checked."""


SECTIONS: Final[dict[str, type[Any]]] = {
    "read": ReadOptions,
    "layout": LayoutOptions,
    "segment": SegmentOptions,
    "tag": TagOptions,
    "evaluate": EvaluateOptions,
    "compare": CompareOptions,
    "draft": DraftOptions,
    "run": RunOptions,
    "fetch": FetchOptions,
}
"""Section of the TOML file -> options record. A stage with options adds one line here."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Config:
    """Resolved options. `origins["read.ocr"]` tells where a value came from: `default`, a file or `--set`."""

    records: Mapping[str, Any]
    origins: Mapping[str, str] = field(default_factory=dict)

    def options(self, record: type[T]) -> T:
        """The resolved record of that type, e.g. `config.options(ReadOptions)`."""
        found: T = next(r for r in self.records.values() if type(r) is record)
        return found

    def rows(self) -> Iterator[tuple[str, Any, str]]:
        """`("section.key", value, origin)` for every option."""
        for section, record in self.records.items():
            for f in dataclasses.fields(record):
                key = f"{section}.{f.name}"
                yield key, getattr(record, f.name), self.origins.get(key, "default")


def fingerprint(*values: Any) -> str:
    """16 hex digits that change when any of the values (records, strings, numbers, lists) changes.

    >>> fingerprint("a", 1) == fingerprint("a", 1) != fingerprint("a1")
    True
    """
    plain = [dataclasses.asdict(v) if dataclasses.is_dataclass(v) and not isinstance(v, type) else v for v in values]
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()[:16]


def load_config(file: Path | None = None, settings: Iterable[str] = ()) -> Config:
    """Defaults, overlaid by a TOML file, overlaid by `section.key=value` settings.

    Raises ConfigError for an unknown section or key (with the nearest known name) or a value of the wrong type.
    """
    values: dict[str, dict[str, Any]] = {name: {} for name in SECTIONS}
    origins: dict[str, str] = {}
    if file is not None:
        for section, table in _read_toml(file).items():
            if not isinstance(table, dict):
                raise ConfigError(f"{file}: '{section}' stands outside any section.", hint="Put it under [section].")
            for key, value in table.items():
                _put(values, origins, section, key, value, str(file))
    for setting in settings:
        name, equals, raw = setting.partition("=")
        section, dot, key = name.strip().partition(".")
        if not equals or not dot:
            raise ConfigError(f"--set {setting!r} is not section.key=value.", hint="Example: --set read.ocr=true")
        _put(values, origins, section, key, _literal(raw.strip()), "--set")
    return Config({name: record(**values[name]) for name, record in SECTIONS.items()}, origins)


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"Cannot read the configuration {file}: {error.strerror}.", hint="Check --config.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{file} is not valid TOML: {error}.", hint="See configs/default.toml for the form."
        ) from error


def _literal(raw: str) -> Any:
    try:
        return tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        return raw


def _put(
    values: dict[str, dict[str, Any]], origins: dict[str, str], section: str, key: str, value: Any, origin: str
) -> None:
    if section not in SECTIONS:
        raise ConfigError(f"Unknown section '{section}' ({origin}).", hint=_did_you_mean(section, SECTIONS))
    record = SECTIONS[section]
    hints = typing.get_type_hints(record)
    if key not in hints:
        raise ConfigError(f"Unknown option '{section}.{key}' ({origin}).", hint=_did_you_mean(key, hints))
    values[section][key] = _checked(f"{section}.{key}", hints[key], value, origin)
    origins[f"{section}.{key}"] = origin


def _checked(name: str, hint: Any, value: Any, origin: str) -> Any:
    alternatives = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    for kind in alternatives:
        if typing.get_origin(kind) is tuple and isinstance(value, list | tuple):
            return tuple(value)
        if typing.get_origin(kind) is typing.Literal and value in typing.get_args(kind):
            return value
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if kind is str and isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if isinstance(kind, type) and isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
    wanted = " or ".join(
        " | ".join(map(repr, typing.get_args(k)))
        if typing.get_origin(k) is typing.Literal
        else getattr(k, "__name__", str(k))
        for k in alternatives
    )
    raise ConfigError(f"{name} = {value!r} ({origin}) should be {wanted}.", hint="See `mgi config show`.")


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    names = list(known)
    best = process.extractOne(word, names, score_cutoff=60)
    return f"Did you mean '{best[0]}'?" if best else f"Known: {', '.join(sorted(names))}."
