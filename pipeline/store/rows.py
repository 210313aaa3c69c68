"""Values to rows of the tables and back: `value == from_row(to_row(value))`, except for what no database can hold."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import RowMapping

from pipeline.store.values import StoredDocument, StoredReview
from pipeline.types import (
    SCHEMES,
    Anchor,
    Codes,
    DocumentFacts,
    Extraction,
    Failure,
    Label,
    PageFacts,
    Passage,
    Region,
    Review,
    Span,
    Tag,
)
from pipeline.words import without_marks

Row = dict[str, Any]
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with NUL and lone surrogates, which a database refuses, as U+FFFD: offsets into it stay right.

    >>> storable("a" + chr(0) + "b") == "a" + chr(0xFFFD) + "b"
    True
    """
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def fold(text: str) -> str:
    """Lower case without accents, so that "acces" finds "accès".

    >>> fold("ACCÈS")
    'acces'
    """
    if text.isascii():
        return text.lower()
    return without_marks(unicodedata.normalize("NFKD", text.casefold()))


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _optional(text: str | None) -> str | None:
    return None if text is None else storable(text)


def document_row(extraction: Extraction, *, tags: int, added_at: str) -> Row:
    facts = extraction.facts
    return {
        "id": facts.id,
        "path": storable(facts.path),
        "title": storable(facts.title),
        "kind": facts.kind,
        "edition": facts.edition,
        "country": facts.country,
        "year": facts.year,
        "language": facts.language,
        "source_url": _optional(facts.source_url),
        "publisher": _optional(facts.publisher),
        "detected": storable(dump(dict(facts.detected))),
        "status": extraction.status,
        "reason": _optional(extraction.reason),
        "pages": len(extraction.pages),
        "pages_without_text": dump([p.number for p in extraction.pages if not p.has_text]),
        "pages_failed": dump(sorted({f.page for f in extraction.failures if f.page is not None})),
        "passages": len(extraction.passages),
        "tags": tags,
        "read_fingerprint": extraction.read_fingerprint,
        "tag_fingerprint": extraction.tag_fingerprint,
        "seconds": extraction.seconds,
        "added_at": added_at,
    }


def facts_of(row: RowMapping, prefix: str = "") -> DocumentFacts:
    def get(name: str) -> Any:
        return row[prefix + name]

    return DocumentFacts(
        id=get("id"),
        path=get("path"),
        title=get("title"),
        kind=get("kind"),
        edition=get("edition"),
        country=get("country"),
        year=get("year"),
        language=get("language"),
        source_url=get("source_url"),
        publisher=get("publisher"),
        detected=json.loads(get("detected")),
    )


def document_of(row: RowMapping) -> StoredDocument:
    return StoredDocument(
        facts=facts_of(row),
        status=row["status"],
        reason=row["reason"],
        pages=row["pages"],
        pages_without_text=tuple(json.loads(row["pages_without_text"])),
        pages_failed=tuple(json.loads(row["pages_failed"])),
        passages=row["passages"],
        tags=row["tags"],
        read_fingerprint=row["read_fingerprint"],
        tag_fingerprint=row["tag_fingerprint"],
        seconds=row["seconds"],
        added_at=row["added_at"],
    )


def page_row(document: str, page: PageFacts) -> Row:
    return {
        "document": document,
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "label": _optional(page.label),
        "text": storable(page.text),
        "has_text": page.has_text,
        "damaged": page.damaged,
        "ocr": page.ocr,
        "rotation": page.rotation,
    }


def page_of(row: RowMapping) -> PageFacts:
    return PageFacts(
        number=row["number"],
        width=row["width"],
        height=row["height"],
        label=row["label"],
        text=row["text"],
        has_text=row["has_text"],
        damaged=row["damaged"],
        ocr=row["ocr"],
        rotation=row["rotation"],
    )


def failure_row(failure: Failure, document: str) -> Row:
    return {
        "document": document,
        "stage": failure.stage,
        "error": storable(failure.error),
        "page": failure.page,
    }


def failure_of(row: RowMapping) -> Failure:
    return Failure(document=row["document"], stage=row["stage"], error=row["error"], page=row["page"])


def passage_row(passage: Passage, *, sub: int = 0, origin: str = "read", live: bool = True) -> Row:
    text = storable(passage.text)
    return {
        "id": passage.id,
        "document": passage.document,
        "n": passage.n,
        "sub": sub,
        "origin": origin,
        "live": live,
        "kind": passage.kind,
        "text": text,
        "folded": fold(text),
        "page": passage.page,
        "page_label": _optional(passage.page_label),
        "headings": storable(dump(passage.headings)),
        "language": passage.language,
        "regions": dump(passage.regions),
        "anchors": dump([[start, end, *region] for start, end, region in passage.anchors]),
        "confidence": passage.confidence,
        "notes": storable(dump(passage.notes)),
    }


def passage_of(row: RowMapping) -> Passage:
    return Passage(
        id=row["id"],
        document=row["document"],
        n=row["n"],
        kind=row["kind"],
        text=row["text"],
        page=row["page"],
        page_label=row["page_label"],
        headings=tuple(json.loads(row["headings"])),
        language=row["language"],
        regions=tuple(Region(*values) for values in json.loads(row["regions"])),
        anchors=tuple(Anchor(v[0], v[1], Region(*v[2:])) for v in json.loads(row["anchors"])),
        confidence=row["confidence"],
        notes=tuple(json.loads(row["notes"])),
    )


def tag_rows(passage: str, document: str, tags: Iterable[Tag]) -> list[Row]:
    return [
        {
            "passage": passage,
            "position": position,
            "document": document,
            "scheme": tag.scheme,
            "code": tag.code,
            "score": tag.score,
            "by": tag.by,
            "evidence": dump(tag.evidence),
            "reason": storable(tag.reason),
        }
        for position, tag in enumerate(tags)
    ]


def tag_of(row: RowMapping) -> Tag:
    return Tag(
        scheme=row["scheme"],
        code=row["code"],
        score=row["score"],
        by=row["by"],
        evidence=tuple(Span(*span) for span in json.loads(row["evidence"])),
        reason=row["reason"],
    )


def plain_codes(codes: Codes) -> dict[str, list[str]]:
    return {scheme: list(codes[scheme]) for scheme in SCHEMES if codes.get(scheme)}


def codes_of(plain: Mapping[str, Sequence[str]]) -> Codes:
    return cast("Codes", {scheme: tuple(codes) for scheme, codes in plain.items()})


def review_row(review: Review) -> Row:
    return {
        "passage": review.passage,
        "document": review.document,
        "verdict": review.verdict,
        "reviewer": storable(review.reviewer),
        "at": review.at,
        "quote": storable(review.quote),
        "codes": storable(dump(plain_codes(review.codes))),
        "note": storable(review.note),
    }


def review_of(row: RowMapping) -> StoredReview:
    """From a row of `reviews` joined with `attachments` (`attached`, `how`, `similarity`)."""
    return StoredReview(
        id=row["id"],
        review=Review(
            passage=row["passage"],
            document=row["document"],
            verdict=row["verdict"],
            reviewer=row["reviewer"],
            at=row["at"],
            quote=row["quote"],
            codes=codes_of(json.loads(row["codes"])),
            note=row["note"],
        ),
        passage=row["attached"],
        how=row["how"],
        similarity=row["similarity"],
    )


def label_row(label: Label, passage: Passage, *, sub: int, doubt: float) -> Row:
    return {
        "passage": passage.id,
        "document": passage.document,
        "n": passage.n,
        "sub": sub,
        "language": passage.language,
        "status": label.status,
        "score": label.score,
        "doubt": doubt,
        "reviewer": None if label.reviewer is None else storable(label.reviewer),
        "reviewed_at": label.reviewed_at,
        "note": storable(label.note),
        "codes": storable(dump(plain_codes(label.codes))),
    }


def code_rows(label: Label, document: str) -> list[Row]:
    return [
        {"passage": label.passage, "scheme": scheme, "code": code, "position": position, "document": document}
        for scheme, codes in label.codes.items()
        for position, code in enumerate(dict.fromkeys(codes))
    ]


def label_of(row: RowMapping, prefix: str = "") -> Label:
    return Label(
        passage=row[prefix + "passage"],
        status=row[prefix + "status"],
        codes=codes_of(json.loads(row[prefix + "codes"])),
        score=row[prefix + "score"],
        reviewer=row[prefix + "reviewer"],
        reviewed_at=row[prefix + "reviewed_at"],
        note=row[prefix + "note"],
    )
