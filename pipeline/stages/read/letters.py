"""Words put together again: letter-spaced ones (`K E Y  F A C T S`), and those cut behind a ligature."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from pipeline.raw import Word

LETTER_GAP: Final = 0.6
"""Letters further apart than this share of the size are cells or options, not a spaced word."""
LIGATURES: Final = ("fi", "fl", "ff", "\ufb00", "\ufb01", "\ufb02", "\ufb03", "\ufb04")
NO_GAP: Final = 0.06
"""Less than this share of the size is no space that anybody sees."""


def whole_ligatures(words: list[Word]) -> list[Word]:
    """`fi nancial`, as fonts leave it that map the ligature's glyph to its letters and a space: no gap is printed."""
    for i, (before, word) in enumerate(pairwise(words), start=1):
        if (
            before.text.endswith(LIGATURES)
            and word.text[0].islower()
            and not word.glued
            and before.angle == word.angle == 0
            and before.style == word.style
            and abs(before.baseline - word.baseline) < NO_GAP * word.style.size
            and abs(word.x0 - before.x1) < NO_GAP * word.style.size
        ):
            words[i] = word._replace(glued=True)
    return words


def unspaced(words: list[Word]) -> list[Word]:
    """Letter-spaced words (`K E Y  F A C T S`) as words: four or more single letters at equal small distances."""
    result: list[Word] = []
    run: list[Word] = []
    for word in [*words, None]:
        letter = word is not None and len(word.text) == 1 and word.text.isalnum() and word.angle == 0
        if word is not None and letter and (not run or _spaced_on(run[-1], word)):
            run.append(word)
            continue
        if len(run) >= 4:
            result.extend(_joined_letters(run))
        else:
            result.extend(run)
        run = []
        if word is not None:
            (run if letter else result).append(word)
    return result


def _spaced_on(before: Word, word: Word) -> bool:
    gap, size = word.x0 - before.x1, word.style.size
    return (
        before.style == word.style
        and abs(before.baseline - word.baseline) < 0.1 * size
        and -0.1 * size < gap < 2 * size
    )


def _joined_letters(run: list[Word]) -> list[Word]:
    gaps = sorted(b.x0 - a.x1 for a, b in pairwise(run))
    usual = gaps[len(gaps) // 3]
    if usual > LETTER_GAP * run[0].style.size:
        return run
    limit = max(1.7 * usual, usual + 0.15 * run[0].style.size)
    joined = [run[0]]
    for before, word in pairwise(run):
        last = joined[-1]
        if word.x0 - before.x1 <= limit:
            joined[-1] = last._replace(text=last.text + word.text, x1=word.x1)
        else:
            joined.append(word)
    return joined
