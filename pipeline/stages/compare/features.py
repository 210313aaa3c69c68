"""What of a finding is compared. Words within one language; concepts, names, numbers and codes across languages."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pipeline.language import language_of
from pipeline.lexicon import load_matcher
from pipeline.matcher import Hit
from pipeline.resources import resource
from pipeline.types import LabelledPassage, Scheme
from pipeline.words import fold, folded, raw_words, stem

Scores = npt.NDArray[np.float32]

COGNATE: Final = 5
"""Letters that two words of related languages must share at their beginning (migration, migratoire)."""

_NAME: Final = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-ZÀ-Þ][\w’'-]*\w")
_NUMBER: Final = re.compile(r"\b\d[\d.,\u202f\u00a0]*\b")
_YEAR: Final = re.compile(r"^(19|20)\d\d$")
_DOMAIN: Final[Scheme] = "mgi_domain"
_TARGET: Final[Scheme] = "sdg_target"
_GCM: Final[Scheme] = "gcm"

WORDS: Final = 0.48
COGNATES: Final = 0.18
CONCEPTS: Final = 0.30
CONCEPTS_ACROSS: Final = 0.56
NAMES: Final = 0.10
TARGETS: Final = 0.10
SAME_DOMAIN: Final = 0.10
OTHER_DOMAIN: Final = -0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """One finding as bags of stems, cognates, concepts, names and codes; `forms`: stem -> the word as written."""

    passage: str
    language: str
    stems: Mapping[str, int]
    forms: Mapping[str, str]
    cognates: Mapping[str, int]
    concepts: Mapping[str, int]
    names: frozenset[str]
    domain: str | None
    targets: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """How rare each stem, cognate and concept is among the findings that are compared."""

    rarity: Mapping[str, float]
    norms: Mapping[tuple[str, str], float]
    columns: Mapping[str, int]


def hits_of(text: str, language: str) -> tuple[Hit, ...]:
    """Terms of `models/comparison` (concepts and words of progress) in the text."""
    return _hits(text, language)


@lru_cache(maxsize=8192)
def _hits(text: str, language: str) -> tuple[Hit, ...]:
    hits = load_matcher(language, resource("models", "comparison")).find(text)
    against = [h for h in hits if h.term.sign == "-"]
    return tuple(
        h
        for h in hits
        if h.term.sign == "+"
        and not any(
            n.term.scheme == h.term.scheme and n.term.code == h.term.code and n.start < h.end and h.start < n.end
            for n in against
        )
    )


def features_of(labelled: LabelledPassage) -> Features:
    """The features of one finding; codes are those that hold now."""
    passage, codes = labelled.passage, labelled.label.codes
    language = language_of(passage.text, passage.language, labelled.facts.language)
    written = raw_words(passage.text)
    forms = {w: folded(w) for w in written}
    forms = {w: f for w, f in forms.items() if not f.isdigit() and len(f) > 2}
    words = [f for w in written if (f := forms.get(w))]
    concepts = Counter({h.term.code for h in hits_of(passage.text, language) if h.term.scheme == "concept"})
    domain = next(iter(codes.get(_DOMAIN, ())), None)
    return Features(
        passage=passage.id,
        language=language,
        stems=Counter(stem(w, language) for w in words),
        forms={stem(f, language): w.lower() for w, f in reversed(forms.items())},
        cognates=Counter("~" + w[:COGNATE] for w in words if len(w) > COGNATE),
        concepts=Counter({f"@{code}": n for code, n in concepts.items()}),
        names=frozenset(_names(passage.text)),
        domain=domain,
        targets=frozenset([*codes.get(_TARGET, ()), *(f"gcm {c}" for c in codes.get(_GCM, ()))]),
    )


def _names(text: str) -> Iterable[str]:
    for match in _NAME.finditer(text):
        yield fold(match.group())
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if not _YEAR.match(digits) and len(digits) > 1:
            yield digits


def weigh(findings: Sequence[Features]) -> Weighing:
    """Inverse document frequency over the findings of both documents."""
    counts: Counter[str] = Counter()
    for f in findings:
        counts.update({*f.stems, *f.cognates, *f.concepts, *f.names})
    total = len(findings) + 1
    rarity = {term: math.log(total / n) for term, n in counts.items()}
    norms = {
        (f.passage, kind): math.sqrt(sum(rarity[t] ** 2 for t in bag))
        for f in findings
        for kind, bag in (("stems", f.stems), ("cognates", f.cognates), ("concepts", f.concepts))
    }
    return Weighing(rarity=rarity, norms=norms, columns={term: n for n, term in enumerate(rarity)})


def likeness(a: Features, b: Features, weighing: Weighing) -> float:
    """How alike two findings are (0 to 1): a weighted sum; weights stand at the head of this module."""
    same = a.language == b.language
    concepts = _cosine(a, b, "concepts", weighing)
    words = _cosine(a, b, "stems" if same else "cognates", weighing)
    names = _shared(a.names, b.names, weighing)
    targets = len(a.targets & b.targets) / min(len(a.targets), len(b.targets)) if a.targets and b.targets else 0.0
    score = (
        (WORDS if same else COGNATES) * math.sqrt(words)
        + (CONCEPTS if same else CONCEPTS_ACROSS) * concepts
        + NAMES * names
        + TARGETS * targets
    )
    if a.domain and b.domain:
        score += SAME_DOMAIN if a.domain == b.domain else OTHER_DOMAIN
    return max(0.0, min(1.0, score))


def likenesses(lefts: Sequence[Features], rights: Sequence[Features], weighing: Weighing) -> Scores:
    """`likeness` of every left with every right, as a matrix: a hundred times faster, equal to rounding (tested)."""
    languages = sorted({f.language for f in (*lefts, *rights)})
    same = _equal([languages.index(f.language) for f in lefts], [languages.index(f.language) for f in rights])
    concepts, stems, cognates = (
        _bag(lefts, kind, weighing) @ _bag(rights, kind, weighing).T for kind in ("concepts", "stems", "cognates")
    )
    words = np.where(same, WORDS, COGNATES) * np.sqrt(np.where(same, stems, cognates))
    scores = words + np.where(same, CONCEPTS, CONCEPTS_ACROSS) * concepts
    scores += NAMES * _overlap([f.names for f in lefts], [f.names for f in rights], weighing.rarity)
    scores += TARGETS * _overlap([f.targets for f in lefts], [f.targets for f in rights], None)
    codes = sorted({f.domain for f in (*lefts, *rights) if f.domain})
    a, b = ([codes.index(f.domain) if f.domain else -1 for f in side] for side in (lefts, rights))
    known = np.outer(np.array(a) >= 0, np.array(b) >= 0)
    scores += np.where(known, np.where(_equal(a, b), SAME_DOMAIN, OTHER_DOMAIN), 0.0)
    clipped: Scores = np.clip(scores, 0.0, 1.0)
    return clipped


def _equal(a: Sequence[int], b: Sequence[int]) -> Any:
    return np.equal.outer(np.array(a), np.array(b))


def _bag(findings: Sequence[Features], kind: str, weighing: Weighing) -> Scores:
    """Unit vectors of a bag; columns are the terms of all findings, the same for both sides."""
    columns = weighing.columns
    made = np.zeros((len(findings), len(columns)), dtype=np.float32)
    for row, f in enumerate(findings):
        if norm := weighing.norms[f.passage, kind]:
            for term in getattr(f, kind):
                made[row, columns[term]] = weighing.rarity[term] / norm
    return made


def _overlap(a: Sequence[frozenset[str]], b: Sequence[frozenset[str]], rarity: Mapping[str, float] | None) -> Scores:
    """Shared weight as a part of the lighter set's."""
    terms = {t: n for n, t in enumerate(sorted(set().union(*a, *b)))}
    weights = np.array([rarity.get(t, 0.0) if rarity is not None else 1.0 for t in terms], dtype=np.float32)
    left, right = (np.zeros((len(side), len(terms)), dtype=np.float32) for side in (a, b))
    for made, side in ((left, a), (right, b)):
        for row, held in enumerate(side):
            made[row, [terms[t] for t in held]] = 1.0
    shared = (left * weights) @ right.T
    most = np.minimum.outer(left @ weights, right @ weights)
    part: Scores = np.divide(shared, most, out=np.zeros_like(shared), where=most > 0)
    return part


def reasons(a: Features, b: Features, weighing: Weighing) -> Iterable[str]:
    """In what two findings are alike, for people."""
    if a.domain and a.domain == b.domain:
        yield f"same domain {a.domain}"
    if shared := sorted(a.targets & b.targets):
        yield f"same codes {', '.join(shared).replace('gcm', 'GCM')}"
    common = [
        t for t in [*a.concepts, *(a.stems if a.language == b.language else ())] if t in b.concepts or t in b.stems
    ]
    common.sort(key=lambda t: -weighing.rarity.get(t, 0.0))
    if common:
        named = (t[1:].replace("_", " ") if t.startswith("@") else a.forms[t] for t in common)
        yield "both speak of " + ", ".join(list(dict.fromkeys(named))[:5])
    if names := sorted(a.names & b.names):
        yield "both name " + ", ".join(names[:4])


def _cosine(a: Features, b: Features, kind: str, weighing: Weighing) -> float:
    shared = getattr(a, kind).keys() & getattr(b, kind).keys()
    if not shared:
        return 0.0
    rarity = weighing.rarity
    most = weighing.norms[a.passage, kind] * weighing.norms[b.passage, kind]
    return sum(rarity[t] ** 2 for t in shared) / most if most else 0.0


def _shared(a: frozenset[str], b: frozenset[str], weighing: Weighing) -> float:
    if not a or not b:
        return 0.0
    most = min(sum(weighing.rarity.get(t, 0.0) for t in a), sum(weighing.rarity.get(t, 0.0) for t in b))
    return sum(weighing.rarity.get(t, 0.0) for t in a & b) / most if most else 0.0
