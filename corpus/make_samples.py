"""Makes the sample PDFs and their truth files: `python -m corpus.make_samples [--check] [NAME...]`.

Sources are the Markdown files of `corpus/samples`, with a few directives at the beginning of a line:

    @front NAME          a front page (roman numbers), `imprint` prints without a heading
    @contents            the table of contents
    @body [N]            arabic page numbers begin, at N
    @label N             the next page is printed as N (an excerpt skips pages)
    @domain N | NAME | INTRODUCTION
    @left TEXT / @right TEXT / @end      two columns side by side, each with its heading
    @box TITLE / @endbox
    @table W,W,... / @endtable           rows as `| a | b |`, the first is the header; widths in per cent
    @page                                a new page
    # ## ### headings, `- ` items, `[^1]: ` footnotes, `| ` rows, any other line a paragraph

A passage may end in `{ID CATEGORIES TARGETS gcmN =BASELINE:STATUS}`: what its author meant it to be. The words are
good, gap, taken, planned, finance, capacity_building, technology, partnerships, cites_substantive, cites_passing,
cites_reference, none.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus.righttoleft import RightToLeft
from corpus.typeset import BOLD, ITALIC, Frame, Press, Style, plain

HERE = Path(__file__).resolve().parent / "samples"
WORDS: dict[str, tuple[str, str]] = {
    "good": ("categories", "good_practice"),
    "gap": ("categories", "gap"),
    "taken": ("action_status", "taken"),
    "planned": ("action_status", "planned"),
    **{w: ("support_types", w) for w in ("finance", "capacity_building", "technology", "partnerships")},
    **{f"cites_{g}": ("cites_mgi", g) for g in ("substantive", "passing", "reference")},
}
LOOKS: dict[str, dict[str, Any]] = {
    "teal": {"family": "noto", "dark": "#00695c", "light": "#e0f2f1", "size": 9.2, "labels": True, "ink": "line"},
    "plum": {"family": "noto", "dark": "#6a1b4d", "light": "#f7e8f1", "size": 9.2, "labels": False, "ink": "word"},
    "blue": {"family": "serif", "dark": "#0b4f8a", "light": "#e6f0f8", "size": 10.0, "labels": False, "ink": "line"},
    "green": {"family": "noto", "dark": "#33691e", "light": "#edf5e4", "size": 9.2, "labels": True, "ink": "line"},
    "sand": {"family": "dejavu", "dark": "#7a5c1e", "light": "#f8f2e4", "size": 9.4, "labels": True, "ink": "word"},
    "lilac": {"family": "noto", "dark": "#4a3b8f", "light": "#eeecf8", "size": 9.2, "labels": True, "ink": "line"},
    "rust": {"family": "noto", "dark": "#a33b14", "light": "#fbeee7", "size": 9.2, "labels": False, "ink": "word"},
}
META = re.compile(r"\s*\{([^{}]*)\}\s*$")


def meta_of(line: str) -> tuple[str, dict[str, Any]]:
    """Takes the author's intent off the end of a line.

    >>> meta_of("Fees are high. {P41 gap 10.c gcm20}")[1]["targets"]
    ['10.c']
    """
    found = META.search(line)
    if not found:
        return line, {}
    meta: dict[str, Any] = {"categories": [], "action_status": [], "support_types": [], "targets": [], "gcm": []}
    for token in found[1].split():
        if token.startswith("="):
            meta["baseline"], _, meta["status"] = token[1:].partition(":")
        elif token.startswith("gcm"):
            meta["gcm"] += token[3:].split(",")
        elif re.fullmatch(r"[A-Z]+\d+[a-z]?", token):
            meta["id"] = token
        elif re.match(r"\d+\.", token):
            meta["targets"] += token.split(",")
        elif token == "x":
            meta["categories"] = []
        else:
            for word in token.split(","):
                if word == "none":
                    continue
                key, value = WORDS[word]
                if key == "cites_mgi":
                    meta[key] = value
                else:
                    meta[key].append(value)
    if meta["action_status"]:
        meta["categories"].append("action")
    if meta["support_types"]:
        meta["categories"].append("support")
    return line[: found.start()], meta


def roman(n: int) -> str:
    out = ""
    for value, sign in ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):
        while n >= value:
            out, n = out + sign, n - value
    return out


class Book:
    """One source file, set once for each call of `make`; the second call knows the page numbers of the contents."""

    def __init__(self, source: Path) -> None:
        head, _, body = source.read_text(encoding="utf-8").partition("\n---\n")
        self.facts = dict(line.split(": ", 1) for line in head.removeprefix("---\n").splitlines())
        self.look = LOOKS[self.facts.pop("look")]
        self.running = self.facts.pop("running").split(" | ")
        lines = body.splitlines()
        self.notes = dict(m.groups() for line in lines if (m := re.match(r"\[\^(.+?)\]: (.*)", line)))
        self.lines = [line for line in lines if line.strip() and not line.startswith("[^")]
        self.source = source
        self.places: list[tuple[int, str, str]] = []
        size, family, ink = self.look["size"], self.look["family"], self.look["ink"]
        self.text = Style(family=family, size=size, leading=size * 1.38, after=size * 0.6, ink=ink)
        self.item = replace(self.text, indent=12.0, after=size * 0.45)
        dark = self.look["dark"]
        self.heads = {
            1: replace(self.text, variant=BOLD, size=20, leading=25, colour=dark, after=14),
            2: replace(self.text, variant=BOLD, size=13.5, leading=17, colour=dark, before=9, after=6),
            3: replace(self.text, variant=BOLD, size=10.8, leading=14, colour="#333333", before=6, after=4),
        }

    # -- pages ------------------------------------------------------------------------------------------------------
    def template(self, press: Press) -> list[Frame]:
        width, height = press.size
        self.number += 1
        press.label = {"front": roman(self.number), "body": str(self.number), "cover": None}[self.zone]
        small = replace(self.text, size=7.5, leading=9, colour="#666666")
        if self.zone == "cover":
            return [Frame(70, 300, width - 70, height - 80)]
        vnr = self.facts["kind"] == "vnr"
        if self.zone == "body":
            left = press.page % 2 == 0
            head = self.running[0 if left else 1]
            if left or vnr:
                press.print_at(head, small, 56, 30)
            else:
                press.print_right(head, small, width - 56, 30)
            press.rule(56, 42, width - 56, 42, self.look["dark"], 0.7)
        folio = replace(small, size=8.5, variant=BOLD, colour=self.look["dark"])
        if press.label:
            if vnr:
                press.print_at(press.label, replace(folio, centre=True), 56, height - 38, width - 112)
            elif press.page % 2 == 0:
                press.print_at(press.label, folio, 56, height - 38)
            else:
                press.print_right(press.label, folio, width - 56, height - 38)
        body = Frame(56, 58, width - 56, height - 56)
        return body.columns(2, 20) if self.columns == 2 else [body]

    def turn(self, columns: int = 1) -> None:
        self.columns = columns
        self.press.turn()

    def cover(self) -> None:
        press, (width, height) = self.press, self.press.size
        self.zone, self.number, self.columns = "cover", 0, 1
        press.turn(self.template)
        press.fill(Frame(0, 0, width, 260), self.look["dark"])
        press.fill(Frame(0, 260, width, 268), self.look["light"])
        title, _, sub = self.facts["title"].partition(" | ")
        big = replace(self.heads[1], size=28, leading=36, before=0)
        press.set(title, big, "cover")
        press.set(sub, replace(big, size=18, leading=26, variant=0), "cover")
        press.y = height - 120
        press.set(self.facts["year"], replace(big, size=14, leading=18), "cover")

    # -- lines ------------------------------------------------------------------------------------------------------
    def make(self, target: Path) -> dict[str, Any]:
        self.number, self.zone, self.columns = 0, "cover", 1
        kind = RightToLeft if self.facts["language"] == "ar" else Press
        self.press = press = kind(target, self.template, title=self.facts["title"].replace(" | ", ": "))
        press.notes = self.notes
        press.note_style = replace(self.text, size=7.2, leading=9.2, after=2)
        self.places, known, self.domain, self.in_domain = [], self.places, "", False
        self.cover()
        self.at, self.fresh = 0, False
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if line.startswith("@"):
                self.directive(line, known)
            else:
                self.line(line)
        if self.look["labels"]:
            self.print_labels()
        press.save()
        return press.truth(document=target.name, source=self.source.name, **self.facts)

    def print_labels(self) -> None:
        """Writes the PDF's own page labels: roman numbers from the cover on, then arabic ones."""
        first = self.press.labels.index("1")
        self.press.canvas.addPageLabel(0, "ROMAN_LOWER", 1)
        self.press.canvas.addPageLabel(first, "ARABIC", 1)

    def note_place(self, level: int, text: str) -> None:
        self.places.append((level, text, self.press.label or ""))
        if self.look["labels"] and level < 3:
            key, canvas = f"place{len(self.places)}", self.press.canvas
            canvas.bookmarkPage(key)
            canvas.addOutlineEntry(text, key, level - 1)

    def line(self, line: str) -> None:
        text, meta = meta_of(line)
        if self.domain and meta:
            meta["mgi_domain"] = self.domain
        if level := len(text) - len(text.lstrip("#")):
            text = text.lstrip("#").strip()
            if level == 1:
                self.domain, self.in_domain = "", False
                if not self.fresh:
                    self.turn()
            self.fresh = False
            if self.in_domain and level == 2:
                level = 3
            self.press.heading(text, level, self.heads[level])
            self.note_place(level, text)
            return
        self.fresh = False
        if text.startswith("- "):
            self.press.set(text[2:], self.item, "item", marker="•", meta=meta)
        else:
            self.press.set(text, self.text, meta=meta)

    def until(self, end: str) -> list[str]:
        """The lines up to a directive, which is taken too."""
        start = self.at
        while self.lines[self.at].strip() != end:
            self.at += 1
        self.at += 1
        return self.lines[start : self.at - 1]

    def directive(self, line: str, known: list[tuple[int, str, str]]) -> None:
        name, _, value = line[1:].partition(" ")
        press = self.press
        if name == "front":
            if self.zone == "cover":
                self.zone, self.number = "front", 1
            self.turn()
            press.levels = []
            if value == "imprint":
                press.y = press.frame.bottom - 150
            else:
                press.heading(value, 1, self.heads[1])
        elif name == "contents":
            for level, text, label in known:
                if level < 3:
                    self.contents_line(level, text, label)
        elif name in {"body", "label"}:
            self.zone, self.number = "body", int(value or 1) - 1
            self.fresh = False
            press.levels = press.levels if name == "label" else []
        elif name == "page":
            self.turn()
            self.fresh = True
        elif name == "domain":
            self.begin_domain(*value.split(" | "))
        elif name in {"left", "right"}:
            if name == "left":
                self.split_from = press.frame
                press.split(2, 20)
            else:
                self.next_column()
            press.heading(value, 3, replace(self.heads[3], colour=self.look["dark"], before=0))
        elif name == "end":
            press.join(self.split_from.bottom, 12)
            self.columns = 2
            self.balance()
        elif name == "box":
            self.box(value)
        elif name == "table":
            self.table([float(v) for v in value.split(",")])
        else:
            raise SystemExit(f"{self.source.name}: unknown directive @{name}")

    def balance(self) -> None:
        """Begins two columns that end level where the text up to the next directive leaves room."""
        press, width, total = self.press, self.press.frame.columns(2, 20)[0].width, 0.0
        for line in self.lines[self.at :]:
            if line[0] in "@#" and not line.startswith("##"):
                break
            text = meta_of(line)[0]
            style = self.heads[3] if line.startswith("##") else self.text
            total += press.height(text.lstrip("# "), style, width)
            total += sum(
                press.height(self.notes[n], press.note_style, width) + 5 for n in re.findall(r"\[\^(.+?)\]", text)
            )
        room = press.frame.bottom - press.y
        press.split(2, 20, total / 2 + 46 if total / 2 + 46 < room else None)

    def next_column(self) -> None:
        if self.press.at:
            raise SystemExit(f"{self.source.name}: the left column runs over, page {self.press.page}")
        self.press.next_frame()

    def contents_line(self, level: int, text: str, label: str) -> None:
        press, style = self.press, replace(self.text, indent=14.0 * (level - 1), after=3)
        press.set(text, style, "contents")
        y = press.y - style.leading - style.after
        press.print_right(label, style, press.frame.x1, y)
        start = press.frame.x0 + style.indent + press.width([], style) + press.piece_width_of(text, style) + 6
        press.dots(start, press.frame.x1 - 24, y + style.size, style)

    def begin_domain(self, number: str, name: str, intro: str) -> None:
        press = self.press
        self.domain = ""
        word = self.facts.get("domain_word", "Domain")
        if not (press.entries[-1].level == 1 and press.y < 120):
            self.turn()
        self.domain, self.in_domain, self.fresh = number, True, False
        press.fill(Frame(56, press.y, press.size[0] - 56, press.y + 34), self.look["dark"])
        press.y += 8
        title = f"{word} {number}: {name}"
        band = replace(self.heads[2], colour="#ffffff", indent=10, before=0, after=16)
        press.heading(title, 2, band)
        self.note_place(2, title)
        press.set(intro, replace(self.text, variant=ITALIC))
        press.y += 4

    def box(self, title: str) -> None:
        head = replace(self.text, variant=BOLD, colour=self.look["dark"], after=5)
        items: list[tuple[str, Style, str, dict[str, Any]]] = [(title, head, "box_title", {})]
        for line in self.until("@endbox"):
            text, meta = meta_of(line)
            kind, style = ("item", self.item) if text.startswith("- ") else ("box", self.text)
            more: dict[str, Any] = {"meta": {**meta, "box": plain(title)}}
            if kind == "item":
                more["marker"] = "•"
            items.append((text.removeprefix("- "), style, kind, more))
        self.press.box(items, self.look["light"], border=self.look["dark"])

    def table(self, shares: list[float]) -> None:
        rows = []
        for line in self.until("@endtable"):
            text, meta = meta_of(line)
            rows.append(([c.strip() for c in text.strip().strip("|").split("|")], meta))
        self.press.table(
            rows, [s / sum(shares) for s in shares], replace(self.text, size=8.4, leading=11), self.look["dark"]
        )


def make(source: Path, folder: Path) -> tuple[Path, Path]:
    """Sets one source into `folder`: its PDF and `truth/NAME.json`."""
    book = Book(source)
    pdf, truth = folder / f"{source.stem}.pdf", folder / "truth" / f"{source.stem}.json"
    truth.parent.mkdir(parents=True, exist_ok=True)
    book.make(pdf)
    facts = book.make(pdf)
    truth.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return pdf, truth


def matches(baseline: Path, followup: Path) -> list[dict[str, Any]]:
    """Every gap of a baseline with the finding of the follow-up that answers it, and every new gap."""
    old, new = (json.loads(path.read_text(encoding="utf-8"))["passages"] for path in (baseline, followup))
    answers = {p["baseline"]: p for p in new if p.get("baseline")}
    keys = ("id", "text", "page", "page_label", "targets")

    def short(passage: dict[str, Any]) -> dict[str, Any]:
        return {key: passage[key] for key in keys}

    made: list[dict[str, Any]] = []
    for passage in old:
        if "gap" in passage.get("categories", ()) and passage.get("id"):
            answer = answers.get(passage["id"])
            made.append(
                {
                    "baseline": short(passage),
                    "followup": short(answer) if answer else None,
                    "status": answer["status"] if answer else "not_found",
                }
            )
    fresh = [p for p in new if p.get("status") == "new"]
    return made + [{"baseline": None, "followup": short(p), "status": "new"} for p in fresh]


PAIRS = {"saldora_2019_2024": ("saldora_mgi_2019", "saldora_mgi_2024")}


def main(names: list[str]) -> int:
    for source in sorted(HERE.glob("*.md")):
        if source.stem == "README" or (names and source.stem not in names):
            continue
        pdf, truth = make(source, HERE)
        facts = json.loads(truth.read_text(encoding="utf-8"))
        print(f"{pdf.name}: {facts['pages']} pages, {len(facts['passages'])} passages, {pdf.stat().st_size // 1024} KB")
    for name, pair in PAIRS.items():
        old, new = (HERE / "truth" / f"{n}.json" for n in pair)
        found = matches(old, new)
        (HERE / "truth" / f"matches_{name}.json").write_text(
            json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        print(f"{name}: {len(found)} findings matched")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
