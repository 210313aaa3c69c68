"""Turning a form into a decision: pure, so that it can be tested without a browser."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from pipeline.errors import ReviewError
from pipeline.types import SCHEMES, Codes, LabelledPassage, Review, Tag, Verdict
from pipeline.web.codes import CLOSED, Vocabulary, same_codes
from pipeline.web.site import Form

MAX_NOTE: Final = 10_000
NO_CODES: Final[Codes] = dict.fromkeys(SCHEMES, ())


def now() -> str:
    """The moment of a decision, UTC, ISO 8601 with microseconds so that order is kept."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def read_decision(
    found: LabelledPassage, proposed: Codes, form: Form, vocabulary: Vocabulary, *, reviewer: str, at: str
) -> Review:
    """The review that a form states. `proposed` is what the taggers alone propose for the passage.

    Buttons: `accept` (what the form shows: accepted if it is what was proposed, else changed) and `reject` (none of
    the labels holds). Raises ReviewError for an unknown code, a note that is too long or an unknown button.
    """
    note = clean_note(form.first("note"))
    if form.first("verdict") == "reject":
        verdict: Verdict = "rejected"
        codes = NO_CODES
    elif form.first("verdict") == "accept":
        codes = read_codes(form, vocabulary)
        verdict = "accepted" if same_codes(codes, proposed) else "changed"
    else:
        raise ReviewError("The form did not say what to decide.", hint="Accept or reject the passage.")
    return review_of(found, verdict, codes, reviewer=reviewer, at=at, note=note)


def read_codes(form: Form, vocabulary: Vocabulary) -> Codes:
    chosen = {scheme: form.all(scheme) for scheme in CLOSED}
    return vocabulary.read(chosen, targets=form.first("sdg_target"), gcm=form.first("gcm"))


def review_of(
    found: LabelledPassage, verdict: Verdict, codes: Codes, *, reviewer: str, at: str, note: str = ""
) -> Review:
    return Review(
        passage=found.passage.id,
        document=found.passage.document,
        verdict=verdict,
        reviewer=reviewer,
        at=at,
        quote=found.passage.text,
        codes={scheme: tuple(codes.get(scheme, ())) for scheme in SCHEMES},
        note=note,
    )


def clean_note(text: str) -> str:
    """A note without control characters. Raises ReviewError if it is longer than `MAX_NOTE` characters.

    >>> clean_note(" see law 12\\x00\\r\\n ")
    'see law 12'
    """
    note = "".join(c for c in text.replace("\r\n", "\n") if c in "\n\t" or c.isprintable()).strip()
    if len(note) > MAX_NOTE:
        raise ReviewError(f"The note has {len(note):,} characters.", hint=f"Keep it under {MAX_NOTE:,}.")
    return note


def best_score(tags: Sequence[Tag]) -> float:
    """The highest score of a category or target among the tags, 0 without tags."""
    return max((tag.score for tag in tags if tag.scheme in {"category", "sdg_target"}), default=0.0)
