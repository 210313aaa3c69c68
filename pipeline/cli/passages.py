"""How passages found are printed for people: title line, place, snippet with what was found in bold."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from pipeline.cli.options import print_json
from pipeline.search import Hit
from pipeline.search.reference import FORMATS, place, references
from pipeline.types import LabelledPassage, Span


def print_hits(hits: Sequence[Hit], start: int = 1) -> None:
    """Two lines and a snippet for each hit."""
    for rank, hit in enumerate(hits, start=start):
        print_passage(rank, hit.found, hit.snippet, hit.highlights, f"{hit.score:.2f}")
        if hit.duplicates:
            print(f"   also in {len(hit.duplicates)} more place{'s' if len(hit.duplicates) > 1 else ''}")


def print_passage(rank: int, found: LabelledPassage, part: Span, marks: Sequence[Span], note: str) -> None:
    facts = found.facts
    title = facts.title or facts.path
    about = " ".join(str(v) for v in (facts.country, facts.year, facts.kind) if v)
    print(f"{rank}. {title} ({about}), {place(found)}  [{note}]")
    if found.passage.headings:
        print("   " + " > ".join(found.passage.headings[-2:]))
    print("   " + marked(found.passage.text, part, marks))


def marked(text: str, part: Span, marks: Sequence[Span]) -> str:
    """The part of the text on one line; what was found is bold on a terminal."""
    bold = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    out, at = ["…" if part.start else ""], part.start
    for mark in marks:
        if part.start <= mark.start and mark.end <= part.end:
            word = mark.of(text)
            out += [text[at : mark.start], f"\x1b[1m{word}\x1b[0m" if bold else word]
            at = mark.end
    out += [text[at : part.end], "…" if part.end < len(text) else ""]
    return " ".join("".join(out).split())


def print_references(found: Sequence[LabelledPassage], form: str, *, as_json: bool = False) -> None:
    """References of the passages in one of the forms, on stdout; with `as_json` one object a line, each with the id
    of its passage. Raises ConfigError for an unknown form."""
    if not as_json:
        sys.stdout.write(references(found, form))
        return
    for one in found:
        text = references([one], form).strip()
        print_json({"passage_id": one.passage.id, form: json.loads(text)[0] if form == "csl" else text})


__all__ = ["FORMATS", "marked", "print_hits", "print_passage", "print_references"]
