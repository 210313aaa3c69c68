"""What a draft is made from, and how it is sorted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.errors import ConfigError
from pipeline.stages.draft.frames import Theme, load_themes
from pipeline.types import DocumentFacts, LabelledPassage, Scheme

CATEGORIES: Final = ("good_practice", "gap", "action", "support")
TARGETS: Final[Scheme] = "sdg_target"
GOALS: Final[Scheme] = "sdg_goal"
CATEGORY: Final[Scheme] = "category"
DOMAIN: Final[Scheme] = "mgi_domain"
STATUS: Final[Scheme] = "action_status"
SUPPORT: Final[Scheme] = "support_type"
GCM: Final[Scheme] = "gcm"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOptions:
    """How much stands in a draft. What is left out for length is counted in the text."""

    quotes: int = 8
    """Quotes of one category in one section of the thematic layout."""
    headlines: int = 5
    """Good practices and gaps in the paragraph on SDG 10."""
    examples: int = 3
    """Passages of other countries' reviews for one theme."""

    def __post_init__(self) -> None:
        for name in ("quotes", "headlines", "examples"):
            if getattr(self, name) < 0:
                raise ConfigError(f"draft.{name} is below 0.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedGap:
    """A row of the progress table: gap, what the follow-up says, status."""

    gap: LabelledPassage | None
    found: LabelledPassage | None
    status: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An action that answers a gap, and why they belong together."""

    action: LabelledPassage
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that the drafts of one country may use; nothing else enters them.

    `passages` are those of the latest assessment, `others` the country's other passages (earlier assessments, reviews),
    `assessments` the country's profiles, oldest first. `answers` maps a gap's passage id to actions. `progress` is
    None where there is no follow-up; `waiting` of its rows are left out since nobody reviewed the follow-up's finding.
    `unreviewed`: passages that nobody reviewed are among them, and are marked.
    """

    country: str
    country_name: str
    assessments: tuple[DocumentFacts, ...]
    passages: tuple[LabelledPassage, ...]
    others: tuple[LabelledPassage, ...] = ()
    answers: Mapping[str, tuple[Answer, ...]]
    progress: tuple[MatchedGap, ...] | None = None
    waiting: int = 0
    examples: Mapping[str, tuple[LabelledPassage, ...]]
    unreviewed: bool = False
    options: DraftOptions

    @property
    def latest(self) -> DocumentFacts:
        return self.assessments[-1]

    def findings(self, category: str) -> list[LabelledPassage]:
        """Of the latest assessment, in its order; actions and support needs come from all documents of the country."""
        wide = category in ("action", "support")
        return [p for p in (*self.passages, *(self.others if wide else ())) if category in codes(p, CATEGORY)]


def codes(labelled: LabelledPassage, scheme: Scheme) -> tuple[str, ...]:
    """What holds for the passage now, best first."""
    return tuple(labelled.label.codes.get(scheme, ()))


def theme_of(labelled: LabelledPassage, themes: Sequence[Theme] | None = None) -> Theme:
    """The one theme of a finding: by its best target, else its best goal, else the last theme."""
    themes = themes or load_themes()
    for target in codes(labelled, TARGETS):
        for theme in themes:
            if target in theme.targets:
                return theme
        for theme in themes:
            if target.partition(".")[0] in theme.goals:
                return theme
    for goal in codes(labelled, GOALS):
        for theme in themes:
            if goal in theme.goals:
                return theme
    return themes[-1]


def is_reviewed(labelled: LabelledPassage) -> bool:
    return labelled.label.status in ("accepted", "changed")


def best_first(passages: Sequence[LabelledPassage]) -> list[LabelledPassage]:
    """Reviewed ones before others, sure ones before doubtful ones, short ones before long ones."""
    return sorted(passages, key=lambda p: (not is_reviewed(p), -round(p.label.score, 2), len(p.passage.text)))


def without_repeats(passages: Sequence[LabelledPassage]) -> list[LabelledPassage]:
    """Each wording once: reports repeat their findings in summaries."""
    seen: set[str] = set()
    kept = []
    for p in passages:
        key = " ".join(p.passage.text.casefold().split())
        if key not in seen:
            seen.add(key)
            kept.append(p)
    return kept
