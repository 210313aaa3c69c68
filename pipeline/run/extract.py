"""One document through all stages: bytes -> pages -> blocks -> passages -> tags. No store, no printing."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pipeline.config import Config, fingerprint
from pipeline.errors import LimitExceeded, NoTextLayer, PipelineError, ReadError
from pipeline.resources import resource
from pipeline.stages.facts import Given, detect_facts
from pipeline.stages.layout import LayoutOptions, lay_out
from pipeline.stages.proof import doubtful
from pipeline.stages.read import ReadOptions, read_pages
from pipeline.stages.segment import SegmentOptions, segment
from pipeline.stages.tag import TagContext, TagOptions, tag_passages
from pipeline.types import Document, DocumentFacts, DocumentStatus, Extraction, Failure, Passage, Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One document to extract. `data` travels with the job where the worker cannot see the file (a cluster).

    `known` holds the passages of an earlier reading that is still valid: then only the tags are made again.
    """

    path: str
    document: str
    given: Given
    config: Config
    data: bytes | None = None
    known: tuple[DocumentFacts, tuple[Passage, ...]] | None = None


def document_id(data: bytes) -> str:
    """First 16 hex digits of the SHA-256 of the bytes."""
    return hashlib.sha256(data).hexdigest()[:16]


def read_document(data: bytes, path: str, config: Config) -> Document:
    """Pages, blocks and failures of one PDF, DOCX or HTML file. Raises a ReadError where nothing can be read."""
    return lay_out(read_pages(data, path, config.options(ReadOptions)), config.options(LayoutOptions))


def read_fingerprint(config: Config, given: Given) -> str:
    """Changes when a reading made before would come out differently: the reader's code, its options, what is given."""
    code = _content_of("read", "layout", "segment.py", "proof.py", "facts.py")
    options = [config.options(o) for o in (ReadOptions, LayoutOptions, SegmentOptions)]
    return fingerprint(code, *options, given)


def tag_fingerprint(config: Config) -> str:
    """Changes when tags made before would come out differently: the taggers' code, options, lexicons and weights."""
    return fingerprint(_content_of("tag"), _content_of_models(), config.options(TagOptions))


def _content_of(*parts: str) -> str:
    stages = Path(__file__).resolve().parent.parent / "stages"
    paths = [p for part in parts for p in _python_files(stages / part)]
    return hashlib.sha256(b"\0".join(p.read_bytes() for p in paths)).hexdigest()


def _python_files(path: Path) -> list[Path]:
    # a stage is one module or a package of that name
    return sorted(path.rglob("*.py")) if path.is_dir() else [path if path.suffix else path.with_suffix(".py")]


@cache
def _content_of_models() -> str:
    digest = hashlib.sha256()
    for folder in ("models", "configs"):
        for path in sorted(p for p in resource(folder).rglob("*") if p.is_file() and p.suffix != ".md"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def extract(job: Job) -> Extraction:
    """All that one run learns of a document; a document that cannot be read comes back `refused`, with the reason."""
    started = time.perf_counter()
    try:
        extraction = _retag(job) if job.known else _extract(job)
    except ReadError as error:
        extraction = refused(job, "read", error)
    except PipelineError:
        raise  # an option or a data file of the project is wrong: no document's fault, and the same for all
    except MemoryError:
        extraction = refused(job, "read", LimitExceeded("It needs more memory than allowed.", hint=MEMORY_HINT))
    except Exception as error:  # the law: a bad document never stops the others
        problem = ReadError(f"The reader failed: {type(error).__name__}: {error}.", hint="Please report this file.")
        extraction = refused(job, "read", problem)
    return replace(
        extraction,
        seconds=round(time.perf_counter() - started, 3),
        read_fingerprint=read_fingerprint(job.config, job.given),
        tag_fingerprint=tag_fingerprint(job.config),
    )


MEMORY_HINT = "Raise run.memory_mb or split the file."


def refused(job: Job, stage: str, error: ReadError) -> Extraction:
    """The extraction of a document of which nothing could be read."""
    g = job.given
    facts = DocumentFacts(
        id=job.document,
        path=job.path,
        title=g.title or Path(job.path).stem,
        kind=g.kind or "other",
        country=g.country,
        year=g.year,
        language=g.language,
        source_url=g.source_url,
    )
    failure = Failure(document=job.document, stage=stage, error=str(error))
    return Extraction(facts=facts, status="refused", failures=(failure,), reason=str(error))


def _extract(job: Job) -> Extraction:
    data = job.data if job.data is not None else Path(job.path).read_bytes()
    raw = read_pages(data, job.path, job.config.options(ReadOptions))
    document = lay_out(raw, job.config.options(LayoutOptions))
    facts = detect_facts(document, job.given)
    found = segment(document, job.config.options(SegmentOptions))
    doubted = doubtful(raw, found)
    passages = tuple(p for p in found if p not in doubted)
    if not found and document.pages and not any(p.has_text for p in document.pages):
        error = NoTextLayer(
            f"None of its {len(document.pages)} pages has a text layer (a scan?).", hint="Run again with --ocr."
        )
        return replace(refused(job, "read", error), facts=facts, pages=document.pages)
    status, reason = _status(document, doubted)
    return Extraction(
        facts=facts,
        status=status,
        pages=document.pages,
        passages=passages,
        tags=_tags(passages, facts, job.config),
        failures=document.failures + tuple(map(_left_out, doubted)),
        reason=reason,
    )


def _retag(job: Job) -> Extraction:
    assert job.known is not None
    facts, passages = job.known
    return Extraction(facts=facts, status="read", passages=passages, tags=_tags(passages, facts, job.config))


def _tags(passages: tuple[Passage, ...], facts: DocumentFacts, config: Config) -> tuple[tuple[Tag, ...], ...]:
    context = TagContext(kind=facts.kind, country=facts.country, language=facts.language)
    return tuple(tag_passages(passages, context, config.options(TagOptions)))


def _left_out(passage: Passage) -> Failure:
    """A passage that is no quotation; its page was read, so the page is named in words only."""
    start = passage.text[:80].replace("\t", " | ")
    error = f"Page {passage.page}: the words are not sure, left out: {start}"
    return Failure(document=passage.document, stage="proof", error=error)


def _status(document: Document, doubted: tuple[Passage, ...]) -> tuple[DocumentStatus, str | None]:
    """`partly` if anything was not read, and a sentence that names such pages and those read by OCR."""
    parts = []
    if document.pages_failed:
        parts.append(f"{_pages(document.pages_failed)} could not be read")
    damaged = [p.number for p in document.pages if p.damaged]
    if damaged:
        has = "has a damaged text layer and was" if len(damaged) == 1 else "have a damaged text layer and were"
        parts.append(f"{_pages(damaged)} {has} not tagged; try --ocr")
    if document.pages_without_text:
        parts.append(f"{_pages(document.pages_without_text)} without text; try --ocr if a scan")
    if doubted:
        places = (
            "1 passage whose words are not sure was"
            if len(doubted) == 1
            else (f"{len(doubted)} passages whose words are not sure were")
        )
        parts.append(f"{places} left out ({_pages([p.page for p in doubted])})")
    status: DocumentStatus = "partly" if parts else "read"
    by_ocr = sorted({b.page for b in document.blocks if b.confidence is not None})
    if by_ocr:
        parts.append(f"{_pages(by_ocr)} {'was' if len(by_ocr) == 1 else 'were'} read by OCR")
    return status, "; ".join(parts) + "." if parts else None


def _pages(numbers: list[int] | tuple[int, ...]) -> str:
    """`page 3`, `pages 3, 5-7`: runs are folded so that a long list stays readable."""
    runs: list[list[int]] = []
    for n in sorted(set(numbers)):
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    text = ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs)
    return f"page {text}" if len(set(numbers)) == 1 else f"pages {text}"
