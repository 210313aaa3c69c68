"""Lines -> text with anchors. The text is cleaned here, once; nothing edits it afterwards.

Cleaning changes only what a reader does not see: ligature glyphs and Arabic presentation forms become letters, wrongly
decoded words are decoded again, a hyphen at a line's end goes where the document itself writes the word without one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from ftfy import fix_encoding
from ftfy.badness import is_bad

from pipeline.raw import Word, is_raised_marker
from pipeline.stages.layout.lines import Line
from pipeline.types import Anchor

SOFT_HYPHEN: Final = "\u00ad"
HYPHENS: Final = ("-", "\u2010", SOFT_HYPHEN)
_FORMS = re.compile("[\ufb00-\ufb06\ufb50-\ufdff\ufe70-\ufefc]")
_INVISIBLE = re.compile("[\u0640\u200b\u200c\u2060\ufeff\u0000-\u0008\u000b-\u001f\u007f]")
_SYMBOL = re.compile("(?<!\\S)[\ue000-\uf8ff](?!\\S)")
"""A sign of a symbol font that stands alone: all that can be told of most is that they mark an item."""
_TICKS: Final = {"\uf0fb": "✗", "\uf0fc": "✓", "\uf0fd": "☒", "\uf0fe": "☑", "\uf0a8": "☐", "\uf06f": "☐"}
"""Signs of Wingdings that say yes and no in the cells of a table."""
_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def clean(text: str) -> str:
    """
    >>> clean("e\ufb03cient"), clean("politiÃ©"), clean("\uf0b7 No savings"), clean("\uf0fc")
    ('efficient', 'politié', '• No savings', '✓')
    """
    if text.isascii():
        return text
    if is_bad(text):
        text = fix_encoding(text)
    text = _FORMS.sub(lambda m: unicodedata.normalize("NFKC", m.group()), text)
    text = _INVISIBLE.sub("", text)
    text = _SYMBOL.sub(lambda m: _TICKS.get(m.group(), "•"), text)
    return unicodedata.normalize("NFC", text)


def vocabulary(lines: Iterable[Line]) -> Counter[str]:
    """How often the document writes each word, words cut at a line's end left out."""
    words: Counter[str] = Counter()
    for line in lines:
        parts = [w.text if w.text.isascii() else clean(w.text) for w in line.words]
        if parts and parts[-1].endswith(HYPHENS):
            parts.pop()
        for part in parts:
            bare = part.strip(".,;:!?()[]«»“”\"'’‘").lower()
            words[bare] += 1
            if "-" in bare:
                words.update(p for p in bare.split("-") if p)
    return words


def joined(before: str, after: str, words: Counter[str]) -> tuple[str, str] | None:
    """What becomes of a word cut at a line's end: `(text to keep of before, glue)`, None if nothing is cut.

    >>> joined("capabili-", "ties of", Counter({"capabilities": 2}))
    ('capabili', '')
    >>> joined("well-", "developed", Counter({"well-developed": 3}))
    ('well-', '')
    >>> joined("2019 -", "2020", Counter()) is None
    True
    """
    if not before.endswith(HYPHENS) or len(before) < 2:
        return None
    hyphen, stem = before[-1], before[:-1]
    head = re.search(r"[^\s]*$", stem)
    tail = re.match(r"[^\s]+", after)
    if head is None or tail is None or not head.group() or not head.group()[-1].isalnum():
        return None
    left, right = head.group().lower().lstrip("(«“\"'[‘"), tail.group().lower().rstrip(".,;:!?)]»”\"'’")
    if hyphen == SOFT_HYPHEN:
        return stem, ""
    if not right[:1].isalpha() or not left[-1:].isalpha():
        return before, ""
    together, apart = words[left + right], words[f"{left}-{right}"]
    if together != apart:
        return (stem, "") if together > apart else (before, "")
    if tail.group()[:1].isupper() or "-" in left:
        return before, ""
    pieces = left.rsplit("-", 1)[-1]
    known_apart = words[pieces] > 0 and words[right] > 0 and len(pieces) > 3 and len(right) > 3
    return (before, "") if known_apart else (stem, "")


def is_note_marker(word: Word, line: Line, before: Word | None) -> bool:
    """Whether the word is the mark of a footnote, as `is_raised_marker` says."""
    return is_raised_marker(word, before, line.size, line.baseline, line.letters)


def compose(lines: Sequence[Line], words: Counter[str]) -> tuple[str, tuple[Anchor, ...], tuple[str, ...]]:
    """`(text, anchors, markers of notes)` of lines that follow each other; one anchor a line."""
    text = ""
    anchors: list[Anchor] = []
    notes: list[str] = []
    for line in lines:
        printed, found = line_text(line)
        notes += found
        if not printed:
            continue
        if text:
            cut = joined(text, printed, words)
            if cut is None:
                text += " "
            elif len(cut[0]) < len(text):
                text = cut[0]
                last = anchors[-1]
                anchors[-1] = last._replace(end=min(last.end, len(text)))
        start = len(text)
        text += printed
        anchors.append(Anchor(start, len(text), line.region))
    return text, tuple(anchors), tuple(notes)


def line_text(line: Line) -> tuple[str, list[str]]:
    """The line's text without footnote markers, and the markers."""
    if line.uniform and line.text.isascii():  # of one size: no marker, and nothing to clean
        return line.text.strip(), []
    parts: list[str] = []
    notes: list[str] = []
    before: Word | None = None
    for word in line.words:
        if before is not None and is_note_marker(word, line, before):
            notes += [m for m in re.split(r"[,;\s]+", word.text.strip(",;.")) if m]
            continue
        piece = clean(word.text)
        # The glue of a word behind a marker counts against the word before the marker.
        space = (
            ""
            if not parts or (word.glued and not (notes and before is not word and _after_marker(line, word)))
            else " "
        )
        parts.append(space + piece)
        before = word
    return "".join(parts).replace(SOFT_HYPHEN + " ", " ").strip(), notes


def _after_marker(line: Line, word: Word) -> bool:
    i = next(n for n, w in enumerate(line.words) if w is word)
    return i > 1 and is_note_marker(line.words[i - 1], line, line.words[i - 2]) and word.text[:1].isalnum()
