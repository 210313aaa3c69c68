"""Text layers that cannot be what the page shows: no Unicode map, a wrong one, letters for joining strokes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pipeline.raw import Word

FEWEST: Final = 40
"""Fewer characters than this are no ground for a judgement."""
ODD_SHARE: Final = 0.08
BROKEN_SHARE: Final = 0.2

_ODD = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f\x7f-\x9f]")
_RUN = re.compile(r"([\u0621-\u064a])\1{2,}")
_ARABIC = re.compile("[\u0621-\u064a]")
_LATIN_WORD = re.compile(r"^[(«“\"'‘\[]*([A-Za-zÀ-ÿ]{4,})[)»”\"'’\],.;:!?]*$")
_VOWEL = re.compile("[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýœ]", re.IGNORECASE)
_INNER_SIGN = re.compile(r"[A-Za-z][!\"#$%&*+<=>@^`{|}~\\][a-z]")


def is_damaged(words: Sequence[Word]) -> bool:
    """Whether the page's text layer is too suspicious to be tagged.

    True where more than 8 % of the characters have no meaning, where Arabic letters repeat three times and more (a
    stroke that joins letters taken for a letter), or where a fifth of the Latin words have no vowel or a sign between
    their letters.
    """
    text = " ".join(w.text for w in words)
    total = len(text) - text.count(" ")
    if total < FEWEST:
        return False
    if len(_ODD.findall(text)) > ODD_SHARE * total:
        return True
    arabic = len(_ARABIC.findall(text))
    if arabic > FEWEST:
        runs = len(_RUN.findall(text))
        if runs >= 3 and runs > 0.002 * arabic:
            return True
    long = [w.text for w in words if len(w.text) >= 4]
    plain = [m.group(1) for t in long if (m := _LATIN_WORD.match(t)) and not m.group(1).isupper()]
    broken = sum(1 for t in plain if not _VOWEL.search(t)) + sum(1 for t in long if _INNER_SIGN.search(t))
    return len(long) >= 20 and broken > BROKEN_SHARE * len(long)
