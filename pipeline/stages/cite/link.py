"""Tell which MGI profile a citation means: place, year and edition named beside it; where two remain, none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from pipeline.citation_names import CitationNames, load_citation_names
from pipeline.gazetteer import country_names
from pipeline.types import DocumentFacts, Span
from pipeline.words import fold

NEAR: Final = 90  # characters after or before the name in which its year is looked for
_YEAR: Final = re.compile(r"(?<!\d)(20[12]\d)(?!\d)")
_OF_PLACE: Final = re.compile(
    r"^\W{0,3}(?:\(?(?:MGI|IGM)\)?\W{0,3})?(?:(?:profile|profil|perfil|assessment|report|snapshot|évaluation|evaluación)\s+)?"
    r"(?:(?:of|for|in|de|du|del|da|do|en|au|em)\s|d['’]|[:–-])\s*(?:the\s+|la\s+|le\s+|l['’]\s*|el\s+)?"
    r"(?P<place>[A-ZÀ-Ý][\w'’-]*[a-zß-ÿ][\w'’-]*(?:[ -][A-ZÀ-Ý][\w'’-]+){0,3})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A MGI profile that can be meant: its facts, and the names under which its place is known, folded."""

    id: str
    title: str
    country: str | None
    year: int | None
    edition: str | None
    places: tuple[str, ...]


def profile_of(facts: DocumentFacts) -> Profile:
    """What a text can name a profile by.

    >>> profile_of(DocumentFacts(id="a", path="a.pdf", title="Migration Governance Indicators: Kelvara 2019")).places
    ('kelvara',)
    """
    return Profile(
        id=facts.id,
        title=facts.title,
        country=facts.country,
        year=facts.year,
        edition=facts.edition,
        places=places_of(facts.title, facts.country),
    )


def places_of(title: str, country: str | None) -> tuple[str, ...]:
    """Names of a place: what a title says beyond the general words, and the country's names in six languages."""
    general = load_citation_names().general_words
    words = re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", fold(title))
    place = " ".join(w for w in words if w not in general)
    own = (place,) if 3 <= len(place) <= 40 else ()
    return tuple(dict.fromkeys((*own, *_names_of_countries().get(country or "", ()))))


@cache
def _names_of_countries() -> dict[str, tuple[str, ...]]:
    """ISO code -> names of the country, folded as this package compares them."""
    out: dict[str, list[str]] = {}
    for name, code in country_names().items():
        out.setdefault(code, []).append(fold(name))
    return {code: tuple(dict.fromkeys(names)) for code, names in out.items()}


def link(
    text: str,
    spans: Sequence[Span],
    *,
    document: DocumentFacts,
    profiles: Sequence[Profile],
    knowledge: CitationNames,
) -> Profile | None:
    """The profile that is meant, or None where none or more than one can be."""
    folded = fold(text)
    titled = [p for p in profiles if _has_title(folded, p)]
    if len(titled) == 1:
        return titled[0]
    usable = [p for p in profiles if p.year is None or document.year is None or p.year <= document.year]
    named = [p for p in usable if any(_has_word(folded, place) for place in p.places)]
    own_places = places_of(document.title, document.country)
    if not named:
        if _other_place(text, spans, own_places):
            return None
        named = [p for p in usable if document.country and p.country == document.country]
    if len({p.country or p.places for p in named}) > 1:
        return None
    return _by_year(text, folded, spans, named, knowledge)


def _by_year(
    text: str, folded: str, spans: Sequence[Span], candidates: Sequence[Profile], knowledge: CitationNames
) -> Profile | None:
    years = _years_near(text, spans)
    of_year = [p for p in candidates if p.year in years]
    if of_year:
        return of_year[0] if len(of_year) == 1 else None
    if len(candidates) == 1:
        conflicting = years and candidates[0].year is not None and _year_is_its_own(text, spans)
        return None if conflicting else candidates[0]
    dated = sorted((p for p in candidates if p.year is not None), key=lambda p: p.year or 0)
    first, second = knowledge.editions["baseline"].search(folded), knowledge.editions["followup"].search(folded)
    if not dated or bool(first) == bool(second):
        return None
    followups = [p for p in dated if p.edition == "follow-up"] or dated[-1:]
    if second:
        return followups[0] if len(followups) == 1 else None
    return dated[0]


def _years_near(text: str, spans: Sequence[Span]) -> set[int]:
    near = [text[max(0, s.start - NEAR) : s.end + NEAR] for s in spans] or [text[: 2 * NEAR]]
    return {int(y) for part in near for y in _YEAR.findall(part)}


def _year_is_its_own(text: str, spans: Sequence[Span]) -> bool:
    """A year written right at the name ("MGI 2016", "2016 MGI", "Indicators (2016)")."""
    for s in spans:
        if re.match(r"(?:\s*\(?(?:MGI|IGM)\)?)?[\s,(]{1,3}20[12]\d", text[s.end : s.end + 16]):
            return True
        if re.search(r"20[12]\d\s+$", text[max(0, s.start - 6) : s.start]):
            return True
    return False


def _has_title(folded: str, profile: Profile) -> bool:
    title = " ".join(re.findall(r"\w+", fold(profile.title)))
    return len(title.split()) >= 4 and title in " ".join(re.findall(r"\w+", folded))


def _has_word(folded: str, place: str) -> bool:
    return re.search(rf"(?<!\w)(?:[وفبلك]?(?:ال)?)?{re.escape(place)}(?!\w)", folded) is not None


def _other_place(text: str, spans: Sequence[Span], own: Sequence[str]) -> bool:
    """The name is followed by a place that is not the document's own: "the MGI profile of Norland"."""
    for s in spans:
        match = _OF_PLACE.match(text[s.end : s.end + 90])
        if match and fold(match["place"]) not in own and not _is_general(match["place"]):
            return True
    return False


def _is_general(place: str) -> bool:
    general = load_citation_names().general_words
    return all(w in general for w in re.findall(r"\w+", fold(place)))
