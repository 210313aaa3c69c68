"""Names by which documents tell what they are: countries (ISO 3166, in each language) and kinds of document."""

from __future__ import annotations

import csv
import gettext
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

import pycountry

from pipeline.errors import DataError
from pipeline.resources import resource
from pipeline.types import DocumentKind

NAME_LANGUAGES = ("fr", "es", "pt", "ar", "ru", "zh_CN")


def fold(text: str) -> str:
    """Lower case without accents; typographic apostrophes and white space made plain; lengths may change.

    >>> fold("Côte d’Ivoire")
    "cote d'ivoire"
    """
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‘", "'"))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())


@cache
def country_names() -> Mapping[str, str]:
    """Folded name -> ISO 3166-1 alpha-3 code: official, common and translated names, and `models/countries.csv`.

    Source: ISO 3166 as pycountry carries it, with the translations of the iso-codes project.
    """
    names: dict[str, str] = {}
    translations = [
        gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[code], fallback=True)
        for code in NAME_LANGUAGES
    ]
    for country in pycountry.countries:
        own = [country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")]
        for name in own + [t.gettext(n) for t in translations for n in own if n]:
            # "Tanzania, United Republic of": texts use the part before the comma, unless it is shared (Korea, Congo)
            for form in (name, name.partition(",")[0]):
                if len(form) > 2:
                    names.setdefault(fold(form), country.alpha_3)
    path = resource("models", "countries.csv")
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            if len(row["iso3"]) != 3 and row["iso3"] != "-":
                raise DataError(path.name, line, f"'{row['iso3']}' is not a three-letter code.")
            if row["iso3"] == "-":
                names.pop(fold(row["name"]), None)
            else:
                names[fold(row["name"])] = row["iso3"]
    return names


@cache
def country_pattern() -> re.Pattern[str]:
    """Matches any country name in folded text, longest first, at word borders."""
    names = sorted(country_names(), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)")


@cache
def country_title(code: str) -> str:
    """English name of a country code, or the code itself if it is not ISO (the samples' fictional countries too)."""
    found = pycountry.countries.get(alpha_3=code)
    if found is not None:
        return str(getattr(found, "common_name", found.name))
    path = resource("models", "countries.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return next((row["name"] for row in csv.DictReader(file) if row["iso3"] == code), code)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindNames:
    """How one kind of document names itself: `names` must occur, `follow_up`/`local` tell its edition."""

    kind: DocumentKind
    names: re.Pattern[str]
    follow_up: re.Pattern[str] | None
    local: re.Pattern[str] | None


@cache
def kind_names() -> tuple[KindNames, ...]:
    """Names of document kinds in all languages, from `configs/kinds.toml`, as patterns over folded text."""
    path = resource("configs", "kinds.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))

    def pattern(words: list[str]) -> re.Pattern[str] | None:
        folded = sorted((fold(w) for w in words), key=len, reverse=True)
        return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, folded)) + r")(?!\w)") if folded else None

    kinds = []
    for kind, entry in cast(dict[DocumentKind, dict[str, list[str]]], table).items():
        names = pattern(entry["names"])
        if names is None:
            raise DataError(path.name, None, f"kind '{kind}' has no names.")
        kinds.append(
            KindNames(
                kind=kind,
                names=names,
                follow_up=pattern(entry.get("follow_up", [])),
                local=pattern(entry.get("local", [])),
            )
        )
    return tuple(kinds)
