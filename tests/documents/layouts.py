"""Exact documents, first part: running text in columns, notes, lists, breaks, boxes, cards, figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus.typeset import BOLD, ITALIC, Frame, Press, Style
from tests.documents.house import House, arabic, fronted
from tests.documents.pool import RUNNING, Pool

Truth = dict[str, Any]
A4 = (595.3, 841.9)
FAMILIES = ("helvetica", "times", "vera")
INKS = ("line", "word", "char")
COLOURS = ("#0b4f8a", "#00695c", "#8a1c4a", "#333333", "#a33b14")


def body_style(pool: Pool, size: float = 9.6, **more: Any) -> Style:
    rng = pool.rng
    family = rng.choice(FAMILIES)
    size = size * (0.92 if family == "vera" else 1.0)
    made = Style(family=family, size=size, leading=size * 1.34, after=size * 0.6, ink=rng.choice(INKS))
    return replace(made, **more)


def heading_styles(text: Style, colour: str) -> list[Style]:
    base = replace(text, variant=BOLD, colour=colour, justify=False, hyphens="", ligatures=False)
    return [
        replace(base, size=18, leading=23, after=10, before=4),
        replace(base, size=13, leading=17, after=6, before=9),
        replace(base, size=text.size + 1, leading=15, after=4, before=6),
    ]


def running(pool: Pool) -> tuple[str, str]:
    return RUNNING[pool.language]


def flow(press: Press, pool: Pool, text: Style, heads: list[Style], *, sections: int, words: int = 45) -> None:
    """Chapters of sections of paragraphs and items, numbered or not."""
    numbered = pool.rng.random() < 0.5
    for n in range(1, sections + 1):
        name = pool.heading()
        press.heading(f"{n}. {name}" if numbered else name, 2, heads[1])
        for m in range(1, pool.rng.randint(2, 3)):
            if n % 2 == 0:
                sub = pool.heading()
                press.heading(f"{n}.{m} {sub}" if numbered else sub, 3, heads[2])
            press.set(pool.paragraph(words), text)
            press.set(pool.paragraph(words // 2), text)
        for _ in range(pool.rng.randint(0, 3)):
            press.set(pool.item(), replace(text, indent=12.0), "item", marker="•")


def begin(path: Path, pool: Pool, house: House, *, size: tuple[float, float] = A4, title: str = "Exact") -> Press:
    press = Press(path, house, size, title=title)
    press.note_style = replace(house.text, size=7, leading=8.8, after=2, justify=False, hyphens="", ligatures=False)
    press.notes = pool.notes
    press.turn()
    return press


def columns(count: int, *, size: float, sections: int) -> Callable[[int, Path], Truth]:
    def make(seed: int, path: Path) -> Truth:
        pool = Pool(seed * 31 + count)
        text = body_style(pool, size, justify=pool.rng.random() < 0.6)
        house = House(  # one column at first: the title stands over all columns
            text=text,
            heads=running(pool),
            numbering=arabic(pool.rng.choice((1, 7, 43))),
            place=pool.rng.choice(("centre", "outer", "top")),
            alternate=pool.rng.random() < 0.5,
            rule=pool.rng.random() < 0.5,
        )
        press = begin(path, pool, house)
        heads = heading_styles(text, pool.rng.choice(COLOURS))
        press.heading(pool.heading(), 1, heads[0])
        if count > 1:
            press.split(count)
            house.columns = count
        while press.page < 5:
            flow(press, pool, text, heads, sections=sections)
        press.save()
        return press.truth()

    return make


def full_width_heading(seed: int, path: Path) -> Truth:
    """Two columns under each heading that runs over the whole page; columns end level."""
    pool = Pool(seed * 31 + 7)
    text = body_style(pool, 9.2)
    press = begin(path, pool, House(text=text, heads=running(pool)))
    heads = heading_styles(text, pool.rng.choice(COLOURS))
    for _ in range(4):
        press.heading(pool.heading(), 1, heads[0])
        for _ in range(3):
            press.heading(pool.heading(), 2, heads[1])
            parts = [pool.paragraph(30) for _ in range(4)]
            bottom = press.frame.bottom
            width = press.frame.columns(2)[0].width
            half = sum(press.height(p, text, width) for p in parts) / 2 + 2 * text.leading
            press.split(2, height=half)
            for part in parts:
                press.set(part, text)
            press.join(bottom)
        press.turn()
    press.set(pool.paragraph(30), text)
    press.save()
    return press.truth()


def figure_between(seed: int, path: Path) -> Truth:
    """A figure over both columns in mid-page, another at the head of the first column, each with a caption."""
    pool = Pool(seed * 31 + 8)
    text = body_style(pool, 9.2)
    press = begin(path, pool, House(text=text, heads=running(pool)))
    heads = heading_styles(text, pool.rng.choice(COLOURS))
    press.heading(pool.heading(), 1, heads[0])

    def figure(number: int, height: float) -> None:
        frame, top = press.frame, press.y
        press.fill(Frame(frame.x0, top, frame.x1, top + height), "#f2f2f2", border="#999999")
        for n in range(5):
            x = frame.x0 + 12 + n * (frame.width - 24) / 5
            up = height * pool.rng.uniform(0.2, 0.8)
            press.fill(Frame(x, top + height - up, x + (frame.width - 24) / 7, top + height), "#5b8db8")
        press.y = top + height + 4
        press.set(f"Figure {number}. {pool.heading()}", replace(text, variant=ITALIC, size=8), "caption")

    for n in range(4):
        if n:
            press.turn()
        bottom = press.frame.bottom
        press.split(2, height=250)
        figure(2 * n + 1, 90)
        for _ in range(3):
            press.set(pool.paragraph(40), text)
        press.join(bottom)
        figure(2 * n + 2, 120)
        press.split(2)
        press.heading(pool.heading(), 2, heads[1])
        for _ in range(6):
            press.set(pool.paragraph(30), text)
    press.save()
    return press.truth()


def side_notes(seed: int, path: Path) -> Truth:
    """A narrow outer column of small notes beside the text."""
    pool = Pool(seed * 31 + 9)
    text = body_style(pool, 10)
    house = House(text=text, heads=running(pool), margin=50)
    press = begin(path, pool, house)
    heads = heading_styles(text, pool.rng.choice(COLOURS))
    right = pool.rng.random() < 0.5
    note = replace(text, size=7.4, leading=9.2, variant=ITALIC, colour="#8a1c4a")
    for _ in range(4):
        page = press.frame
        left = 0.0 if right else 140.0
        wide = Frame(page.x0 + left, page.top, page.x1 - 140 + left, page.bottom)
        x0 = page.x1 - 122 if right else page.x0
        narrow = Frame(x0, page.top, x0 + 122, page.bottom)
        press.open([wide])
        press.heading(pool.heading(), 1, heads[0])
        sides: list[tuple[float, list[str]]] = []
        for _ in range(3):
            press.heading(pool.heading(), 2, heads[1])
            sides.append((press.y, press.path))
            press.set(pool.paragraph(60), text)
            press.set(pool.paragraph(30), text)
        levels = press.levels
        for y, way in sides:
            press.open([Frame(narrow.x0, y, narrow.x1, narrow.bottom)])
            made = press.set(" ".join(pool.item().split()[:14]).rstrip(",;.") + ".", note, meta={"loose": True})
            if made:
                made.headings = list(way)
        press.levels = levels
        press.turn()
    press.set(pool.paragraph(30), text)
    press.save()
    return press.truth()


def cards(seed: int, path: Path) -> Truth:
    """A one-page fact sheet: cards of three columns with letter-spaced capitals as headings, read in rows or down."""
    pool = Pool(seed * 31 + 10)
    text = body_style(pool, 8.6, ink=pool.rng.choice(("line", "word")))
    colour = pool.rng.choice(COLOURS)
    house = House(text=text, margin=40, top=50, numbering=lambda _: None)
    press = begin(path, pool, house)
    big = replace(heading_styles(text, colour)[0], tracking=pool.rng.choice((0.0, 2.5)))
    press.heading(pool.heading().upper(), 1, big)
    press.set(pool.paragraph(30), text)
    frame, top = press.frame, press.y + 8
    spaced = replace(text, variant=BOLD, size=8.2, leading=11, colour=colour, tracking=2.6, after=5)
    row_height = (frame.bottom - top - 14) / 3
    for row in range(3):
        y = top + row * (row_height + 7)
        for place, column in enumerate(Frame(frame.x0, y, frame.x1, y + row_height).columns(3, 12)):
            press.fill(column, "#f3f6f9", border=colour)
            inner = Frame(column.x0 + 8, column.top + 8, column.x1 - 8, column.bottom - 4)
            press.open([inner])
            press.heading(" ".join(pool.heading().split()[:3]).upper(), 2, spaced)
            room = row_height - 40
            while room > 70:
                item = pool.item()
                height = press.height(item, text, inner.width)
                if height < room:
                    press.set(item, text, meta={"card": [row, place]})
                    room -= height
                else:
                    break
    press.save()
    return press.truth()


def footnotes(seed: int, path: Path) -> Truth:
    """Superscript markers; notes under each column or across the page."""
    pool = Pool(seed * 31 + 11)
    text = body_style(pool, 9.6, ink=pool.rng.choice(("line", "word")))
    count = 1 + seed % 2
    house = House(text=text, heads=running(pool), columns=count, notes=pool.rng.random() < 0.5)
    press = begin(path, pool, house)
    heads = heading_styles(text, pool.rng.choice(COLOURS))
    press.heading(pool.heading(), 1, heads[0])
    for n in range(44):
        if n % 4 == 0:
            press.heading(pool.heading(), 2, heads[1])
        part = pool.paragraph(35)
        press.set(pool.noted(part) if n % 2 == 0 else part, text)
    press.save()
    return press.truth()


def hyphens(seed: int, path: Path) -> Truth:
    """Justified narrow columns, words broken with true or soft hyphens, ligatures."""
    pool = Pool(seed * 31 + 12)
    text = body_style(
        pool,
        9.2,
        family=("helvetica", "vera", "vera")[seed % 3],
        ink=pool.rng.choice(("line", "word")),
        justify=True,
        hyphens=("-", "-", "\u00ad")[seed % 3],
        ligatures=seed % 3 > 0,
    )
    press = begin(path, pool, House(text=text, heads=running(pool), columns=2, gap=24))
    heads = heading_styles(text, pool.rng.choice(COLOURS))
    press.heading(pool.heading(), 1, heads[0])
    for n in range(50):
        if n % 5 == 0:
            press.heading(pool.heading(), 2, heads[1])
        press.set(pool.paragraph(45), text)
    press.save()
    return press.truth()


def breaks(seed: int, path: Path) -> Truth:
    """Long passages that run over columns and pages, past footnotes, figures and running heads."""
    pool = Pool(seed * 31 + 13)
    text = body_style(pool, 10.2, justify=True, ink=pool.rng.choice(("line", "word")))
    house = House(text=text, heads=running(pool), columns=1 + seed % 2, alternate=True, numbering=arabic(19))
    press = begin(path, pool, house)
    heads = heading_styles(text, pool.rng.choice(COLOURS))
    press.heading(pool.heading(), 1, heads[0])
    for n in range(15):
        if n % 3 == 0:
            press.heading(pool.heading(), 2, heads[1])
        part = pool.paragraph(150)
        press.set(pool.noted(part) if n % 3 == 1 else part, text)
        press.set(pool.item(), replace(text, indent=12.0), "item", marker="•")
    press.save()
    return press.truth()


def lists(seed: int, path: Path) -> Truth:
    """Bullets, dashes, numbers and letters, two levels deep; numbered paragraphs as in reports of the UN."""
    pool = Pool(seed * 31 + 14)
    text = body_style(pool, 10)
    press = begin(path, pool, House(text=text, heads=running(pool), place="outer"))
    heads = heading_styles(text, pool.rng.choice(COLOURS))
    press.heading(pool.heading(), 1, heads[0])
    number = 11
    kinds = (("•", "•", "•"), ("–", "–", "–"), ("(a)", "(b)", "(c)"), ("1.", "2.", "3."))
    for markers in kinds * 3:
        press.heading(pool.heading(), 2, heads[1])
        press.set(pool.paragraph(20), text)
        for n, marker in enumerate(markers):
            style = replace(text, indent=24.0, after=4)
            press.set(pool.item(), style, "item", marker=marker)
            if n == 1 and marker in "•–":
                press.set(
                    pool.item(), replace(text, indent=42.0, after=4), "item", marker="–" if marker == "•" else "•"
                )
        number += 1
        press.set(f"{number}. {pool.paragraph(25)}", text, meta={"numbered": f"{number}."})
    press.save()
    return press.truth()


def boxes(seed: int, path: Path) -> Truth:
    """Shaded and framed boxes with titles, in one column and in two."""
    pool = Pool(seed * 31 + 15)
    text = body_style(pool, 9.4)
    press = begin(path, pool, House(text=text, heads=running(pool), columns=1 + seed % 2))
    colour = pool.rng.choice(COLOURS)
    heads = heading_styles(text, colour)
    press.heading(pool.heading(), 1, heads[0])
    for n in range(12):
        press.heading(pool.heading(), 2, heads[1])
        press.set(pool.paragraph(40), text)
        title = f"Box {n + 1}. {pool.heading()}"
        inside: list[tuple[str, Style, str, dict[str, Any]]] = [
            (title, replace(text, variant=BOLD, colour=colour), "box_title", {})
        ]
        inside += [(pool.paragraph(25), text, "box", {"meta": {"box": title}}) for _ in range(2)]
        press.box(inside, "#eef3f7", border=colour if n % 2 else None)
        press.set(pool.paragraph(25), text)
    press.save()
    return press.truth()


def contents(seed: int, path: Path) -> Truth:
    """Cover, contents with leaders, roman then arabic numbers; the first page of a chapter bears no number."""
    pool = Pool(seed * 31 + 16)
    text = body_style(pool, 10)
    house = House(text=text, heads=running(pool), numbering=fronted(3), alternate=True, place="outer")
    house.silent = (4,)
    press = begin(path, pool, house, title="Exact contents")
    heads = heading_styles(text, pool.rng.choice(COLOURS))
    press.y += 180
    press.set("National Report on Mobility", replace(heads[0], size=30, leading=38), "cover")
    press.turn()
    chapters = [[pool.heading() for _ in range(3)] for _ in range(7)]
    press.heading({"en": "Contents", "fr": "Table des matières", "es": "Índice"}[pool.language], 1, heads[0])
    for n, chapter in enumerate(chapters):
        for m, name in enumerate(chapter):
            style = replace(text, indent=0.0 if m == 0 else 14.0, after=3)
            press.set(name, style, "contents")
            y = press.y - style.leading - style.after
            press.print_right(str(n + 1), style, press.frame.x1, y)
            start = press.frame.x0 + style.indent + press.piece_width_of(name, style) + 6
            press.dots(start, press.frame.x1 - 24, y + style.size * 0.95, style)
    press.turn()
    press.heading(pool.heading(), 1, heads[0])
    press.set(pool.paragraph(60), text)
    for chapter in chapters:
        press.turn()
        for m, name in enumerate(chapter):
            press.heading(name, 1 if m == 0 else 2, heads[0 if m == 0 else 1])
            press.set(pool.paragraph(40), text)
    press.save()
    return press.truth(labels_allowed={"4": ["1", None]})  # no number is printed there: none is right too
