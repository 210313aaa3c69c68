"""Page templates: margins, columns, running heads, folios and the rule by which pages are numbered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from corpus.make_samples import roman
from corpus.typeset import BOLD, Frame, Press, Style

Numbering = Callable[[int], str | None]


def arabic(first: int = 1, *, skip: Sequence[int] = ()) -> Numbering:
    """`first` on page 1, and so on; pages in `skip` bear no number."""
    return lambda page: None if page in skip else str(page - 1 + first)


def fronted(front: int, *, cover: bool = True) -> Numbering:
    """A cover without number, roman numbers for the rest of the `front` pages, arabic ones from 1 after them."""

    def label(page: int) -> str | None:
        if page == 1 and cover:
            return None
        return roman(page) if page <= front else str(page - front)

    return label


@dataclass(kw_only=True)
class House:
    """A template for `Press`: call it with the press and it prints the furniture and returns the frames."""

    text: Style
    heads: tuple[str, str] = ("", "")
    numbering: Numbering = field(default_factory=arabic)
    columns: int = 1
    gap: float = 18.0
    margin: float = 56.0
    top: float = 60.0
    bottom: float = 60.0
    folio: str = "{}"
    place: str = "centre"
    alternate: bool = False
    notes: bool = False
    rule: bool = False
    chapter: str = ""
    silent: tuple[int, ...] = ()

    def __call__(self, press: Press) -> list[Frame]:
        width, height = press.size
        small = replace(self.text, size=7.6, leading=9.2, colour="#555555", justify=False, hyphens="")
        label = press.label = self.numbering(press.page)
        left = self.alternate and press.page % 2 == 0
        head = self.chapter if self.chapter and not left else self.heads[0 if left or not self.alternate else 1]
        bare = label is None or press.page in self.silent
        if head and not bare:
            if self.alternate and not left:
                press.print_right(head, small, width - self.margin, 28)
            else:
                press.print_at(head, small, self.margin, 28)
        if self.rule and not bare:
            press.rule(self.margin, 42, width - self.margin, 42)
        if label is not None and press.page not in self.silent:
            folio, y = self.folio.format(label), height - 34
            bold = replace(small, size=8.6, variant=BOLD)
            if self.place == "centre":
                press.print_at(folio, replace(bold, centre=True), self.margin, y, width - 2 * self.margin)
            elif self.place == "top":
                press.print_right(folio, bold, width - self.margin, 28)
            elif self.place == "outer" and press.page % 2 == 0:
                press.print_at(folio, bold, self.margin, y)
            else:
                press.print_right(folio, bold, width - self.margin, y)
        body = Frame(self.margin, self.top, width - self.margin, height - self.bottom)
        if self.notes:
            press.note_frame = body
            body = Frame(body.x0, body.top, body.x1, body.bottom - 84)
        return body.columns(self.columns, self.gap)
