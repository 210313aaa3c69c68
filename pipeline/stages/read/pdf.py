"""PDF -> raw pages, with pdfium: words, shapes, labels, outline; a page that fails is listed and the rest is read."""

from __future__ import annotations

import ctypes
from typing import Any, Final

import pypdfium2 as pdfium
import pypdfium2.raw as c

from pipeline.errors import DamagedDocument, EncryptedDocument, LimitExceeded
from pipeline.raw import OutlineEntry, RawPage, Word
from pipeline.stages.read.hidden import mark_hidden
from pipeline.stages.read.options import ReadOptions
from pipeline.stages.read.place import Frame, frame_of
from pipeline.stages.read.shapes import Shapes, shapes_of
from pipeline.stages.read.tables import ruled_tables
from pipeline.stages.read.words import TextPage, words_of
from pipeline.types import Failure

SUSPICIOUS_FROM: Final = 40
"""Fewer characters than this are no ground to call a text layer damaged."""


class PdfPages:
    """An open PDF, read page by page; use as a context manager."""

    def __init__(self, data: bytes, path: str, options: ReadOptions) -> None:
        self.options = options
        self._fonts: dict[int, tuple[str, bool, bool]] = {}
        try:
            self.pdf = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            code = c.FPDF_GetLastError() if getattr(error, "err_code", None) is None else error.err_code
            if code == c.FPDF_ERR_PASSWORD or "password" in str(error).lower():
                raise EncryptedDocument(
                    f"{path} needs a password.", hint="Save a copy without a password and read that one."
                ) from error
            raise DamagedDocument(
                f"{path} is not a readable PDF ({_reason(error)}).", hint="Open it in a viewer and save it again."
            ) from error
        count = len(self.pdf)
        if count == 0:
            self.pdf.close()
            raise DamagedDocument(f"{path} has no pages.", hint="Ask for a complete copy.")
        if count > options.max_pages:
            self.pdf.close()
            raise LimitExceeded(
                f"{path} has {count:,} pages, more than the limit of {options.max_pages:,}.",
                hint="Split it, or raise read.max_pages.",
            )

    def __enter__(self) -> PdfPages:
        return self

    def __exit__(self, *exc: object) -> None:
        self.pdf.close()

    def __len__(self) -> int:
        return len(self.pdf)

    def metadata(self) -> dict[str, str]:
        try:
            return {k: v.strip("\0 ") for k, v in self.pdf.get_metadata_dict(skip_empty=True).items()}
        except pdfium.PdfiumError:
            return {}

    def outline(self) -> tuple[OutlineEntry, ...]:
        entries: list[OutlineEntry] = []
        try:
            for mark in self.pdf.get_toc(max_depth=8):
                dest = mark.get_dest()
                index = dest.get_index() if dest else None
                entries.append(OutlineEntry(mark.level + 1, mark.get_title().strip(), _plus_one(index), None))
                if len(entries) >= self.options.max_outline:
                    break
        except (pdfium.PdfiumError, UnicodeDecodeError, ValueError):
            return tuple(entries)
        return tuple(entries)

    def read(self, number: int) -> RawPage:
        """Page `number` (from 1); raises PdfiumError or OSError where pdfium cannot load it."""
        page = c.FPDF_LoadPage(self.pdf.raw, number - 1)
        if not page:
            raise pdfium.PdfiumError("the page cannot be loaded")
        try:
            return self._read(page, number)
        finally:
            c.FPDF_ClosePage(page)

    def _read(self, page: Any, number: int) -> RawPage:
        frame = frame_of(page)
        text = TextPage(page, frame, self._fonts, self.options.max_page_characters)
        try:
            words = words_of(text)
        finally:
            text.close()
        # Fonts belong to the document but may be freed with the page: a reused address must not find an old name.
        self._fonts.clear()
        shapes = shapes_of(page, frame, self.options.max_page_objects)
        words, ocr = mark_hidden(words, shapes, frame.width, frame.height)
        return raw_page(number, frame, words, shapes, self._label(number), ocr=ocr)

    def _label(self, number: int) -> str | None:
        length = c.FPDF_GetPageLabel(self.pdf.raw, number - 1, None, 0)
        if length <= 2:
            return None
        buffer = ctypes.create_string_buffer(length)
        c.FPDF_GetPageLabel(self.pdf.raw, number - 1, buffer, length)
        return buffer.raw[: length - 2].decode("utf-16-le", "replace").strip() or None


def raw_page(
    number: int, frame: Frame, words: list[Word], shapes: Shapes, label: str | None, *, ocr: bool = False
) -> RawPage:
    visible = [w for w in words if not w.hidden]
    return RawPage(
        number=number,
        width=round(frame.width, 2),
        height=round(frame.height, 2),
        words=tuple(words),
        rulings=tuple(shapes.rulings),
        fills=tuple(shapes.fills),
        boxes=tuple(shapes.boxes),
        pictures=tuple(shapes.pictures),
        tables=ruled_tables(visible, shapes),
        label=label,
        rotation=frame.rotation,
        has_text=any(ch.isalnum() for w in visible for ch in w.text),
        damaged=is_damaged(visible),
        ocr=ocr,
    )


def is_damaged(words: list[Word]) -> bool:
    """More than 8 % of the characters cannot be real text: no Unicode map, private use, control characters."""
    total = sum(len(w.text) for w in words)
    if total < SUSPICIOUS_FROM:
        return False
    odd = sum(
        1
        for w in words
        for ch in w.text
        if ch == "\ufffd" or "\ue000" <= ch <= "\uf8ff" or ch < " " or "\x7f" <= ch < "\xa0"
    )
    return odd > 0.08 * total


def read_pdf(data: bytes, path: str, document: str, options: ReadOptions) -> tuple[Any, ...]:
    """`(pages, outline, title, metadata, failures)` of a PDF."""
    failures: list[Failure] = []
    pages: list[RawPage] = []
    with PdfPages(data, path, options) as pdf:
        for number in range(1, len(pdf) + 1):
            try:
                pages.append(pdf.read(number))
            except (pdfium.PdfiumError, OSError, ValueError) as error:
                failures.append(Failure(document=document, stage="read", error=_reason(error), page=number))
                pages.append(RawPage(number=number, width=0.0, height=0.0, has_text=False, damaged=True))
        metadata = pdf.metadata()
        return tuple(pages), pdf.outline(), metadata.get("Title", ""), metadata, tuple(failures)


def _reason(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__).rstrip(".")


def _plus_one(index: int | None) -> int | None:
    return None if index is None else index + 1
