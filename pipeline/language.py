"""Which language a text is in, among those the project reads; nothing for text too short to tell."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

LANGUAGES: Final[tuple[str, ...]] = ("en", "fr", "es", "pt", "ar", "ru", "zh")
"""ISO 639-1 codes of the six languages of the UN and Portuguese."""

LETTERS = re.compile(r"[^\W\d_]")
MINIMUM_LETTERS = 25
MINIMUM_PROBABILITY = 0.8


@cache
def _identifier() -> Any:
    # imported here: loading its model takes a quarter of a second that commands without texts need not pay
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def detect_language(text: str, default: str | None = None) -> str | None:
    """ISO 639-1 code of the text's language, or `default` where it is too short or two languages are as likely.

    Source of the model: py3langid (BSD).

    >>> detect_language("Le pays a adopté une loi sur la protection des travailleurs migrants en 2019.")
    'fr'
    >>> detect_language("10.7.2", default="en")
    'en'
    """
    if len(LETTERS.findall(text[:400])) < MINIMUM_LETTERS:
        return default
    code, probability = _identifier().classify(text[:2000])
    return str(code) if probability >= MINIMUM_PROBABILITY else default
