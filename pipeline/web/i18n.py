"""Words of the pages in the reader's language: one TOML file per language in `locales/`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from pipeline.manuscript import RIGHT_TO_LEFT

LOCALES: Final = Path(__file__).parent / "locales"
LANGUAGES: Final[dict[str, str]] = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية"}
"""Languages of the interface with their own names, in the order of the menu."""


def direction(language: str | None) -> str:
    """Writing direction of a language: `rtl`, `ltr`, or `auto` if it is not known.

    >>> direction("ar"), direction("fr"), direction(None)
    ('rtl', 'ltr', 'auto')
    """
    if not language:
        return "auto"
    return "rtl" if language.split("-")[0] in RIGHT_TO_LEFT else "ltr"


@cache
def words(language: str) -> Mapping[str, str]:
    """`section.key` -> words of one language."""
    table: dict[str, Any] = tomllib.loads((LOCALES / f"{language}.toml").read_text(encoding="utf-8"))
    return {f"{section}.{key}": str(value) for section, entries in table.items() for key, value in entries.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Translator:
    """Looks words up: `t("list.found", n=12)`. A word that a language lacks is shown in English, never as a key.

    >>> Translator(language="fr")("verdict.accepted")
    'accepté'
    """

    language: str

    def __call__(self, key: str, **values: object) -> str:
        text = words(self.language).get(key) or words("en")[key]
        return text.format(**values) if values else text

    def or_else(self, key: str, default: str) -> str:
        """The words for `key`, or `default` where there are none (codes of a scheme without own words)."""
        return words(self.language).get(key) or words("en").get(key) or default

    @property
    def direction(self) -> str:
        return direction(self.language)


def preferred(header: str) -> str:
    """The interface language that an Accept-Language header asks for first, else English.

    >>> preferred("pt-BR,es;q=0.8,en;q=0.5"), preferred("*")
    ('es', 'en')
    """
    wishes: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            wishes.append((float(quality or 1), name.split("-")[0].lower()))
        except ValueError:
            continue
    for _, name in sorted(wishes, key=lambda w: -w[0]):
        if name in LANGUAGES:
            return name
    return "en"
