"""Score passages for a question: text, headings, tags. The same on every database, which only brings candidates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pipeline.search.query import Question, Term
from pipeline.types import Scheme, Span
from pipeline.words import fold, stems_of, word_texts, words

SATURATION: Final = 1.2  # BM25's k1
LENGTH: Final = 0.6  # BM25's b
TYPICAL_WORDS: Final = 60
HEADINGS: Final = 0.25
TAGS: Final = 0.4
UNSAID: Final = 0.35  # of the tags' weight, for a passage that holds none of the words
OTHER_FORM: Final = 0.8  # a word of the same stem, of what the word as typed counts
SHARE: Final = 0.2  # a figure in place of a code
CLOSE: Final = 0.12  # all terms within CLOSE_WORDS
CLOSE_WORDS: Final = 14
PHRASE: Final = 1.0
ABOVE: Final = 0.3  # of a passage that has a phrase only in its headings: less than of any that says it
SHORT_WORDS: Final = 6  # a shorter passage is a label, not a quote
SCHEME_WEIGHTS: Final[Mapping[Scheme, float]] = {
    "sdg_target": 1.0,
    "gcm": 0.5,
    "category": 0.5,
    "support_type": 0.4,
    "mgi_domain": 0.3,
    "sdg_goal": 0.3,
    "action_status": 0.2,
}


_CODE: Final = re.compile(r"\d{1,2}x(?:\d{1,2}|[a-d])")
_NUMBER: Final = re.compile(r"\d{1,2}\.(?:\d{1,2}|[a-dA-D])")
_SHARE: Final = re.compile(r"\s?(?:%|٪|per ?cent|pour ?cent|por ?ciento|por ?cento)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What ranking needs of a passage; `stems` and `above` are those of its text and its headings, as indexed."""

    id: str
    stems: str
    above: str
    text: str
    headings: tuple[str, ...]
    language: str | None
    codes: Mapping[Scheme, Sequence[str]]


def score(question: Question, passage: Candidate) -> float:
    """0 to 1; 0 where a phrase, a nearness or an exclusion of the question does not hold, or nothing does."""
    row = passage.stems.split(" ") if passage.stems else []
    said = _phrases(question, passage)
    if said is None or not _near(question, row) or not set(question.without).isdisjoint(row):
        return 0.0
    asked = question.stems
    places: dict[str, list[int]] = {}
    for n, s in enumerate(row):
        if s in asked:
            places.setdefault(s, []).append(n)
    above = _split(passage.above) & asked
    norm = SATURATION * (1 - LENGTH + LENGTH * len(row) / TYPICAL_WORDS)
    total = sum(t.idf for t in question.terms)
    text = heading = covered = 0.0
    at: list[list[int]] = []
    plain = fold(passage.text) if question.typed and places else ""
    for term in question.terms:
        in_text, where, in_heading = _term(term, places, above, norm)
        if in_text and question.typed and not _as_typed(term, passage.text, plain):
            in_text *= SHARE if _CODE.fullmatch(term.shown) else OTHER_FORM
        text += term.idf * in_text
        heading += term.idf * in_heading
        covered += term.idf * (1.0 if in_text else 0.5 * bool(in_heading))
        if where:
            at.append(where)
    tagged = _tagged(question, passage)
    if total:
        text, heading, covered = text / total, heading / total, covered / total
    if not text and not heading and not tagged and not question.phrases:
        return 0.0
    value = text * (0.4 + 0.6 * covered) + HEADINGS * heading
    value += TAGS * tagged * (UNSAID + (1 - UNSAID) * covered)
    value += PHRASE * sum(n / (n + norm) for n in said) / max(1, len(said))
    if len(at) == len(question.terms) >= 2 and _window(at) <= CLOSE_WORDS:
        value += CLOSE
    if len(row) < SHORT_WORDS:
        value *= 0.6
    value = min(1.0, value / (0.8 + HEADINGS + TAGS + PHRASE * bool(said)))
    if not said:
        return value
    return ABOVE + (1 - ABOVE) * value if all(n >= 1 for n in said) else ABOVE * value


@lru_cache(maxsize=4096)
def _split(stems: str) -> frozenset[str]:
    return frozenset(stems.split())


def _term(
    term: Term, places: Mapping[str, list[int]], above: frozenset[str], norm: float
) -> tuple[float, list[int], float]:
    """`(value in the text, places in it, value in the headings)` by the best of the term's alternatives."""
    best, where, heading = 0.0, list[int](), 0.0
    for s in term.single.keys() & places.keys():
        tf = len(places[s])
        value = term.single[s] * tf / (tf + norm)
        if value > best:
            best, where = value, places[s]
    for s in term.single.keys() & above:
        heading = max(heading, term.single[s])
    for alternative, weight in term.several:
        tf = min(len(places.get(s, ())) for s in alternative)
        value = weight * tf / (tf + norm) if tf else 0.0
        if value > best:
            best, where = value, places[alternative[0]]
        if all(s in above or s in places for s in alternative) and any(s in above for s in alternative):
            heading = max(heading, weight)
    return best, where, heading


def _as_typed(term: Term, text: str, plain: str) -> bool:
    """The text (`plain`: folded) holds the word as it was typed; a code that is a share of a hundred is none."""
    if _CODE.fullmatch(term.shown):
        return any(
            not _SHARE.match(text, m.end())
            for m in _NUMBER.finditer(text)
            if m[0].replace(".", "x").lower() == term.shown
        )
    return term.shown in plain and _whole(term.shown).search(plain) is not None


@lru_cache(maxsize=256)
def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")


def highlights(question: Question, text: str, language: str | None) -> list[Span]:
    """The words of the text that the question asks for; neighbours joined where a phrase was asked."""
    stems = stems_of(language)
    wanted = {s for t in question.terms for a in t.alternatives for s in a}
    found = words(text)
    spans = [Span(w.start, w.end) for w in found if stems[w.text] in wanted]
    plain = [w.text for w in found]
    for phrase in question.phrases:
        for n in _at(plain, phrase):
            spans.append(Span(found[n].start, found[n + len(phrase) - 1].end))
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def _phrases(question: Question, passage: Candidate) -> list[float] | None:
    """How often the text holds each phrase, word by word, a fifth more where a heading has it, too; less
    than once where only a heading has it. None where a phrase is nowhere."""
    out: list[float] = []
    texts = word_texts(passage.text) if question.phrases else []
    for phrase in question.phrases:
        times = len(_at(texts, phrase))
        above = any(_at(word_texts(h), phrase) for h in passage.headings)
        if not times and not above:
            return None
        out.append(times * 1.2 if times and above else times or HEADINGS)
    return out


def _near(question: Question, row: Sequence[str]) -> bool:
    """Pairs near each other."""
    for first, second, distance in question.near:
        a = _places(row, question.terms[first].alternatives)
        b = _places(row, question.terms[second].alternatives)
        if not any(abs(x - y) <= distance for x in a for y in b if x != y):
            return False
    return True


def _places(row: Sequence[str], group: Iterable[Sequence[str]]) -> list[int]:
    wanted = {s for alternative in group for s in alternative}
    return [n for n, s in enumerate(row) if s in wanted]


def _at(texts: Sequence[str], phrase: Sequence[str]) -> list[int]:
    first, size = phrase[0], len(phrase)
    return [n for n, w in enumerate(texts) if w == first and tuple(texts[n : n + size]) == tuple(phrase)]


def _window(at: Sequence[Sequence[int]]) -> int:
    """The fewest words in a row that hold one place of each list."""
    events = sorted((place, n) for n, places in enumerate(at) for place in places)
    last: dict[int, int] = {}
    best = 10_000
    for place, n in events:
        last[n] = place
        if len(last) == len(at):
            best = min(best, place - min(last.values()) + 1)
    return best


def _tagged(question: Question, passage: Candidate) -> float:
    """The share of the question's own codes, by weight, that the passage carries."""
    if not question.codes:
        return 0.0
    whole = sum(SCHEME_WEIGHTS[scheme] * s for (scheme, _), s in question.codes.items())
    shared = sum(
        SCHEME_WEIGHTS[scheme] * s
        for (scheme, code), s in question.codes.items()
        if code in passage.codes.get(scheme, ())
    )
    return shared / whole if whole else 0.0
