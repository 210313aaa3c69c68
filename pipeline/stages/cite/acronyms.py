"""Decide what "MGI" or "IGM" stands for: a definition beside it, what the document defined, the words around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pipeline.citation_names import CitationNames
from pipeline.stages.cite.names import NameHit, find_names, tokens_of
from pipeline.types import Span
from pipeline.words import fold

Meaning = Literal["ours", "other"]

AROUND: Final = 220  # characters on either side that count as the words around
_NEED: Final = 2  # weight of cues without a definition in the document


@dataclass(frozen=True, slots=True, kw_only=True)
class AcronymHit:
    """An acronym, its subject and how it was decided; `defined` is set where its meaning is spelt out beside it."""

    subject: str
    span: Span
    defined: Meaning | None
    weight: int
    against: bool


def find_acronyms(text: str, headings: Sequence[str], knowledge: CitationNames) -> list[AcronymHit]:
    """Every acronym with what the passage itself says about its meaning."""
    pattern = _pattern(tuple(knowledge.acronyms))
    out = []
    for match in pattern.finditer(text):
        window = text[max(0, match.start() - AROUND) : match.end() + AROUND]
        around = fold(window + " \n " + " \n ".join(headings))
        out.append(
            AcronymHit(
                subject=knowledge.acronyms[match.group()],
                span=Span(match.start(), match.end()),
                defined=_definition(text, match, knowledge),
                weight=_weight(around, knowledge),
                against=bool(knowledge.cues["context.against"].search(around)),
            )
        )
    return out


def is_ours(hit: AcronymHit, document: Meaning | None, names: Sequence[NameHit]) -> bool:
    """The decision: a definition beside it, then words against, then the document's definition, then words for it.

    `document` is the meaning that the nearest definition in the document gives, None without one.
    """
    if hit.subject == "migof":
        return not hit.against
    if hit.defined is not None:
        return hit.defined == "ours"
    if hit.against:
        return False
    if any(n.subject == "mgi" for n in names):
        return True
    if document is not None:
        return document == "ours"
    return hit.weight >= _NEED


def _weight(around: str, knowledge: CitationNames) -> int:
    cues = knowledge.cues
    weight = 2 if cues["context.strong"].search(around) else 0
    migration = bool(cues["context.migration"].search(around))
    governance = bool(cues["context.governance"].search(around))
    return weight + int(migration) + int(migration and governance)


def _definition(text: str, match: re.Match[str], knowledge: CitationNames) -> Meaning | None:
    """What the words in front of "(MGI)", or behind "MGI (" / "MGI:" / "MGI –", spell out."""
    before, after = text[: match.start()], text[match.end() :]
    acronym = match.group().removesuffix("'s").rstrip("s")
    if re.search(r"[(\[«“\"]\s*(?:[\w ]{0,30}[,:;]\s*)?$", before):
        words = re.sub(r"[(\[«“\"]\s*(?:[\w ]{0,30}[,:;]\s*)?$", "", before)[-120:]
        if any(len(words.rstrip(" \"'»”")) - h.span.end <= 2 for h in _ours(words, knowledge)[-1:]):
            return "ours"
        if _spells(words, acronym, knowledge, last=True):
            return "other"
    opened = re.match(r"\s*(?:[(\[:=–—]|-\s|\t|\s{2,}|\s(?=[A-ZÀ-Ý]\w+\s+(?:\w{1,3}\s+)?[A-ZÀ-Ý]))\s*", after)
    if opened:
        words = after[opened.end() :][:120]
        hits = _ours(words, knowledge)
        if hits and hits[0].span.start <= 2:
            return "ours"
        if _spells(words, acronym, knowledge, last=False):
            return "other"
    return None


def _ours(words: str, knowledge: CitationNames) -> list[NameHit]:
    return [h for h in find_names(words, knowledge) if h.subject == "mgi"]


def _spells(words: str, acronym: str, knowledge: CitationNames, *, last: bool) -> bool:
    """The content words next to the acronym begin with its letters, in its order."""
    segment = re.split(r"[.;:()\[\]]", words)[-1 if last else 0]
    firsts = [t.text[0] for t in tokens_of(segment) if t.text not in knowledge.function_words]
    wanted = [c.lower() for c in acronym if c.isalpha()]
    return (firsts[-len(wanted) :] if last else firsts[: len(wanted)]) == wanted


_PATTERNS: dict[tuple[str, ...], re.Pattern[str]] = {}


def _pattern(acronyms: tuple[str, ...]) -> re.Pattern[str]:
    """Capitals only, and not part of a longer code ("IgM", "MGI-SEQ", "MGI Tech" is left to the words around)."""
    if acronyms not in _PATTERNS:
        longest = sorted(acronyms, key=len, reverse=True)
        _PATTERNS[acronyms] = re.compile(rf"(?<![\w/@.])(?:{'|'.join(map(re.escape, longest))})(?![\w@])(?!-[A-Z0-9])")
    return _PATTERNS[acronyms]
