"""Passages -> Tags. Each tagger is one module and one line in TAGGERS; `tag_passages` runs them and combines.

explicit    codes that the text names                      (patterns)
lexicon     topics: targets, goals, objectives, domains    (terms, crosswalk)
structure   what the headings say                          (profiles)
cues        good practice, gap, action, support            (cue words)
model       all schemes, from these and the text           (trained weights)

The model is no tagger beside the others: it weighs what they and the text say, so it runs last and joins them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from pipeline.errors import ConfigError
from pipeline.stages.tag.combine import combine_scores, combine_tags
from pipeline.stages.tag.context import TagContext, Tagger, passage_language
from pipeline.stages.tag.cues import cue_values, tag_cues
from pipeline.stages.tag.explicit import tag_explicit
from pipeline.stages.tag.lexicon import IS_MIGRATION, read_topics, tag_lexicon
from pipeline.stages.tag.structure import neutral_heading, tag_structure
from pipeline.types import Passage, Scheme, Tag

if TYPE_CHECKING:
    from pipeline.stages.tag.model import Model

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

RULE_THRESHOLDS: Final[Mapping[Scheme, float]] = MappingProxyType(
    {
        "category": 0.5,
        "action_status": 0.5,
        "support_type": 0.5,
        "sdg_target": 0.4,
        "sdg_goal": 0.55,
        "gcm": 0.5,
        "mgi_domain": 0.45,
    }
)
"""How sure rules alone must be, where the options leave it open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagOptions:
    """Which taggers run and how sure a proposal must be, by scheme (0 to 1).

    `profile`: `full` joins encoder, linear model and rules, `fast` leaves the encoder out, `rules` uses no weights;
    where weights are absent, what is there runs. A threshold of 0 means the one chosen for each label when the model
    was trained (`RULE_THRESHOLDS` where rules alone run). `model`: a folder with a second stage retrained from reviews.
    """

    taggers: tuple[str, ...] = RULES
    profile: Literal["full", "fast", "rules"] = "full"
    model: str = ""
    category: float = 0.0
    action_status: float = 0.0
    support_type: float = 0.0
    sdg_target: float = 0.0
    sdg_goal: float = 0.0
    gcm: float = 0.0
    mgi_domain: float = 0.0

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
    >>> found = {(t.scheme, t.code) for t in tag_passages([passage], TagContext())[0]}
    >>> {('category', 'gap'), ('sdg_target', '10.7')} <= found
    True
    """
    options = options or TagOptions()
    found: list[list[Tag]] = [[] for _ in passages]
    for name in options.taggers:
        for tags, more in zip(found, TAGGERS[name](passages, context), strict=True):
            tags.extend(more)
    migration = [read_topics(passage, context).migration >= IS_MIGRATION for passage in passages]
    if passages and (model := _model(options)) is not None:
        return _with_model(passages, found, migration, context, options, model)
    thresholds = {scheme: value or RULE_THRESHOLDS[scheme] for scheme, value in options.thresholds().items()}
    return [combine_tags(tags, thresholds, moving) for tags, moving in zip(found, migration, strict=True)]


def _model(options: TagOptions) -> Model | None:
    if options.profile == "rules":
        return None
    # numpy and weights only where a model runs: options are read by every command
    from pipeline.stages.tag.model import load_model  # noqa: PLC0415

    return load_model(options.profile, options.model)


def _with_model(
    passages: Sequence[Passage],
    found: Sequence[Sequence[Tag]],
    migration: Sequence[bool],
    context: TagContext,
    options: TagOptions,
    model: Model,
) -> list[tuple[Tag, ...]]:
    texts = [passage.text for passage in passages]
    scores, moving = model.scores(texts, _features(passages, found, context))
    profile = context.kind == "mgi"
    return [
        combine_scores(
            text, tags, scores[row], model, options.thresholds(), migration[row] or moving[row] >= 0.5, profile
        )
        for row, (text, tags) in enumerate(zip(texts, found, strict=True))
    ]


def rule_features(passages: Sequence[Passage], context: TagContext) -> list[dict[str, float]]:
    """What the rules see, as numbers for a trained model: the same keys mean the same for every passage.

    `<tagger>:<scheme>:<code>` is that tagger's score, `cue:<class>` how strongly a class of cues speaks there,
    `topic:<code>` the score of a migration topic, `migration` how surely the passage is about migration,
    `heading:neutral` 1 under references, methodology and the like. What is 0 is left out.
    """
    found: list[list[Tag]] = [[] for _ in passages]
    for name in RULES:
        for tags, more in zip(found, TAGGERS[name](passages, context), strict=True):
            tags.extend(more)
    return _features(passages, found, context)


def _features(
    passages: Sequence[Passage], found: Sequence[Sequence[Tag]], context: TagContext
) -> list[dict[str, float]]:
    features: list[dict[str, float]] = [
        {f"{tag.by.partition('@')[0]}:{tag.scheme}:{tag.code}": tag.score for tag in tags} for tags in found
    ]
    for row, passage in zip(features, passages, strict=True):
        row.update({f"cue:{code}": value for code, value in cue_values(passage, context).items()})
        reading = read_topics(passage, context)
        row.update({f"topic:{topic}": score for topic, (score, _) in reading.topics.items()})
        if reading.migration:
            row["migration"] = reading.migration
        if neutral_heading(passage.headings) is not None:
            row["heading:neutral"] = 1.0
    return features
