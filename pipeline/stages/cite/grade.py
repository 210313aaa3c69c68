"""Grade a citation: `reference` (a list, a note, a source line), `substantive` (what was found, or what the country did
with it), else `passing`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from pipeline.citation_names import CitationNames
from pipeline.types import Span
from pipeline.words import fold

Grade = Literal["substantive", "passing", "reference"]

MAX_HEADING_WORDS: Final = 6
MAX_NOTE_WORDS: Final = 45
_SENTENCE: Final = re.compile(r"(?<=[.!?؟])[\"”»)\]]?\s+(?=[\"“«(\[]?[A-ZÀ-ÝА-Я\u0600-\u06ff0-9])|\n{2,}")
_LEADER: Final = re.compile(r"(?:\.\s?){4,}\s*[0-9ivxlc]+\s*$|…{2,}\s*\d+\s*$")
_LINK: Final = re.compile(r"https?://|www\.|\bdoi\b|\bISBN\b", re.IGNORECASE)
_YEAR_IN_BRACKETS: Final = re.compile(
    r"\((?:19|20)\d\d[a-z]?\)|[,.]\s(?:19|20)\d\d[a-z]?\s*[.,:;)]|\bs\.?\s?d\.|\bn\.d\."
)
_PUBLISHED: Final = re.compile(
    r"\b(?:geneva|geneve|ginebra|genebra|grand-saconnex|available (?:at|from|online)|disponib\w+|retrieved|accessed"
    r"|consult\w+ (?:le|el|em)|publish\w+|pp?\.\s?\d+|vol\.|ibid|op\. cit|n\.d\.)|متاح|جنيف|женева|режим доступа"
)
_AUTHOR: Final = re.compile(
    r"^\W*(?:\[?\d{1,3}[\].]?\s*)?(?:[A-ZÀ-Ý]{2,6}|International Organization for Migration"
    r"|Organisation internationale pour les migrations|Organización Internacional para las Migraciones"
    r"|Organização Internacional para as Migrações|المنظمة الدولية للهجرة|Международная организация по миграции"
    r"|[A-ZÀ-Ý][\w'’-]+,\s[A-ZÀ-Ý]\.)[^.]{0,40}?[,.(:]"
)
_ABBREVIATION: Final = re.compile(
    r"^\W*[A-Z][A-Za-z]{0,5}[A-Z]s?\s*(?:[:=–—-]|\t|\s{2,}|\s(?=[A-ZÀ-Ý]))[^.]{5,120}\.?$"
)


def grade(
    text: str, spans: Sequence[Span], *, kind: str, headings: Sequence[str], knowledge: CitationNames
) -> tuple[Grade, str]:
    """The grade and the reason for it in a few words. `spans` are where the name stands (empty: in the heading)."""
    cues = knowledge.cues
    if any(_reference_heading(h, knowledge) for h in headings):
        return "reference", "stands under a heading of references, sources or abbreviations"
    if _LEADER.search(text):
        return "reference", "a line of a table of contents"
    sentences = _sentences(text)
    if not spans:
        told = _tells(fold(text), knowledge)
        return ("substantive", f"named in the heading; {told}") if told else ("passing", "named in the heading only")
    reasons = [_in_sentence(text, span, sentences, knowledge) for span in spans]
    told = next((r for r in reasons if r), "")
    if _bibliographic(text, kind, cues["grade.source"]) and not (told and _is_prose(text)):
        return "reference", "a bibliographic entry or a source line"
    if told:
        return "substantive", told
    return "passing", "named without anything told of it"


def _in_sentence(text: str, span: Span, sentences: Sequence[Span], knowledge: CitationNames) -> str:
    """What the sentence of the name, or the one that goes on about it, tells; empty for nothing."""
    at = next(i for i, s in enumerate(sentences) if s.start <= span.start < s.end or i == len(sentences) - 1)
    sentence = sentences[at]
    before, after = fold(text[sentence.start : span.start]), fold(text[span.end : sentence.end])
    cues = knowledge.cues
    listed = _listed(before, after, knowledge)
    told = "" if listed else _tells(f"{before} § {after}", knowledge)
    if told:
        return told
    if at + 1 < len(sentences):
        following = fold(sentences[at + 1].of(text)).lstrip(" \"'«“(")
        if cues["grade.continues"].match(following) and cues["grade.finding"].search(following):
            return "the next sentence tells what was found"
    return ""


def _tells(sentence: str, knowledge: CitationNames) -> str:
    cues = knowledge.cues
    finding = cues["grade.finding"].search(sentence)
    if finding:
        return f"tells a finding ({finding.group().strip()})"
    used = cues["grade.use"].search(sentence)
    if used and not cues["grade.negated"].search(sentence):
        return f"tells of taking part or of use ({used.group().strip()})"
    return ""


def _listed(before: str, after: str, knowledge: CitationNames) -> bool:
    """One example among others: a cue right in front, or items of a list on both sides."""
    near = before[-70:]
    if (cue := knowledge.cues["grade.passing"].search(near)) and not re.search(r"[;:]", near[cue.end() :]):
        return True
    tail = knowledge.cues["grade.passing"].search(after[:40])
    return tail is not None and "," in before[-60:]


def _reference_heading(heading: str, knowledge: CitationNames) -> bool:
    """A short heading that begins with a word for references, perhaps after its number ("Annex 3: Sources")."""
    words = fold(heading).split()
    plain = " ".join(words)
    plain = re.sub(r"^(?:annex\w*|anexo|annexe|appendix|приложение|الملحق)?\s*[\divxlc]*\s*[.:)–—-]*\s*", "", plain)
    plain = re.sub(r"^(?:list of|liste des?|lista de|selected|key|main|the)\s+", "", plain)
    return len(words) <= MAX_HEADING_WORDS and bool(knowledge.cues["headings.reference"].match(plain))


def _bibliographic(text: str, kind: str, source: re.Pattern[str]) -> bool:
    folded = fold(text)
    begins = re.sub(r"^[\W\d_]+", "", folded)
    if source.match(begins) and len(text.split()) <= MAX_NOTE_WORDS:
        return True
    if (
        _ABBREVIATION.match(text)
        and len(text.split()) <= 14
        and not re.search(r"\b(?:is|was|est|es|fue|has|foi)\b", folded)
    ):
        return True
    points = sum(
        (
            bool(_LINK.search(text)),
            bool(_YEAR_IN_BRACKETS.search(text)),
            bool(_PUBLISHED.search(folded)),
            bool(_AUTHOR.match(text)),
            kind == "footnote",
        )
    )
    return points >= 2 and len(text.split()) <= 2 * MAX_NOTE_WORDS


def _is_prose(text: str) -> bool:
    """Long enough, and with enough small words, to be a sentence and not an entry."""
    words = re.findall(r"[^\W\d_]+", text)
    small = sum(w.islower() for w in words)
    return len(words) >= 14 and small / len(words) >= 0.62 and not _AUTHOR.match(text)


def _sentences(text: str) -> list[Span]:
    out, start = [], 0
    for match in _SENTENCE.finditer(text):
        out.append(Span(start, match.start()))
        start = match.end()
    out.append(Span(start, len(text)))
    return out
