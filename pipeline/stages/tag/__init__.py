"""Passages -> Tags. Each tagger is one module and one line in TAGGERS; `tag_passages` runs them and combines.

explicit    codes that the text names                      (patterns)
lexicon     topics: targets, goals, objectives, domains    (terms, crosswalk)
structure   what the headings say                          (profiles)
cues        good practice, gap, action, support            (cue words)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pipeline.errors import ConfigError
from pipeline.stages.tag.combine import combine_tags
from pipeline.stages.tag.context import TagContext, Tagger, hits_of, passage_language
from pipeline.stages.tag.cues import cue_values, tag_cues
from pipeline.stages.tag.explicit import tag_explicit
from pipeline.stages.tag.lexicon import IS_MIGRATION, tag_lexicon, topics_of
from pipeline.stages.tag.structure import neutral_heading, tag_structure
from pipeline.types import Passage, Scheme, Tag

__all__ = ["TAGGERS", "TagContext", "TagOptions", "Tagger", "passage_language", "rule_features", "tag_passages"]

TAGGERS: Final[Mapping[str, Tagger]] = MappingProxyType(
    {
        "explicit": tag_explicit,
        "lexicon": tag_lexicon,
        "structure": tag_structure,
        "cues": tag_cues,
    }
)

RULES: Final = ("explicit", "lexicon", "structure", "cues")


@dataclass(frozen=True, slots=True, kw_only=True)
class TagOptions:
    """Which taggers run and how sure a proposal must be, by scheme (0 to 1)."""

    taggers: tuple[str, ...] = RULES
    category: float = 0.5
    action_status: float = 0.5
    support_type: float = 0.5
    sdg_target: float = 0.4
    sdg_goal: float = 0.35
    gcm: float = 0.4
    mgi_domain: float = 0.35

    def __post_init__(self) -> None:
        if unknown := [name for name in self.taggers if name not in TAGGERS]:
            raise ConfigError(f"Unknown tagger '{unknown[0]}'.", hint=f"Known: {', '.join(TAGGERS)}.")
        for scheme, threshold in self.thresholds().items():
            if not 0 <= threshold <= 1:
                raise ConfigError(f"tag.{scheme} = {threshold} is not between 0 and 1.")

    def thresholds(self) -> dict[Scheme, float]:
        return {
            "category": self.category,
            "action_status": self.action_status,
            "support_type": self.support_type,
            "sdg_target": self.sdg_target,
            "sdg_goal": self.sdg_goal,
            "gcm": self.gcm,
            "mgi_domain": self.mgi_domain,
        }


def tag_passages(
    passages: Sequence[Passage], context: TagContext, options: TagOptions | None = None
) -> list[tuple[Tag, ...]]:
    """What is proposed for each passage, in their order; the same input gives the same output.

    >>> passage = Passage(id="p", document="d", n=0, kind="paragraph", page=1, language="en",
    ...     text="There is no national migration strategy (target 10.7).")
    >>> [(t.scheme, t.code) for t in tag_passages([passage], TagContext())[0] if t.scheme in ("category", "sdg_target")]
    [('category', 'gap'), ('sdg_target', '10.7')]
    """
    options = options or TagOptions()
    found: list[list[Tag]] = [[] for _ in passages]
    for name in options.taggers:
        for tags, more in zip(found, TAGGERS[name](passages, context), strict=True):
            tags.extend(more)
    thresholds = options.thresholds()
    return [
        combine_tags(tags, thresholds, _migration(passage, context) >= IS_MIGRATION)
        for passage, tags in zip(passages, found, strict=True)
    ]


def rule_features(passages: Sequence[Passage], context: TagContext) -> list[dict[str, float]]:
    """What the rules see, as numbers for a trained model: the same keys mean the same for every passage.

    `<tagger>:<scheme>:<code>` is that tagger's score, `cue:<class>` how strongly a class of cues speaks there,
    `topic:<code>` the score of a migration topic, `migration` how surely the passage is about migration,
    `heading:neutral` 1 under references, methodology and the like. What is 0 is left out.
    """
    features: list[dict[str, float]] = [{} for _ in passages]
    for name in RULES:
        for row, tags in zip(features, TAGGERS[name](passages, context), strict=True):
            row.update({f"{name}:{tag.scheme}:{tag.code}": tag.score for tag in tags})
    for row, passage in zip(features, passages, strict=True):
        row.update({f"cue:{code}": value for code, value in cue_values(passage, context).items()})
        topics, migration = topics_of(hits_of(passage.text, passage_language(passage, context)), context)
        row.update({f"topic:{topic}": score for topic, (score, _) in topics.items()})
        if migration:
            row["migration"] = migration
        if neutral_heading(passage.headings) is not None:
            row["heading:neutral"] = 1.0
    return features


def _migration(passage: Passage, context: TagContext) -> float:
    return topics_of(hits_of(passage.text, passage_language(passage, context)), context)[1]
