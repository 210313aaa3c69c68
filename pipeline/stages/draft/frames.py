"""The sentences around the quotes, as data: `configs/drafts/frames.toml`, and the themes of `themes.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from pipeline.errors import ConfigError, DataError
from pipeline.resources import resource


@dataclass(frozen=True, slots=True)
class Frames:
    """The frame of one language.

    >>> load_frames("en")("page", page=7)
    'p. 7'
    """

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        return self.texts[key].format(**values) if values else self.texts[key]

    def count(self, what: str, n: int) -> str:
        """How many, in words.

        >>> load_frames("fr").count("gap", 0), load_frames("fr").count("gap", 3)
        ('aucune lacune', '3 lacunes')
        """
        none, one, more = self.texts[f"count_{what}"].split("|")
        return none if n == 0 else one if n == 1 else more.format(n=n)

    def language_name(self, code: str | None) -> str:
        names = dict(pair.split("=") for pair in self.texts["languages"].split("|"))
        return names.get(code or "", code or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A theme of the thematic layout: the targets and goals that it holds, and its titles."""

    code: str
    targets: tuple[str, ...]
    goals: tuple[str, ...]
    titles: Mapping[str, str]


def languages() -> tuple[str, ...]:
    """The languages in which a draft can be framed."""
    return tuple(_toml("frames.toml"))


@cache
def load_frames(language: str) -> Frames:
    """Raises ConfigError for a language without frame and DataError if a text is missing or names unknown fields."""
    tables = _toml("frames.toml")
    if language not in tables:
        raise ConfigError(f"No draft in '{language}'.", hint=f"Known: {', '.join(tables)}.")
    english, texts = tables["en"], tables[language]
    if lost := sorted(english.keys() - texts.keys()):
        raise DataError("configs/drafts/frames.toml", None, f"[{language}] lacks {', '.join(lost)}")
    for key, text in texts.items():
        if key in english and (unknown := _fields(text) - _fields(english[key])):
            raise DataError("configs/drafts/frames.toml", None, f"[{language}] {key} names {', '.join(unknown)}")
    return Frames(language, texts)


@cache
def load_themes() -> tuple[Theme, ...]:
    """The themes, in the order in which they stand in a draft."""
    return tuple(
        Theme(
            code=code,
            targets=tuple(row["targets"]),
            goals=tuple(row["goals"]),
            titles={k: v for k, v in row.items() if k not in ("targets", "goals")},
        )
        for code, row in _toml("themes.toml").items()
    )


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _toml(name: str) -> dict[str, Any]:
    path: Path = resource("configs", "drafts", name)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(str(path), None, f"cannot be read: {error}") from error
