"""Options of the layout."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutOptions:
    """How words become blocks.

    `heading_ratio`: letters this much larger than the body text make a heading. `furniture_zone`: share of the page
    height, at the top and at the bottom, where running heads, feet and page numbers stand. `furniture_repeats`: a line
    seen (digits aside) on this many pages of the zone is furniture. `outline`, `structure`: use the file's bookmarks
    and structure tree where they agree with the print. `join_pages`: join paragraphs over columns and pages.
    `aligned_tables`: find tables that have no rules and no shading.
    """

    heading_ratio: float = 1.12
    furniture_zone: float = 0.14
    furniture_repeats: int = 3
    outline: bool = True
    structure: bool = True
    join_pages: bool = True
    aligned_tables: bool = True
