"""A passage as a quotation: its exact words, where they are printed, and a comment that says where it comes from."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.manuscript import Block, Paragraph, Quotation, Quoted
from pipeline.stages.draft.frames import Frames
from pipeline.stages.draft.material import (
    STATUS,
    SUPPORT,
    TARGETS,
    Answer,
    Material,
    best_first,
    codes,
    is_reviewed,
    without_repeats,
)
from pipeline.types import SCHEMES, DocumentFacts, LabelledPassage


class Quoter:
    """Makes quotations of one draft and numbers the documents that they come from, as they are first cited."""

    def __init__(self, material: Material, frames: Frames) -> None:
        self.material = material
        self.frames = frames
        self._numbers: dict[str, int] = {}
        self._facts: dict[str, DocumentFacts] = {}
        self._pages: dict[str, dict[int, str]] = {}

    def ref(self, facts: DocumentFacts) -> str:
        """`[1]`: the number of a document in the list of references."""
        self._facts[facts.id] = facts
        return f"[{self._numbers.setdefault(facts.id, len(self._numbers) + 1)}]"

    def page(self, labelled: LabelledPassage) -> str:
        """The printed page, with the page of the PDF where it differs."""
        passage = labelled.passage
        if passage.page_label and passage.page_label != str(passage.page):
            text = self.frames("page_pdf", label=passage.page_label, page=passage.page)
        else:
            text = self.frames("page", page=passage.page)
        self._pages.setdefault(passage.document, {})[passage.page] = text
        return text

    def cite(self, labelled: LabelledPassage) -> str:
        """`[1], p. 4 (PDF p. 9)`."""
        parts = [self.ref(labelled.facts), self.page(labelled)]
        language = labelled.passage.language
        if language and language != self.frames.language:
            parts.append(self.frames("original", language=self.frames.language_name(language)))
        return ", ".join(parts)

    def quoted(self, labelled: LabelledPassage) -> Quoted:
        return Quoted(
            text=labelled.passage.text,
            passage=labelled.passage.id,
            language=labelled.passage.language,
            mark="" if is_reviewed(labelled) else self.frames("unreviewed"),
        )

    def comment(self, labelled: LabelledPassage, why: str = "") -> str:
        """Title, page, passage id, who reviewed it and what holds for it."""
        frames, label = self.frames, labelled.label
        title = labelled.facts.title or labelled.facts.path
        parts = [frames("c_source", title=title, page=self.page(labelled), passage=labelled.passage.id)]
        if is_reviewed(labelled):
            date = (label.reviewed_at or "")[:10]
            parts.append(frames("c_reviewed", status=frames(label.status), reviewer=label.reviewer or "-", date=date))
        else:
            parts.append(frames("c_unreviewed", score=f"{label.score:.2f}"))
        tags = "; ".join(f"{s}: {', '.join(codes(labelled, s))}" for s in SCHEMES if codes(labelled, s))
        parts.append(frames("c_tags", tags=tags))
        if why:
            parts.append(frames("c_link", why=why))
        return " ".join(parts)

    def quotation(self, labelled: LabelledPassage, lead: str = "", depth: int = 0, why: str = "") -> Quotation:
        return Quotation(
            quoted=self.quoted(labelled),
            cite=self.cite(labelled),
            comment=self.comment(labelled, why),
            lead=lead or ", ".join(codes(labelled, TARGETS)[:3]),
            depth=depth,
        )

    def some(
        self, passages: Sequence[LabelledPassage], most: int, nothing: str, *, answers: bool = False
    ) -> list[Block]:
        """Up to `most` quotations, best first; says so where there is nothing and how many are left out."""
        unique = best_first(without_repeats(passages))
        if not unique:
            return [Paragraph(text=self.frames(nothing), kind="note")]
        blocks: list[Block] = []
        for labelled in unique[:most]:
            blocks.append(self.quotation(labelled, lead=self.lead(labelled)))
            if answers:
                blocks += self.answered(self.material.answers.get(labelled.passage.id, ()))
        if len(unique) > most:
            blocks.append(Paragraph(text=self.frames("more", n=len(unique) - most), kind="note"))
        return blocks

    def answered(self, answers: Sequence[Answer]) -> list[Block]:
        """The actions that answer a gap, indented below it."""
        if not answers:
            return [Paragraph(text=self.frames("none_links"), kind="note")]
        return [
            self.quotation(a.action, lead=self.frames("answered", status=self.status(a.action)), depth=1, why=a.why)
            for a in answers
        ]

    def lead(self, labelled: LabelledPassage) -> str:
        return ", ".join(codes(labelled, TARGETS)[:3])

    def status(self, labelled: LabelledPassage) -> str:
        """`taken`, `planned` or both, in words."""
        found = [self.frames(s) for s in codes(labelled, STATUS) if s in ("taken", "planned")]
        return ", ".join(found) or self.frames("no_status")

    def support_types(self, labelled: LabelledPassage) -> tuple[str, ...]:
        return codes(labelled, SUPPORT)

    def references(self) -> tuple[str, ...]:
        """Title. Publisher, year, language. Pages quoted. Address: one style for all, in the order of citation."""
        found = []
        for document, number in self._numbers.items():
            facts = self._facts[document]
            publisher = facts.publisher or ""
            parts = [f"[{number}] {facts.title or facts.path}"]
            about = ", ".join(str(x) for x in (publisher, facts.year) if x)
            if about:
                parts.append(about)
            if facts.language:
                parts.append(self.frames("language_of", language=self.frames.language_name(facts.language)))
            if used := self._pages.get(document):
                parts.append(self.frames("pages_used", pages="; ".join(used[n] for n in sorted(used))))
            if facts.source_url:
                parts.append(facts.source_url)
            found.append(". ".join(p[:1].upper() + p[1:] if not p.startswith("http") else p for p in parts) + ".")
        return tuple(found)
