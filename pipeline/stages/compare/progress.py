"""What became of a gap: told from what the follow-up's finding is and from its words of progress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pipeline.language import language_of
from pipeline.stages.compare.features import hits_of
from pipeline.types import LabelledPassage, Scheme

_CATEGORY: Final[Scheme] = "category"
_STATUS: Final[Scheme] = "action_status"

FoundStatus = Literal["closed", "partly", "unchanged", "regressed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The status of a gap that the follow-up comes back to, and the reasons."""

    status: FoundStatus
    why: tuple[str, ...]


def judge(found: LabelledPassage, gap: LabelledPassage) -> Progress:
    """Status of `gap` from the follow-up finding `found`. Classes of words: `models/comparison/progress`.

    A finding that is (also) a gap is open: worse, partly done if something came into being, else unchanged. One that
    is a good practice or an action taken closes the gap unless its words keep something back.
    """
    text = found.passage.text
    language = language_of(text, found.passage.language, found.facts.language)
    cues: dict[str, list[str]] = {}
    for hit in hits_of(text, language):
        if hit.term.scheme == "progress":
            cues.setdefault(hit.term.code, []).append(text[hit.start : hit.end])
    codes = found.label.codes.get(_CATEGORY, ())
    done = "good_practice" in codes or "action" in codes
    is_gap = "gap" in codes or not done
    planned_only = set(found.label.codes.get(_STATUS, ())) == {"planned"} and "good_practice" not in codes
    limited = bool(cues.get("limit"))
    better = bool(cues.get("better"))
    why = [f"the follow-up lists it as {' and '.join(c.replace('_', ' ') for c in codes) or 'no finding'}"]
    why += [f"{_MEANING[code]}: “{'”, “'.join(dict.fromkeys(words[:3]))}”" for code, words in sorted(cues.items())]
    return Progress(status=_status(is_gap, done, planned_only, better, limited, cues), why=tuple(why))


def _status(
    is_gap: bool, done: bool, planned_only: bool, better: bool, limited: bool, cues: dict[str, list[str]]
) -> FoundStatus:
    if is_gap:
        moved = bool(cues.get("more") or cues.get("less"))
        if cues.get("worse") or (moved and not better and not limited):
            return "regressed"
        if better or (done and not cues.get("still")) or cues.get("plan"):
            return "partly"
        return "unchanged"
    if cues.get("worse") and not better:
        return "regressed"
    if limited or planned_only or (cues.get("still") and not better):
        return "partly"
    return "closed"


_MEANING: Final = {
    "still": "words of what lasts",
    "worse": "words of a step back",
    "more": "a figure that rose",
    "less": "a figure that fell",
    "better": "words of what came into being",
    "limit": "words that keep something back",
    "plan": "words of intention",
}
