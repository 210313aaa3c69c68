"""Official wording of targets, indicators, goals and objectives: starts of the encoder's head, and passages."""

from __future__ import annotations

from typing import Final

from pipeline.stages.evaluate.gold import GoldPassage
from pipeline.taxonomy import load_taxonomy
from pipeline.types import Scheme

LANGUAGES: Final = ("en", "fr", "es", "ar")

_SCHEMES: Final[tuple[Scheme, ...]] = ("sdg_target", "sdg_goal", "gcm")


def official_wording() -> dict[tuple[Scheme, str], list[str]]:
    """Titles of targets (with their indicators), goals and objectives in the languages that have them."""
    taxonomy = load_taxonomy()
    found = {
        (scheme, code): sorted({category.title(language) for language in LANGUAGES})
        for scheme in _SCHEMES
        for code, category in taxonomy.schemes[scheme].items()
    }
    for indicator, target in taxonomy.indicators.items():
        titles = taxonomy.indicator_titles.get(indicator, {})
        found["sdg_target", target] += sorted({titles[language] for language in LANGUAGES if titles.get(language)})
    return found


def wording_passages() -> list[GoldPassage]:
    """Each wording as a passage that is labelled with its code (a target's with its goal, too) and in no other scheme.

    >>> found = wording_passages()
    >>> next(p.codes for p in found if p.id == "wording-sdg_target-10.7-0")
    {'sdg_target': ('10.7',), 'sdg_goal': ('10',)}
    """
    found: list[GoldPassage] = []
    for (scheme, code), texts in official_wording().items():
        codes: dict[Scheme, tuple[str, ...]] = {scheme: (code,)}
        if scheme == "sdg_target":
            codes["sdg_goal"] = (code.partition(".")[0],)
        for n, text in enumerate(texts):
            found.append(
                GoldPassage(
                    id=f"wording-{scheme}-{code}-{n}",
                    text=text,
                    codes=codes,
                    document="official wording",
                    migration=True if scheme == "gcm" else None,
                )
            )
    return found
