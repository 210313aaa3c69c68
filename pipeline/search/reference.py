"""Cite a passage as people cite: a short form with both page numbers, BibTeX, RIS, CSL-JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pipeline.errors import ConfigError
from pipeline.gazetteer import country_names
from pipeline.types import DocumentFacts, LabelledPassage
from pipeline.words import fold

KINDS: Final[Mapping[str, str]] = {
    "mgi": "Migration Governance Indicators profile",
    "vnr": "Voluntary National Review",
    "vlr": "Voluntary Local Review",
    "other": "Report",
}
_TEX: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_", "$": r"\$",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def place(found: LabelledPassage) -> str:
    """The printed page, which people quote, and the page of the file, which a viewer asks for.

    "p. 75 (PDF page 89)"; only the latter where no label is printed, one number where both agree.
    """
    page, label = found.passage.page, found.passage.page_label
    if not label:
        return f"PDF page {page}"
    return f"p. {label}" if label == str(page) else f"p. {label} (PDF page {page})"


def short_reference(found: LabelledPassage) -> str:
    """Author, title, year, place: what stands in brackets behind a quote."""
    facts = found.facts
    author = _author(facts)
    parts = [author if author and fold(author) not in fold(facts.title) else "", facts.title or facts.path]
    if facts.year and str(facts.year) not in facts.title:
        parts.append(str(facts.year))
    return ", ".join(p for p in (*parts, place(found)) if p)


def references(found: Sequence[LabelledPassage], form: str) -> str:
    """The passages' references as one text in the form `short`, `bibtex`, `ris` or `csl`. Raises ConfigError."""
    if form not in FORMATS:
        raise ConfigError(f"No reference form '{form}'.", hint=f"Known: {', '.join(FORMATS)}.")
    return FORMATS[form](found)


def _short(found: Sequence[LabelledPassage]) -> str:
    return "".join(f"{short_reference(f)}\n" for f in found)


def _bibtex(found: Sequence[LabelledPassage]) -> str:
    return "\n".join(_bibtex_entry(f) for f in found)


def _bibtex_entry(found: LabelledPassage) -> str:
    facts = found.facts
    fields = {
        "title": facts.title or facts.path,
        "author": "{" + _tex(_author(facts)) + "}" if _author(facts) else "",
        "year": str(facts.year or ""),
        "type": KINDS[facts.kind],
        "institution": facts.publisher or _author(facts),
        "pages": found.passage.page_label or "",  # the page of the file is none that is printed: see the note
        "note": place(found),
        "language": facts.language or "",
    }
    lines = [f"  {k} = {{{v if k == 'author' else _tex(v)}}}," for k, v in fields.items() if v]
    if facts.source_url:
        lines.append(f"  url = {{{facts.source_url.replace('{', '%7B').replace('}', '%7D')}}},")
    entry = "techreport" if _author(facts) else "misc"  # a report must have an author and an institution
    return "\n".join((f"@{entry}{{{_key(found)},", *lines, "}\n"))


def _ris(found: Sequence[LabelledPassage]) -> str:
    return "".join(_ris_entry(f) for f in found)


def _ris_entry(found: LabelledPassage) -> str:
    facts = found.facts
    rows = (
        ("TY", "RPRT"),
        ("ID", _key(found)),
        ("AU", _author(facts)),
        ("TI", facts.title or facts.path),
        ("PY", str(facts.year or "")),
        ("PB", facts.publisher or ""),
        ("M3", KINDS[facts.kind]),
        ("SP", found.passage.page_label or ""),
        ("N1", place(found)),
        ("LA", facts.language or ""),
        ("UR", facts.source_url or ""),
    )
    lines = [f"{tag}  - {_one_line(value)}" for tag, value in rows if value]
    return "\r\n".join((*lines, "ER  - ", "", ""))


def _csl(found: Sequence[LabelledPassage]) -> str:
    return json.dumps([_csl_entry(f) for f in found], ensure_ascii=False, indent=1) + "\n"


def _csl_entry(found: LabelledPassage) -> dict[str, Any]:
    facts = found.facts
    entry = {
        "id": _key(found),
        "type": "report",
        "title": facts.title or facts.path,
        "author": [{"literal": _author(facts)}] if _author(facts) else None,
        "issued": {"date-parts": [[facts.year]]} if facts.year else None,
        "genre": KINDS[facts.kind],
        "publisher": facts.publisher,
        "page": found.passage.page_label,
        "note": place(found),
        "language": facts.language,
        "URL": facts.source_url,
    }
    return {k: v for k, v in entry.items() if v}


FORMATS: Final[Mapping[str, Callable[[Sequence[LabelledPassage]], str]]] = {
    "short": _short,
    "bibtex": _bibtex,
    "ris": _ris,
    "csl": _csl,
}


def _author(facts: DocumentFacts) -> str:
    """IOM publishes the profiles; a review is its country's."""
    if facts.kind == "mgi":
        return "International Organization for Migration"
    if facts.kind in ("vnr", "vlr") and facts.country:
        named = next((name for name, code in country_names().items() if code == facts.country), "")
        return named.title() or facts.country
    return facts.publisher or ""


def _key(found: LabelledPassage) -> str:
    facts = found.facts
    parts = (facts.country or re.sub(r"[^a-z0-9]", "", fold(facts.title))[:12], facts.kind, facts.year)
    return "-".join(str(p).lower() for p in parts if p) + f"-{found.passage.id[:6]}"


def _tex(text: str) -> str:
    return "".join(_TEX.get(c, c) for c in _one_line(text))


def _one_line(text: str) -> str:
    return " ".join(text.split())
