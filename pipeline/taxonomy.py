"""Codes and titles of the schemes: SDG goals, targets and indicators, GCM objectives, MGI domains, categories.

Loaded from `models/taxonomies` and checked on load: a wrong row is a `DataError` with its file and line.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pipeline.errors import DataError
from pipeline.resources import resource
from pipeline.types import SCHEMES, Scheme

LANGUAGES: Final = ("en", "fr", "es", "pt", "ar", "ru", "zh")
"""Languages in which some scheme has titles; English is complete."""

_TARGET: Final = re.compile(r"^([1-9]|1[0-7])\.(\d{1,2}|[a-d])$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One code of a scheme; `parent` is the goal of a target, or the category of a status or support type."""

    scheme: Scheme
    code: str
    parent: str | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    shorts: Mapping[str, str] = field(default_factory=dict)

    def title(self, language: str = "en", *, short: bool = False) -> str:
        """The title in that language, else in English; `short` prefers the short title where there is one."""
        tables = (self.shorts, self.titles) if short else (self.titles,)
        for table in tables:
            if found := table.get(language) or table.get("en"):
                return found
        return self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Subheading:
    """A sub-heading of an MGI domain, e.g. `6.return`, with its wordings by language."""

    code: str
    domain: str
    names: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crosswalk:
    """One reasoned link from an MGI sub-heading or a migration topic to a code; `weight` is how sure it is (0 to 1)."""

    source: str
    scheme: Scheme
    code: str
    weight: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """All schemes. `indicators` maps `10.7.2` to its target; `domain_names` maps a domain to wordings by language."""

    schemes: Mapping[Scheme, Mapping[str, Category]]
    indicators: Mapping[str, str]
    indicator_titles: Mapping[str, Mapping[str, str]]
    domain_names: Mapping[str, Mapping[str, tuple[str, ...]]]
    subheadings: tuple[Subheading, ...]

    def codes(self, scheme: Scheme) -> tuple[str, ...]:
        """Every code of a scheme in its own order (1.9 before 1.10 before 1.a)."""
        return tuple(self.schemes[scheme])

    def has(self, scheme: Scheme, code: str) -> bool:
        return code in self.schemes[scheme]

    def title(self, scheme: Scheme, code: str, language: str = "en", *, short: bool = False) -> str:
        """Title of a code; the code itself where the scheme does not know it."""
        found = self.schemes[scheme].get(code)
        return found.title(language, short=short) if found else code

    def goal_of(self, target: str) -> str:
        """The goal of a target code.

        >>> load_taxonomy().goal_of("10.c")
        '10'
        """
        return target.partition(".")[0]

    def resolve(self, code: str) -> tuple[Scheme, str] | None:
        """What an SDG code as people write it stands for; an indicator stands for its target.

        >>> taxonomy = load_taxonomy()
        >>> taxonomy.resolve("10.7.2"), taxonomy.resolve("10.C"), taxonomy.resolve("16"), taxonomy.resolve("10.77")
        (('sdg_target', '10.7'), ('sdg_target', '10.c'), ('sdg_goal', '16'), None)
        """
        clean = code.strip().lower()
        if clean in self.schemes["sdg_goal"]:
            return "sdg_goal", clean
        if clean in self.schemes["sdg_target"]:
            return "sdg_target", clean
        target, _, last = clean.rpartition(".")
        if target in self.schemes["sdg_target"] and last.isdigit() and len(last) == 1 and last != "0":
            return "sdg_target", target
        return None


@cache
def load_taxonomy(folder: Path | None = None) -> Taxonomy:
    """Read and check `models/taxonomies` (or another folder of the same form).

    >>> taxonomy = load_taxonomy()
    >>> len(taxonomy.codes("sdg_goal")), len(taxonomy.codes("sdg_target")), len(taxonomy.codes("gcm"))
    (17, 169, 23)
    >>> taxonomy.title("sdg_goal", "10", "fr", short=True)
    'Inégalités réduites'
    """
    folder = folder or resource("models", "taxonomies")
    schemes: dict[Scheme, dict[str, Category]] = {scheme: {} for scheme in SCHEMES}
    indicators: dict[str, str] = {}
    indicator_titles: dict[str, Mapping[str, str]] = {}
    path = folder / "sdg.csv"
    for line, row in _rows(path, ("level", "code", "parent", "title_en")):
        level, code, parent = row["level"], row["code"], row["parent"]
        if level == "goal":
            _add(schemes, path, line, "sdg_goal", row, None)
        elif level == "target":
            if not _TARGET.match(code) or parent not in schemes["sdg_goal"] or code.partition(".")[0] != parent:
                raise DataError(str(path), line, f"'{code}' is no target of goal '{parent}'")
            _add(schemes, path, line, "sdg_target", row, parent)
        elif level == "indicator":
            if parent not in schemes["sdg_target"]:
                raise DataError(str(path), line, f"indicator '{code}' names the unknown target '{parent}'")
            indicators[code] = parent
            indicator_titles[code] = _titles(row, "title_")
        else:
            raise DataError(str(path), line, f"level '{level}' is not goal, target or indicator")
    path = folder / "gcm.csv"
    for line, row in _rows(path, ("code", "title_en")):
        _add(schemes, path, line, "gcm", row, None)
    path = folder / "categories.csv"
    own: dict[str, Scheme] = {s: s for s in ("category", "action_status", "support_type")}
    for line, row in _rows(path, ("scheme", "code", "parent", "title_en")):
        if row["scheme"] not in own:
            raise DataError(str(path), line, f"'{row['scheme']}' is not one of {', '.join(own)}")
        if row["parent"] and row["parent"] not in schemes["category"]:
            raise DataError(str(path), line, f"parent '{row['parent']}' is no category")
        _add(schemes, path, line, own[row["scheme"]], row, row["parent"] or None)
    names, subheadings = _read_domains(folder / "mgi.json", schemes)
    return Taxonomy(
        schemes=MappingProxyType({scheme: MappingProxyType(codes) for scheme, codes in schemes.items()}),
        indicators=MappingProxyType(indicators),
        indicator_titles=MappingProxyType(indicator_titles),
        domain_names=MappingProxyType(names),
        subheadings=subheadings,
    )


@cache
def load_crosswalk(name: str, folder: Path | None = None) -> tuple[Crosswalk, ...]:
    """A crosswalk table of `models/taxonomies`: `mgi` (sub-heading -> codes) or `topics` (topic -> codes)."""
    path = (folder or resource("models", "taxonomies")) / f"crosswalk_{name}.csv"
    taxonomy = load_taxonomy(folder)
    known = {s.code for s in taxonomy.subheadings} | set(taxonomy.codes("mgi_domain"))
    found: list[Crosswalk] = []
    seen: set[tuple[str, str, str]] = set()
    for line, row in _rows(path, ("source", "scheme", "code", "weight", "reason")):
        scheme = next((s for s in SCHEMES if s == row["scheme"]), None)
        if scheme is None or row["code"] not in taxonomy.schemes[scheme]:
            raise DataError(str(path), line, f"no code '{row['code']}' in '{row['scheme']}'")
        if name == "mgi" and row["source"] not in known:
            raise DataError(str(path), line, f"'{row['source']}' is no MGI domain or sub-heading")
        if name == "topics" and row["source"] not in load_topics(folder):
            raise DataError(str(path), line, f"'{row['source']}' is no topic")
        weight = _number(row["weight"])
        if weight is None or not row["reason"].strip():
            raise DataError(str(path), line, "a link needs a weight above 0 and up to 1, and its reason")
        if (row["source"], scheme, row["code"]) in seen:
            raise DataError(str(path), line, f"{row['source']} -> {row['code']} stands twice")
        seen.add((row["source"], scheme, row["code"]))
        found.append(
            Crosswalk(source=row["source"], scheme=scheme, code=row["code"], weight=weight, reason=row["reason"])
        )
    return tuple(found)


@cache
def load_topics(folder: Path | None = None) -> Mapping[str, str]:
    """Topics that make a passage one about migration: code -> what it covers.

    >>> "remittances" in load_topics()
    True
    """
    path = (folder or resource("models", "taxonomies")) / "topics.csv"
    return MappingProxyType({row["code"]: row["covers"] for _, row in _rows(path, ("code", "covers"))})


@cache
def load_cues(folder: Path | None = None) -> Mapping[str, Mapping[str, float]]:
    """Classes of cue words: code -> log-odds that it adds to each category, status and support type (see cues.csv).

    The row `bias` is what a passage without any cue starts from.

    >>> load_cues()["absence"]["gap"] > 0
    True
    """
    taxonomy = load_taxonomy(folder)
    ours: tuple[Scheme, ...] = ("category", "action_status", "support_type")
    columns = [code for scheme in ours for code in taxonomy.schemes[scheme]]
    path = (folder or resource("models", "taxonomies")) / "cues.csv"
    found: dict[str, Mapping[str, float]] = {}
    for line, row in _rows(path, ("code", "covers", *columns)):
        try:
            found[row["code"]] = MappingProxyType({c: float(row[c] or 0) for c in columns})
        except ValueError:
            raise DataError(str(path), line, "a weight is no number") from None
    if "bias" not in found:
        raise DataError(str(path), None, "has no row 'bias'")
    return MappingProxyType(found)


def sort_key(code: str) -> tuple[tuple[int, int, str], ...]:
    """Orders codes as people do: numbers by value, letters after numbers.

    >>> sorted(["10.c", "8.10", "8.9", "10.7"], key=sort_key)
    ['8.9', '8.10', '10.7', '10.c']
    """
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in code.split("."))


def best_titles(taxonomy: Taxonomy, scheme: Scheme, codes: Sequence[str], language: str) -> list[str]:
    """`10.7 Facilitate orderly ...` for each code."""
    return [f"{code} {taxonomy.title(scheme, code, language)}" for code in codes]


def _rows(path: Path, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if missing := [c for c in required if c not in (reader.fieldnames or ())]:
                raise DataError(str(path), 1, f"column {', '.join(missing)} is missing")
            for row in reader:
                if None in row or None in row.values():
                    raise DataError(str(path), reader.line_num, "the row has too few or too many columns")
                yield reader.line_num, row
    except OSError as error:
        raise DataError(str(path), None, "cannot be read", hint="Reinstall mgi-vnr.") from error


def _number(raw: str) -> float | None:
    try:
        value = float(raw)
    except ValueError:
        return None
    return value if 0 < value <= 1 else None


def _titles(row: Mapping[str, str], prefix: str) -> Mapping[str, str]:
    return MappingProxyType({lang: row[prefix + lang] for lang in LANGUAGES if row.get(prefix + lang)})


def _add(
    schemes: dict[Scheme, dict[str, Category]],
    path: Path,
    line: int,
    scheme: Scheme,
    row: Mapping[str, str],
    parent: str | None,
) -> None:
    code = row["code"]
    if not code or code in schemes[scheme]:
        raise DataError(str(path), line, f"code '{code}' is empty or stands twice")
    if not row["title_en"]:
        raise DataError(str(path), line, f"'{code}' has no English title")
    schemes[scheme][code] = Category(
        scheme=scheme, code=code, parent=parent, titles=_titles(row, "title_"), shorts=_titles(row, "short_")
    )


def _read_domains(
    path: Path, schemes: dict[Scheme, dict[str, Category]]
) -> tuple[dict[str, Mapping[str, tuple[str, ...]]], tuple[Subheading, ...]]:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        names: dict[str, Mapping[str, tuple[str, ...]]] = {}
        subheadings: list[Subheading] = []
        for domain in data["domains"]:
            code = domain["code"]
            names[code] = MappingProxyType({lang: tuple(all_) for lang, all_ in domain["names"].items()})
            schemes["mgi_domain"][code] = Category(
                scheme="mgi_domain", code=code, titles={lang: all_[0] for lang, all_ in domain["names"].items()}
            )
            subheadings += [
                Subheading(
                    code=sub["code"],
                    domain=code,
                    names=MappingProxyType({lang: tuple(v) for lang, v in sub.items() if lang != "code"}),
                )
                for sub in domain["subheadings"]
            ]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise DataError(str(path), None, f"is not a list of domains ({error!r})") from error
    return names, tuple(subheadings)
