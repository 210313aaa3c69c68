"""Layout: raw pages of words -> blocks in reading order, with kinds, levels, heading paths, labels and anchors.

`lay_out` is the verb. The steps stand one under the other in it; each has its module.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline.raw import RawDocument, RawPage, note_letters
from pipeline.stages.layout.aligned import aligned_tables
from pipeline.stages.layout.charts import Chart, charts
from pipeline.stages.layout.classify import Classifier, body_size
from pipeline.stages.layout.compose import vocabulary
from pipeline.stages.layout.direction import is_rtl_page, mirrored
from pipeline.stages.layout.finish import finish
from pipeline.stages.layout.flow import lay_out_flow
from pipeline.stages.layout.furniture import find_furniture
from pipeline.stages.layout.items import Flow
from pipeline.stages.layout.join import join_over_breaks
from pipeline.stages.layout.labels import page_labels
from pipeline.stages.layout.lines import Line
from pipeline.stages.layout.options import LayoutOptions
from pipeline.stages.layout.order import reading_order
from pipeline.stages.layout.page import cards, holds, items_of, known_gutters, lines_of, table_lines
from pipeline.stages.layout.paragraphs import Draft, paragraphs
from pipeline.types import Box, Document

__all__ = ["LayoutOptions", "lay_out"]


def lay_out(raw: RawDocument, options: LayoutOptions) -> Document:
    """The document's pages and blocks in reading order.

    Furniture and hidden text are kept as marked blocks. Pure: the same raw document gives the same blocks.
    """
    if raw.flow:
        return lay_out_flow(raw)
    rtl = {p.number for p in raw.pages if is_rtl_page(p.words)}
    if rtl:
        raw = replace(raw, pages=tuple(mirrored(p) if p.number in rtl else p for p in raw.pages))
    letters = frozenset().union(*(note_letters(p.words) for p in raw.pages if not p.damaged and not p.ocr))
    lines = {p.number: lines_of(p, rtl=p.number in rtl, letters=letters) for p in raw.pages}
    tabular = [n for p in raw.pages for n in table_lines(p)]
    visible = [n for found in lines.values() for n in found if not n.hidden]
    body = body_size(visible)
    labels = page_labels(raw.pages, lines, options)
    furniture = find_furniture(raw.pages, lines, body, options)
    figures = {p.number: charts(p, _free(lines[p.number], furniture)) for p in raw.pages}
    if options.aligned_tables:
        raw = _with_aligned_tables(raw, lines, furniture, figures)
    items = {p.number: items_of(p, _free(lines[p.number], furniture), figures[p.number]) for p in raw.pages}
    gutters = known_gutters(list(items.values()))
    drafts: list[Draft] = []
    numbers = itertools.count(1)
    for page in raw.pages:
        flows = reading_order(items[page.number], gutters)
        drawn = [box for box, _ in figures[page.number]]
        drafts += _page_drafts(page, lines[page.number], flows, furniture, body, numbers, drawn)
    Classifier(drafts, options, raw.outline, labels).run()
    if options.join_pages:
        drafts = join_over_breaks(drafts)
    words = vocabulary([*visible, *tabular])
    return finish(raw, drafts, labels, words, rtl)


def _free(lines: Sequence[Line], furniture: set[int]) -> list[Line]:
    return [n for n in lines if not n.hidden and id(n) not in furniture]


def _with_aligned_tables(
    raw: RawDocument, lines: dict[int, list[Line]], furniture: set[int], figures: Mapping[int, Sequence[Chart]]
) -> RawDocument:
    """The document with its tables told by alignment; their lines leave `lines`. Damaged and OCR pages keep theirs."""
    pages: list[RawPage] = []
    for page in raw.pages:
        found = []
        if not page.damaged and not page.ocr:
            labels = {id(n) for _, on in figures[page.number] for n in on}
            free = [n for n in _free(lines[page.number], furniture) if id(n) not in labels]
            boxes = cards(page, free)
            margin = [n for n in lines[page.number] if not n.hidden and id(n) in furniture]
            found = aligned_tables(page, [n for n in free if not any(holds(b, n.box) for b in boxes)], margin)
        taken = {id(n) for _, used in found for n in used}
        if taken:
            lines[page.number] = [n for n in lines[page.number] if id(n) not in taken]
        pages.append(replace(page, tables=(*page.tables, *(table for table, _ in found))) if found else page)
    return replace(raw, pages=tuple(pages))


def _page_drafts(
    page: RawPage,
    lines: Sequence[Line],
    flows: Sequence[Flow],
    furniture: set[int],
    body: float,
    numbers: Iterator[int],
    drawn: Sequence[Box],
) -> list[Draft]:
    """Drafts of one page: running head, body, hidden text, foot; `numbers` for flows, `drawn`: charts."""
    head: list[Draft] = []
    foot: list[Draft] = []
    hidden: list[Draft] = []
    for line in lines:
        if line.hidden:
            if not hidden:
                hidden.append(Draft("paragraph", [], page.number, hidden=True))
            hidden[0].lines.append(line)
        elif id(line) in furniture:
            (head if line.baseline < page.height / 2 else foot).append(Draft("furniture", [line], page.number))
    drafts: list[Draft] = []
    for flow, number in zip(flows, numbers, strict=False):
        if flow.table >= 0:
            drafts.append(Draft("table", [], page.number, table=flow.table, card=flow.card, column=flow.box))
        elif flow.card in drawn:
            if not drafts or drafts[-1].card != flow.card:
                drafts.append(Draft("caption", [], page.number, number, card=flow.card, column=flow.box))
            drafts[-1].lines += flow.lines
        else:
            drafts += paragraphs(flow, number, body)
    by_place = sorted(head, key=lambda d: (d.line.baseline, d.line.x0))
    return [*by_place, *drafts, *hidden, *sorted(foot, key=lambda d: (d.line.baseline, d.line.x0))]
