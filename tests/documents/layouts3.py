"""Exact documents, third part: what real reports taught - run-in headings, symbols, lists of names, terms, matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from corpus.glyphs import words_of
from corpus.typeset import BOLD, ITALIC, Frame, Piece, Press, Style, plain
from tests.documents.house import House
from tests.documents.layouts import A4, COLOURS, Truth, begin, body_style, heading_styles, running
from tests.documents.pool import Pool

MONTHS = ("January", "March", "April", "June", "August", "October", "December")


class HangingNotes(Press):
    """Prints the number of a note small and apart, its text set in."""

    def note(self, name: str, frame: Frame, y: float) -> float:
        style, text = self.note_style, self.notes[name]
        entry = self.entry("footnote", plain(text), marker=name)
        number = replace(style, size=0.6 * style.size, justify=False)
        self.draw([[Piece(name, style.variant)]], number, frame.x0, y - 0.5, 20, last=True)
        for line in self.lines(words_of(text, style.variant), style, frame.width - 14):
            self.draw(line, style, frame.x0 + 14, y, frame.width - 14, last=True)
            entry.regions.append([self.page, frame.x0, y, frame.x1, y + style.leading])
            y += style.leading
        return y + style.after


def run_ins(seed: int, path: Path) -> Truth:
    """Bold beginnings of paragraphs, wherever they end; numbered paragraphs; the document's symbol above headings."""
    pool = Pool(seed * 31 + 41)
    text = body_style(pool, 10, ink=pool.rng.choice(("line", "word")))
    heads = heading_styles(text, pool.rng.choice(COLOURS))
    symbol = f"E/{pool.rng.randint(1999, 2031)}/{pool.rng.randint(2, 99)}"
    bold = replace(text, variant=BOLD, size=9, justify=False)

    def page(press: Press) -> list[Frame]:
        press.label = str(press.page)
        press.print_at(symbol, bold, 56, 34)
        press.print_at(press.label, bold, 290, A4[1] - 34)
        return [Frame(56, 56, A4[0] - 56, A4[1] - 60)]

    press = HangingNotes(path, page, A4, title="Exact")
    press.note_style = replace(text, size=7, leading=8.8, after=2, justify=False, hyphens="", ligatures=False)
    press.notes = pool.notes
    press.turn()
    number = 200
    for n in range(6):
        press.heading(pool.heading(), 1, heads[1])
        for m in range(5):
            words = pool.paragraph(60).split()
            cut = pool.rng.randint(6, 26)
            lead, rest = " ".join(words[:cut]), " ".join(words[cut:])
            number += 1
            if (n + m) % 3 == 0:
                sign = f"{n + 1}.{number}."
                press.set(f"**{sign}** {lead} {rest}", text, meta={"numbered": sign})
            else:
                press.set(pool.noted(f"**{lead}** {rest}") if m == 2 else f"**{lead}** {rest}", text)
        press.turn()
    press.set(pool.paragraph(40), text)
    press.save()
    return press.truth()


def put_row(press: Press, cells: Sequence[str], x: Sequence[float], style: Style, after: float, kind: str) -> None:
    """One row of a table without rules; each cell begins at its `x`."""
    ends = [*x[1:], press.frame.x1 + 10]
    lines = [press.lines(words_of(c), style, b - a - 10) for c, a, b in zip(cells, x, ends, strict=True)]
    height = max(map(len, lines)) * style.leading
    if press.y + height > press.frame.bottom:
        press.next_frame()
    made = press.entry(kind, " | ".join(map(plain, cells)))
    made.cells = [plain(c) for c in cells]
    for some, a in zip(lines, x, strict=True):
        for n, line in enumerate(some):
            press.draw(line, style, a, press.y + n * style.leading, 400, last=True)
    made.regions.append([press.page, press.frame.x0, press.y, press.frame.x1, press.y + height])
    press.y += height + after


def names(seed: int, path: Path) -> Truth:
    """A list of names and dates in columns told by alignment alone, over three pages, its header printed once."""
    pool = Pool(seed * 31 + 42)
    text = body_style(pool, 9.6, ink=pool.rng.choice(("line", "word")), justify=False)
    press = begin(path, pool, House(text=text, heads=running(pool)))
    heads = heading_styles(text, pool.rng.choice(COLOURS))
    press.heading(pool.heading(), 1, heads[0])
    press.set(pool.paragraph(120), text)
    press.heading(pool.heading(), 2, heads[1])
    left = press.frame.x0
    x = (left, left + 190 + 10 * seed, left + 310 + 20 * seed)
    rng = pool.rng
    put_row(press, ("Name", "Signed", "In force"), x, replace(text, variant=ITALIC), 6, "header")

    def date() -> str:
        return f"{rng.randint(1, 28)} {rng.choice(MONTHS)} {rng.randint(1990, 2024)}" if rng.random() < 0.75 else "-"

    for _ in range(70):
        put_row(press, (pool.heading(), date(), date()), x, text, 7, "row")
    press.y += 10
    press.heading(pool.heading(), 2, heads[1])
    for _ in range(3):
        press.set(pool.paragraph(80), text)
    press.save()
    return press.truth()


def terms(seed: int, path: Path) -> Truth:
    """Terms on the left, what they mean on the right, several lines each."""
    pool = Pool(seed * 31 + 43)
    text = body_style(pool, 9.8, ink=pool.rng.choice(("line", "word")))
    press = begin(path, pool, House(text=text, heads=running(pool)))
    heads = heading_styles(text, pool.rng.choice(COLOURS))
    press.heading(pool.heading(), 1, heads[0])
    press.set(pool.paragraph(120), text)
    press.heading(pool.heading(), 2, heads[1])
    x = (press.frame.x0, press.frame.x0 + 130 + 10 * seed)
    mark = "**" if seed != 2 else ""
    for _ in range(14):
        put_row(press, (f"{mark}{pool.heading()}{mark}", pool.item()), x, replace(text, justify=False), 10, "row")
    press.heading(pool.heading(), 2, heads[1])
    for _ in range(3):
        press.set(pool.paragraph(80), text)
    press.save()
    return press.truth()


def matrix(seed: int, path: Path) -> Truth:
    """A wide ruled matrix: sectors down, targets across, a cross where they meet; many shaded columns."""
    pool = Pool(seed * 31 + 44)
    text = body_style(pool, 9.4)
    press = begin(path, pool, House(text=text, heads=running(pool), margin=30), size=(A4[1] + 150, A4[0]))
    heads = heading_styles(text, pool.rng.choice(COLOURS))
    rng = pool.rng
    small = replace(text, size=7, leading=9, justify=False, hyphens="")
    for block in range(2):
        press.heading(pool.heading(), 1, heads[0])
        press.set(pool.paragraph(50), text)
        count = 28 + 2 * seed
        width = (press.frame.width - 130) / count
        header = ["Sector", *(f"{block * 6 + n // 6 + 1}.{n % 6 + 1}" for n in range(count))]
        rows = [header] + [
            [" ".join(pool.heading().split()[:3]), *(("X" if rng.random() < 0.35 else "") for _ in range(count))]
            for _ in range(9)
        ]
        shaded = {n for n in range(1, count + 1) if rng.random() < 0.3}
        for r, cells in enumerate(rows):
            made = press.entry("header" if r == 0 else "row", " | ".join(c for c in cells if c))
            made.cells = [c for c in cells if c]
            left = press.frame.x0
            for n, cell in enumerate(cells):
                right = left + (130 if n == 0 else width)
                spot = Frame(left, press.y, right, press.y + 18)
                if n in shaded:
                    press.fill(spot, "#ffd966")
                press.fill_border(spot, "#336699")
                if cell:
                    press.draw(press.lines(words_of(cell), small, 130)[0], small, left + 2, press.y + 4, 130, last=True)
                left = right
            made.regions.append([press.page, press.frame.x0, press.y, left, press.y + 18])
            press.y += 18
        press.turn()
    press.set(pool.paragraph(60), text)
    press.save()
    return press.truth()


def contents_levels(seed: int, path: Path) -> Truth:
    """Chapters headed by small bold capitals, their sections by larger print: the contents tell which is which."""
    pool = Pool(seed * 31 + 45)
    text = body_style(pool, 10)
    press = begin(path, pool, House(text=text, heads=running(pool), numbering=str))
    heads = heading_styles(text, pool.rng.choice(COLOURS))
    looks = (replace(heads[2], size=11.5, leading=16), replace(heads[1], size=15, leading=19))
    names = [[pool.heading().upper(), *(pool.heading() for _ in range(3))] for _ in range(5)]
    press.heading({"en": "Contents", "fr": "Table des matières", "es": "Índice"}[pool.language], 1, heads[0])
    for n, chapter in enumerate(names):
        for m, name in enumerate(chapter):
            style = replace(text, indent=0.0 if m == 0 else 16.0, after=3)
            press.set(name, style, "contents")
            y = press.y - style.leading - style.after
            press.print_right(str(n + 2), style, press.frame.x1, y)
            start = press.frame.x0 + style.indent + press.piece_width_of(name, style) + 6
            press.dots(start, press.frame.x1 - 24, y + style.size * 0.95, style)
    for chapter in names:
        press.turn()
        for m, name in enumerate(chapter):
            press.heading(name, 1 if m == 0 else 2, looks[min(m, 1)])
            press.set(pool.paragraph(45), text)
    press.save()
    return press.truth()
