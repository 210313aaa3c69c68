"""PDF -> raw pages, with pdfium: words, shapes, labels, outline; a page that fails is listed and the rest is read."""

from __future__ import annotations

import ctypes
import time
from dataclasses import replace
from typing import Any, Final

import pypdfium2 as pdfium
import pypdfium2.raw as c

from pipeline.errors import DamagedDocument, EncryptedDocument, LimitExceeded, ReadError
from pipeline.raw import OutlineEntry, RawPage, Word
from pipeline.stages.read.damage import is_damaged, is_overprinted
from pipeline.stages.read.hidden import mark_hidden
from pipeline.stages.read.ocr import ocr_words
from pipeline.stages.read.options import ReadOptions
from pipeline.stages.read.place import Frame, frame_of
from pipeline.stages.read.shapes import Shapes, shapes_of
from pipeline.stages.read.tables import ruled_tables
from pipeline.stages.read.words import TextPage, words_of
from pipeline.types import Failure

MOST_UNMAPPED: Final = 0.3
LARGEST_PICTURE: Final = 6_000
"""Longest side, in pixels, of a picture that is given to OCR."""


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

    def read_by_ocr(self, page: RawPage) -> RawPage:
        """The page with the words that Tesseract sees on its picture; raises ReadError."""
        handle = self.pdf[page.number - 1]
        try:
            side = max(handle.get_size()) * self.options.ocr_dpi / 72
            scale = self.options.ocr_dpi / 72 * min(1.0, LARGEST_PICTURE / max(side, 1.0))
            image = handle.render(scale=scale, grayscale=True).to_pil()
        finally:
            handle.close()
        words = ocr_words(image, replace(self.options, ocr_dpi=round(72 * scale)))
        return replace(
            page,
            words=tuple(words),
            pictures=(),
            tables=ruled_tables(words, Shapes(list(page.rulings), list(page.fills)), page.width, page.height),
            has_text=any(ch.isalnum() for w in words for ch in w.text),
            damaged=False,
            ocr=True,
        )

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
        shapes = shapes_of(page, frame, self.options.max_page_objects)
        text = TextPage(page, frame, self._fonts, self.options.max_page_characters, shapes.clips)
        try:
            words = words_of(text)
        finally:
            text.close()
        # Fonts belong to the document but may be freed with the page: a reused address must not find an old name.
        self._fonts.clear()
        words, ocr = mark_hidden(words, shapes, frame.width, frame.height)
        page_read = raw_page(number, frame, words, shapes, self._label(number), ocr=ocr)
        return replace(page_read, damaged=page_read.damaged or text.unmapped > MOST_UNMAPPED)

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
        tables=ruled_tables(visible, shapes, frame.width, frame.height),
        label=label,
        rotation=frame.rotation,
        has_text=any(ch.isalnum() for w in visible for ch in w.text),
        damaged=is_damaged(visible) or is_overprinted(visible, frame.width, frame.height),
        ocr=ocr,
    )


def read_pdf(data: bytes, path: str, document: str, options: ReadOptions) -> tuple[Any, ...]:
    """`(pages, outline, title, metadata, failures)` of a PDF."""
    failures: list[Failure] = []
    pages: list[RawPage] = []
    with PdfPages(data, path, options) as pdf:
        end = time.monotonic() + options.seconds
        for number in range(1, len(pdf) + 1):
            if time.monotonic() > end:
                raise LimitExceeded(
                    f"{path} took longer than {options.seconds:g} seconds to read.",
                    hint="Split it, or raise read.seconds.",
                )
            try:
                pages.append(pdf.read(number))
            except (pdfium.PdfiumError, OSError, ValueError) as error:
                failures.append(Failure(document=document, stage="read", error=_reason(error), page=number))
                pages.append(RawPage(number=number, width=0.0, height=0.0, has_text=False, damaged=True))
        if options.ocr:
            pages = _with_ocr(pdf, pages, document, failures)
        metadata = pdf.metadata()
        return tuple(pages), pdf.outline(), metadata.get("Title", ""), metadata, tuple(failures)


def _with_ocr(pdf: PdfPages, pages: list[RawPage], document: str, failures: list[Failure]) -> list[RawPage]:
    """Pages without text, and pages whose text layer is damaged, read by OCR; what fails is listed."""
    done: list[RawPage] = []
    for page in pages:
        if (page.has_text and not page.damaged) or not page.width:
            done.append(page)
            continue
        try:
            done.append(pdf.read_by_ocr(page))
        except (ReadError, pdfium.PdfiumError) as error:
            failures.append(Failure(document=document, stage="ocr", error=str(error), page=page.number))
            done.append(page)
    return done


def _reason(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__).rstrip(".")


def _plus_one(index: int | None) -> int | None:
    return None if index is None else index + 1
