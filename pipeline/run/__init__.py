"""The main job: documents in, workspace filled, each input accounted for. What is unchanged is not done again."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

from pipeline.config import Config, RunOptions
from pipeline.run.execute import extract_all, workers_for
from pipeline.run.extract import Job, document_id, read_fingerprint, tag_fingerprint
from pipeline.run.inputs import Input
from pipeline.stages.facts import Given
from pipeline.store import StoredDocument
from pipeline.types import DocumentStatus, Extraction
from pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one input; the fields are those of `mgi run --json`, and `title` and `aside` for the terminal."""

    path: str
    document: str | None
    status: DocumentStatus
    kind: str | None = None
    country: str | None = None
    year: int | None = None
    language: str | None = None
    title: str = ""
    pages: int = 0
    pages_without_text: tuple[int, ...] = ()
    pages_failed: tuple[int, ...] = ()
    passages: int = 0
    tags: int = 0
    seconds: float = 0.0
    reason: str | None = None
    aside: bool = False


@dataclass(slots=True)
class Summary:
    """Counts over a run; `not_read` lists each input of which something was not read, with the reason.

    `aside` counts files of other types that lay in a given folder: refused like any, but no failure of the run.
    """

    documents: Counter[str] = field(default_factory=Counter)
    pages: int = 0
    passages: int = 0
    tags: int = 0
    by_category: Counter[str] = field(default_factory=Counter)
    by_target: Counter[str] = field(default_factory=Counter)
    not_read: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    aside: int = 0

    def plain(self) -> dict[str, Any]:
        """For JSON; counts by code, most frequent first."""
        counts = {f: dict(getattr(self, f).most_common()) for f in ("documents", "by_category", "by_target")}
        rest = {f: getattr(self, f) for f in ("pages", "passages", "tags", "not_read", "aside", "seconds")}
        return counts | rest

    def add(self, outcome: Outcome) -> None:
        self.documents[outcome.status] += 1
        self.pages += outcome.pages
        self.passages += outcome.passages
        self.tags += outcome.tags
        self.aside += outcome.aside
        if outcome.status in ("refused", "partly"):
            self.not_read.append({"path": outcome.path, "status": outcome.status, "reason": outcome.reason})


def run(
    inputs: Iterable[Input],
    workspace: Workspace,
    config: Config,
    given: Given,
    *,
    scheduler: str | None = None,
    on_outcome: Callable[[Outcome], None] = lambda _outcome: None,
) -> Summary:
    """Read, segment, tag and store every input; returns when all are accounted for. Raises only for the workspace.

    A document whose bytes, options and tagger are those of an earlier run is `unchanged`; where only the tagger
    changed, it is tagged again without being read again.
    """
    summary = Summary()

    def tell(outcome: Outcome, extraction: Extraction | None = None) -> None:
        summary.add(outcome)
        if extraction is not None:
            for tag in (t for tags in extraction.tags for t in tags):
                if tag.scheme == "category":
                    summary.by_category[tag.code] += 1
                elif tag.scheme == "sdg_target":
                    summary.by_target[tag.code] += 1
        on_outcome(outcome)

    shown: dict[str, str] = {}
    jobs = _jobs(inputs, workspace, config, given, tell, shown)
    first = next(jobs, None)
    if first is None:  # nothing to do: no worker need start
        return summary
    with workers_for(scheduler, config.options(RunOptions)) as (submit, workers):
        for extraction in extract_all(_chain(first, jobs), submit, workers):
            _store(workspace, extraction)
            tell(_outcome(shown[extraction.facts.id], extraction), extraction)
    return summary


def _chain(first: Job, rest: Iterator[Job]) -> Iterator[Job]:
    yield first
    yield from rest


def _jobs(
    inputs: Iterable[Input],
    workspace: Workspace,
    config: Config,
    given: Given,
    tell: Callable[[Outcome], None],
    shown: dict[str, str],
) -> Iterator[Job]:
    """The jobs that must be done; everything else is told at once."""
    tag_print = tag_fingerprint(config)
    for entry in inputs:
        if entry.error is not None:
            reason = str(entry.error)
            tell(Outcome(path=entry.shown, document=None, status="refused", reason=reason, aside=entry.aside))
            continue
        data = entry.path.read_bytes()
        document = document_id(data)
        if document in shown:
            reason = f"The same content as {shown[document]}."
            tell(Outcome(path=entry.shown, document=document, status="unchanged", reason=reason))
            continue
        shown[document] = entry.shown
        mine = _completed(given, replace(entry.known or Given(), source_url=entry.source_url))
        stored = workspace.store.document(document)
        job = Job(path=str(entry.path), document=document, given=mine, config=config)
        if stored is None or stored.status == "refused" or stored.read_fingerprint != read_fingerprint(config, mine):
            _keep_source(workspace, entry, document, data)
            yield job
        elif stored.tag_fingerprint != tag_print:
            yield replace(job, known=(stored.facts, workspace.store.passages_of(document)))
        else:
            tell(_unchanged(entry.shown, stored))


def _completed(given: Given, known: Given) -> Given:
    """What the user says goes before what a manifest knows."""
    return Given(**{f.name: getattr(given, f.name) or getattr(known, f.name) for f in fields(Given)})


def _keep_source(workspace: Workspace, entry: Input, document: str, data: bytes) -> None:
    """Keep a copy, so that the page can be shown beside its passages after the original has moved."""
    target = workspace.sources / f"{document}{entry.path.suffix.lower()}"
    if not target.exists():
        part = target.with_suffix(".part")
        part.write_bytes(data)
        shutil.move(part, target)


def _store(workspace: Workspace, extraction: Extraction) -> None:
    stored = workspace.store.document(extraction.facts.id)
    if extraction.status == "refused":
        # a refusal never throws away what an earlier run could read
        if stored is None or stored.status == "refused":
            workspace.store.save(extraction)
    elif not extraction.pages and stored is not None:  # only the tags were made again
        workspace.store.retag(extraction.facts.id, extraction.tags, extraction.tag_fingerprint)
    else:
        workspace.store.save(extraction)


def _outcome(path: str, extraction: Extraction) -> Outcome:
    facts = extraction.facts
    return Outcome(
        path=path,
        document=facts.id,
        status=extraction.status,
        kind=facts.kind,
        country=facts.country,
        year=facts.year,
        language=facts.language,
        title=facts.title,
        pages=len(extraction.pages),
        pages_without_text=tuple(p.number for p in extraction.pages if not p.has_text),
        pages_failed=tuple(sorted({f.page for f in extraction.failures if f.page is not None})),
        passages=len(extraction.passages),
        tags=sum(map(len, extraction.tags)),
        seconds=extraction.seconds,
        reason=extraction.reason,
    )


def _unchanged(path: str, stored: StoredDocument) -> Outcome:
    facts = stored.facts
    return Outcome(
        path=path,
        document=facts.id,
        status="unchanged",
        kind=facts.kind,
        country=facts.country,
        year=facts.year,
        language=facts.language,
        title=facts.title,
        pages=stored.pages,
        pages_without_text=tuple(stored.pages_without_text),
        pages_failed=tuple(stored.pages_failed),
        passages=stored.passages,
        tags=stored.tags,
        reason=stored.reason,
    )


__all__ = ["Input", "Outcome", "Summary", "run"]
