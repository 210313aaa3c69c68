"""Documents made in code for tests of the store, the exports and the review: written here, of a country that is not."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pipeline.types import (
    Anchor,
    DocumentFacts,
    Extraction,
    Failure,
    PageFacts,
    Passage,
    Region,
    Review,
    Scheme,
    Span,
    Tag,
)

SENTENCES = (
    "All migrants have access to primary health care on the same terms as nationals.",
    "There is no strategy that defines how the diaspora takes part in national development.",
    "The Ministry of Labour adopted a code of conduct for recruitment agencies in 2019.",
    "The Government will publish migration statistics every year from 2026.",
    "Financial support from partners is needed to build registration offices in the islands.",
    "The report was prepared between March and June.",
)
TAGS: tuple[tuple[tuple[Scheme, str, float], ...], ...] = (
    (("category", "good_practice", 0.92), ("sdg_target", "3.8", 0.8), ("gcm", "15", 0.7), ("mgi_domain", "1", 0.9)),
    (("category", "gap", 0.88), ("sdg_target", "10.7", 0.55), ("gcm", "19", 0.6), ("mgi_domain", "2", 0.9)),
    (
        ("category", "action", 0.9),
        ("action_status", "taken", 0.9),
        ("sdg_target", "8.8", 0.85),
        ("mgi_domain", "4", 0.9),
    ),
    (("category", "action", 0.71), ("action_status", "planned", 0.7), ("sdg_target", "17.18", 0.9)),
    (("category", "support", 0.62), ("support_type", "finance", 0.6), ("sdg_target", "16.9", 0.51)),
    (),
)


def document_id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def passage(document: str, n: int, text: str, *, occurrence: int = 0, page: int | None = None) -> Passage:
    key = hashlib.sha256(f"{document}\n{occurrence}\n{text}".encode(errors="surrogatepass")).hexdigest()[:16]
    at = page or 1 + n // 6
    top = 72.0 + 40 * (n % 6)
    half = len(text) // 2
    first, second = Region(at, 72.0, top, 523.5, top + 12.25), Region(at, 72.0, top + 14, 400.0, top + 26.25)
    return Passage(
        id=key,
        document=document,
        n=n,
        kind="paragraph",
        text=text,
        page=at,
        page_label="iv" if at == 1 else str(at),
        headings=("Key findings", f"Domain {1 + n % 6}"),
        language="en",
        regions=(Region(at, 72.0, top, 523.5, top + 26.25),),
        anchors=(Anchor(0, half, first), Anchor(half, len(text), second)),
        notes=("3",) if n % 5 == 0 else (),
    )


def tags_for(n: int, text: str) -> tuple[Tag, ...]:
    """Tags of the kind of sentence that `n` stands for; evidence is the text's second word."""
    start = text.find(" ") + 1
    span = Span(start, max(start, text.find(" ", start)))
    return tuple(
        Tag(
            scheme=scheme,
            code=code,
            score=score,
            by="lexicon@1" if scheme != "mgi_domain" else "structure@1",
            evidence=(span,) if scheme != "mgi_domain" else (),
            reason="heading" if scheme == "mgi_domain" else "",
        )
        for scheme, code, score in TAGS[n % len(TAGS)]
    )


def texts(count: int) -> list[str]:
    """Different sentences: the six in turn, each told of another district."""
    return [
        text if n < len(SENTENCES) else f"In district {n // len(SENTENCES)}: {text}"
        for n in range(count)
        for text in (SENTENCES[n % len(SENTENCES)],)
    ]


def extraction(
    name: str = "profile",
    said: Sequence[str] | None = None,
    *,
    country: str = "LSO",
    year: int = 2021,
    kind: str = "mgi",
    title: str = "Migration governance in Exampleland",
) -> Extraction:
    """A document with one passage for each text (by default the six sentences)."""
    document = document_id(name)
    passages, seen = [], {}
    for n, text in enumerate(SENTENCES if said is None else said):
        occurrence = seen[text] = seen.get(text, -1) + 1
        passages.append(passage(document, n, text, occurrence=occurrence))
    pages = tuple(
        PageFacts(
            number=number,
            width=595.0,
            height=842.0,
            label="iv" if number == 1 else str(number),
            text="\n".join(p.text for p in passages if p.page == number),
        )
        for number in range(1, 2 + max((p.page for p in passages), default=0))
    )
    return Extraction(
        facts=DocumentFacts(
            id=document,
            path=f"in/{name}.pdf",
            title=title,
            kind=kind,  # type: ignore[arg-type]
            edition="national",
            country=country,
            year=year,
            language="en",
            source_url=f"https://example.org/{name}.pdf",
            detected={"year": "2021 on the cover"},
        ),
        status="read",
        pages=pages,
        passages=tuple(passages),
        tags=tuple(tags_for(n, p.text) for n, p in enumerate(passages)),
        failures=(Failure(document=document, stage="read", page=9, error="damaged"),),
        read_fingerprint="r1",
        tag_fingerprint="t1",
        seconds=0.5,
    )


def review(
    about: Passage,
    verdict: str = "accepted",
    *,
    reviewer: str = "ana",
    note: str = "",
    at: str = "2026-01-02T03:04:05+00:00",
    **codes: Sequence[str],
) -> Review:
    return Review(
        passage=about.id,
        document=about.document,
        verdict=verdict,  # type: ignore[arg-type]
        reviewer=reviewer,
        at=at,
        quote=about.text,
        codes={scheme: tuple(found) for scheme, found in codes.items()},  # type: ignore[misc]
        note=note,
    )
