"""Options of reading."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """Limits and wishes of the reader.

    `ocr` reads pages without text with Tesseract in `ocr_languages` (its names, joined by +) at `ocr_dpi`, at most
    `ocr_seconds` a page. `max_bytes`, `max_pages`, `max_page_characters`, `max_page_objects`, `max_outline` and
    `max_depth` (nesting of HTML) bound what an unknown file may cost; `seconds` bounds one document.
    """

    ocr: bool = False
    ocr_languages: str = "eng+fra+spa+por+ara"
    ocr_dpi: int = 200
    ocr_seconds: float = 60.0
    max_bytes: int = 500_000_000
    max_pages: int = 5_000
    max_page_characters: int = 400_000
    max_page_objects: int = 50_000
    max_outline: int = 5_000
    max_depth: int = 200
    seconds: float = 1_800.0
