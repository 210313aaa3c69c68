"""Document -> DocumentFacts: kind, edition, country, year, language and title, each with the words that told it.

Where the user gave a fact it stands; where two answers remain, none is given (`kind` falls back to `other`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from pipeline.gazetteer import country_names, country_pattern, fold, kind_names
from pipeline.language import detect_language
from pipeline.types import Block, Document, DocumentFacts, DocumentKind

FRONT_PAGES = 2
AGENDA = 2030
TITLE_PAGES = 6
LONGEST_TITLE = 300
FEW_WORDS = 3
PRINT_STEP = 1.0
SAME_PRINT = 0.12
COVER_LINE = 120
YEAR = re.compile(r"(?<![\d/.,–-])(?:19[89]\d|20[0-4]\d)(?![\d/]|[.,]\d|\s?[–-]\s?\d{2,})")
PERIOD = re.compile(r"(?:19|20)\d\d\s?[–—-]\s?(?:\d{4}|\d{2})(?!\d)")
ADDRESS = re.compile(
    r"(?i)p\.?\s?o\.? box|route des morillons|\btel\b|\bt[ée]l\b|www\.|@|gen[eè]v[ae]|ginebra|genebra|جنيف"
)
MONTH_YEAR = re.compile(r"[^\W\d_]{3,}\.?(?: de)? (?:19|20)\d\d\b")
NUMBERED = re.compile(r"(?:\d+|[IVX]+|[A-Z])[.)]\s")
SPACED = re.compile(r"(?:\b\w ){3,}\w\b")
ISSUER = re.compile(
    r"(?i)(?:the )?(?:united nations|nations unies|naciones unidas|الأمم المتحدة"
    r"|general assembly|assembl[ée]e g[ée]n[ée]rale"
    r"|asamblea general|الجمعية العامة|economic and social council|conseil [ée]conomique et social"
    r"|consejo econ[óo]mico y social|security council|conseil de s[ée]curit[ée]|consejo de seguridad"
    r"|official records|documents officiels|documentos oficiales"
    r"|(?:(?:islamic|federal|democratic|people.s|plurinational|arab|royal|united) )*"
    r"(?:republic|kingdom|government|state|commonwealth|federation) of (?:the )?[\w’' -]{3,40}"
    r"|(?:r[ée]publique|royaume|gouvernement|rep[úu]blica|reino|gobierno) (?:de |du |des |del |d.)[\w’' -]{3,40}"
    r"|[\w-]{4,20} (?:session|year))"
    r"(?:[ ,–-]*(?:[\w-]+ )?(?:session|per[íi]odo de sesiones|year))?"
)
"""Who issues a document, alone on its line: no title while another heading may be one."""
GENERATED_TITLE = re.compile(
    r"(?i)^\s*$|untitled|microsoft word|powerpoint|\.(?:docx?|indd|pdf|pptx?|xlsx?|qxd)\b|^[\d\W_]+$"
)


_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|f[ée]v|avr|mai|juin|juil|ao[ûu]|d[ée]c|ene|abr|ago|dic|set|out|dez)"
    r"[^\W\d_]{0,7}\.?(?: de)? (?:19|20)\d\d"
)
_DATED = re.compile(rf"(?i)(?<=\w{{4}}),? {_MONTH}$")
"""A month behind the words of a title."""
_FORMAL = re.compile(
    rf"(?i)(?:{_MONTH}$|distr|original|agenda item|item \d|tema \d|point \d|note by|report of the secretary"
    r"|nota d|note d|contents$)"
)
_FIELD = re.compile(r"(?i)(?:titre|title|t[ií]tulo|intitul[ée]|subject|objet|asunto)\b[^\t]*\t")
"""A row of a form that says the document's subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the user says of the documents of a run; None is: find out."""

    kind: DocumentKind | None = None
    country: str | None = None
    year: int | None = None
    language: str | None = None
    title: str | None = None
    source_url: str | None = None


def detect_facts(document: Document, given: Given) -> DocumentFacts:
    """Facts given by the user, completed by what the document says of itself.

    The title and the first two pages count before running heads, and these before the text: a report that only
    mentions another kind of report is not of that kind.
    """
    evidence: dict[str, str] = {}
    # the publisher's address names a country that the document is not about
    visible = [b for b in document.blocks if not b.hidden and not (len(b.text) < 400 and ADDRESS.search(b.text))]
    title = given.title or _title(document)
    if not given.title:
        evidence["title"] = title
    front = " \n ".join(b.text for b in visible if b.page <= FRONT_PAGES)
    heads = " \n ".join({b.text for b in visible if b.kind == "furniture"})
    name = re.sub(r"[_\-.]+", " ", PurePath(document.path).stem)
    damaged = {p.number for p in document.pages if p.damaged}
    body = " ".join(b.text for b in visible if b.kind != "furniture" and b.page not in damaged)

    kind, edition = given.kind, ""
    found = _kind(title, front, heads, name)
    if kind is None:
        kind = found[0] if found else "other"
        evidence["kind"] = found[2] if found else "no kind of report is named on its first pages"
    if kind == "mgi":
        edition = found[1] if found is not None and found[0] == "mgi" else "national"
        evidence["edition"] = edition

    country = given.country
    if country is None:
        country, told = _country(title, name, front, heads, body)
        evidence["country"] = told
    year = given.year
    if year is None:
        year, told = _year(title, name, heads, document)
        evidence["year"] = told
    language = given.language
    if language is None:
        language = detect_language(body[:20_000])
        evidence["language"] = "its text"
    return DocumentFacts(
        id=document.id,
        path=document.path,
        title=title,
        kind=kind,
        edition=edition or None,
        country=country,
        year=year,
        language=language,
        source_url=given.source_url,
        publisher=_publisher(fold(" ".join(b.text for b in document.blocks if b.page <= FRONT_PAGES))),
        detected=evidence,
    )


def _title(document: Document) -> str:
    """The file's own title where it reads like one, else the largest print of the first page that has a heading.

    Who issues the document, dates and addresses are none. Lines of the title may be headings of their own: what is
    printed as large goes on with it, and what stands below a colon or a few words ("Final report", "EGYPT") ends it.
    """
    damaged = {p.number for p in document.pages if p.damaged}
    metadata = document.metadata.get("Title", "").strip()
    if not (GENERATED_TITLE.search(metadata) or ISSUER.fullmatch(metadata)) and len(metadata) > 8:
        return metadata[:LONGEST_TITLE]
    front = [b for b in document.blocks if not b.hidden and b.page not in damaged and b.page <= TITLE_PAGES]
    front = [b for b in front if b.kind in ("heading", "paragraph", "box", "table") and not ADDRESS.search(b.text)]
    heads = [b for b in front if b.kind == "heading" and _names(b.text)]
    if heads:
        page = [b for b in heads if b.page == heads[0].page]
        # on a page without a heading in larger print the first names the document
        top = max(page, key=lambda b: (round(_print_size(b) / PRINT_STEP), -b.n))
        return _whole_title(top, page, [b for b in front if b.n > top.n])
    texts = [b for b in front if b.kind in ("paragraph", "box") and _names(b.text)]
    if texts:
        first = [b for b in texts if b.page == texts[0].page]
        largest = max(first, key=lambda b: (round(_print_size(b) / PRINT_STEP), -b.n))
        return largest.text[:LONGEST_TITLE] if len(largest.text) <= LONGEST_TITLE else largest.text[:COVER_LINE]
    return PurePath(document.path).stem


def _whole_title(top: Block, page: Sequence[Block], below: Sequence[Block]) -> str:
    like = [b for b in page if abs(_print_size(b) / _print_size(top) - 1) < SAME_PRINT and not NUMBERED.match(b.text)]
    run: list[Block] = []
    for block in like:
        if run and block.n > run[-1].n + 2:
            if run[-1].n >= top.n:
                break
            run = []
        run.append(block)
    run = run if top in run else [top]
    parts, last = [_DATED.sub("", b.text) for b in run], run[-1].n
    said = " ".join(dict.fromkeys(parts))
    following = next((b for b in below if b.n > last), None)
    if following is None or NUMBERED.match(following.text):
        return said[:LONGEST_TITLE]
    words, heading, here = following.text, following.kind == "heading", following.page == top.page
    if heading and said.endswith(":"):
        said = f"{said} {words}"
    elif heading and here and (_is_country(words) or (len(said.split()) <= FEW_WORDS and _names(words))):
        said = f"{said}: {words}"
    elif following.kind == "table" and here and (row := next(filter(_FIELD.match, words.split("\n")), "")):
        said = f"{said}: {row.rpartition(chr(9))[2]}"
    return said[:LONGEST_TITLE]


def _names(text: str) -> bool:
    """Whether the words may name a document."""
    plain = text.strip()
    letters = sum(map(str.isalpha, plain))
    return letters > 3 and not (ISSUER.fullmatch(plain) or _FORMAL.match(plain))


def _is_country(text: str) -> bool:
    """A country's name, alone or with that of its state ("Kingdom of Lesotho")."""
    return len(text.split()) <= 2 * FEW_WORDS and bool(country_pattern().search(_words(text)))


def _print_size(block: Block) -> float:
    """How high its lines are printed, in points; 1 where nothing is known (a format without pages)."""
    heights = sorted(a.region.bottom - a.region.top for a in block.anchors)
    return max(heights[len(heights) // 2], 1.0) if heights else 1.0


def _kind(title: str, front: str, heads: str, name: str) -> tuple[DocumentKind, str, str] | None:
    """`(kind, edition, words)` of the best supported kind, or None when none or two are equally supported."""
    weighed: list[tuple[float, DocumentKind, str, str]] = []
    places = ((title, 4.0), (name, 2.0), (front, 1.0), (heads, 3.0))
    for names in kind_names():
        score, words = 0.0, ""
        for text, weight in places:
            match = names.names.search(_words(text))
            if match:
                score += weight
                words = words or match.group()
        if score >= 1.0:
            edition = ""
            if names.follow_up and names.follow_up.search(_words(f"{title} {name} {front}")):
                edition = "follow-up"
            elif names.local and names.local.search(_words(f"{title} {name}")):
                edition = "local"
            weighed.append((score, names.kind, edition, words))
    weighed.sort(key=lambda w: -w[0])
    if not weighed or (len(weighed) > 1 and weighed[0][0] == weighed[1][0]):
        return None
    _, kind, edition, words = weighed[0]
    return kind, edition or "national", words


def _words(text: str) -> str:
    return fold(SPACED.sub(lambda m: m.group().replace(" ", ""), text))


def _country(title: str, name: str, front: str, heads: str, body: str) -> tuple[str | None, str]:
    """The country that the title, file name, front pages and heads name; else one that the text names far most."""
    names = country_names()
    counts: Counter[str] = Counter()
    words: dict[str, str] = {}
    for text, weight in ((title, 8), (name, 6), (heads, 3), (front, 2), (body[:200_000], 0)):
        found = Counter(country_pattern().findall(_words(text)))
        for match, n in found.items():
            code = names[match]
            counts[code] += min(n, 3) * weight if weight else 0
            words.setdefault(code, match)
    everywhere = Counter(names[m] for m in country_pattern().findall(_words(body[:200_000])))
    total = sum(everywhere.values())
    for code, n in everywhere.items():
        if total >= 10 and n > 0.6 * total:
            counts[code] += 6
    for code in list(counts):
        named = any(words[code] in _words(text) for text in (title, name, heads))
        if not named and everywhere[code] < 0.3 * total:
            del counts[code]  # one of many that a compilation or a global report happens to begin with
    top = counts.most_common(2)
    if not top or top[0][1] < 4:
        return None, "no country is named in its title or on its first pages"
    if len(top) > 1 and top[1][1] > 0.7 * top[0][1]:
        return None, f"named alike: {words[top[0][0]]}, {words[top[1][0]]}"
    return top[0][0], words[top[0][0]]


def _year(title: str, name: str, heads: str, document: Document) -> tuple[int | None, str]:
    """Year of publication: in the title, the file name, a short line of the cover, a running head, the file's date.

    A period such as 2014-2018 is what the document is about, and 2030 is the Agenda: neither is its year. On a cover,
    a year after that in which the file was made is not either.
    """
    made = re.search(r"(?:19|20)\d\d", document.metadata.get("CreationDate", ""))
    latest = int(made.group()) + 1 if made else 2029
    cover = [b.text for b in document.blocks if b.page == 1 and not b.hidden and len(b.text) <= COVER_LINE]
    dated = [text for text in cover if MONTH_YEAR.search(text)]
    named = [("title", title), ("file name", name), ("running head", heads)]
    printed = [("cover", " | ".join(dated)), ("cover", " | ".join(cover))]
    for where, text in [*named[:2], *printed, named[2]]:
        limit = (
            AGENDA - 1 if where in ("title", "file name") else latest
        )  # the date of a file may be wrong, a title is not
        years = [y for y in map(int, YEAR.findall(PERIOD.sub(" ", text))) if y <= limit]
        if years:
            # on a cover several years may stand (an earlier edition, a law): the latest is the publication's
            return max(years), f"{where}: {max(years)}"
    return (int(made.group()), "date of the file") if made else (None, "no year is named")


def _publisher(front: str) -> str | None:
    if "international organization for migration" in front or "iom" in front.split():
        return "IOM"
    if "united nations" in front or "nations unies" in front or "naciones unidas" in front:
        return "United Nations"
    return None
