"""The tagger's proposals for gold passages, in the form that `evaluate` measures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from pipeline.stages.evaluate.gold import GoldPassage
from pipeline.stages.evaluate.measure import Proposals
from pipeline.stages.tag import TagContext, TagOptions, tag_passages
from pipeline.types import DocumentKind, Passage, Scheme, Tag

BATCH = 256


def passages_of(gold: Sequence[GoldPassage]) -> list[Passage]:
    """Gold passages as the tagger takes them."""
    return [
        Passage(
            id=p.id,
            document=p.document,
            n=n,
            kind="paragraph",
            text=p.text,
            page=1,
            headings=p.headings,
            language=p.language,
        )
        for n, p in enumerate(gold)
    ]


def kind_of(passage: GoldPassage) -> DocumentKind:
    kinds: dict[str, DocumentKind] = {"mgi": "mgi", "vnr": "vnr", "vlr": "vlr"}
    return kinds.get(passage.kind or "", "other")


def propose(gold: Sequence[GoldPassage], options: TagOptions | None = None) -> list[Proposals]:
    """What would be proposed for each passage, in their order."""
    found: list[Proposals] = []
    rows = list(zip(gold, passages_of(gold), strict=True))
    for kind, group in groupby(rows, key=lambda row: kind_of(row[0])):
        passages = [passage for _, passage in group]
        for start in range(0, len(passages), BATCH):
            found += map(_by_scheme, tag_passages(passages[start : start + BATCH], TagContext(kind=kind), options))
    return found


def _by_scheme(tags: Sequence[Tag]) -> Proposals:
    grouped: dict[Scheme, list[tuple[str, float]]] = {}
    for tag in tags:
        grouped.setdefault(tag.scheme, []).append((tag.code, tag.score))
    return grouped
