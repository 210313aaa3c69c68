"""What the pipeline knows of each language, and which language a text is in.

A language is `models/languages/<code>.toml`: function words (for telling languages apart cheaply) and the words that
introduce SDG, target and objective codes. Detection is confident or silent: a short or mixed text has no language of
its own, and the document's is used.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from pipeline.errors import DataError
from pipeline.resources import resource

LANGUAGES: Final[tuple[str, ...]] = ("en", "fr", "es", "pt", "ar", "ru", "zh")
"""ISO 639-1 codes of the six languages of the UN and Portuguese: what can be told apart."""

MIN_LETTERS: Final = 20
"""Below so many letters a text is given no language."""

SAMPLE: Final = 1500
"""Characters that are looked at; a longer text does not tell more."""

_WORD: Final = re.compile(r"[^\W\d_]+")
_SCRIPTS: Final = (
    ("ar", re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("zh", re.compile("[\u4e00-\u9fff\u3400-\u4dbf]")),
)
_PROBABILITY: Final = 0.9
_LIKELY: Final = 0.5
_SURELY: Final = 4
"""A quarter of the words are function words of one of our languages: py3langid, which costs most, need not be asked."""
_NEVER: Final = ("pcm", "zxx")
"""Pidgin, which lists of English names are taken for, and no language at all."""

UNKNOWN: Final = "und"
"""ISO 639 for a language that cannot be told."""

_OURS: Final = re.compile(
    "[a-z\u00aa-\u024f\u0300-\u036f\u1e00-\u1eff\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]", re.I
)
"""Letters of the scripts in which languages of `models/languages` are written."""

CONTENTS: Final = frozenset(
    {"contents", "table of contents", "table des matières", "sommaire", "índice", "contenido", "tabla de contenido"}
    | {"tabla de contenidos", "sumário", "conteúdo", "list of figures", "list of tables", "list of boxes", "المحتويات"}
    | {"list of figures and tables", "liste des figures", "liste des tableaux", "содержание", "оглавление", "目录"}
    | {"lista de figuras", "lista de cuadros", "lista de tablas", "lista de gráficos", "lista de tabelas"}
    | {"جدول المحتويات", "فهرس", "الفهرس", "liste des tableaux et figures", "liste des encadrés", "lista de recuadros"}
)
"""Headings of tables of contents, lists of figures and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """`explicit` holds lists of regular expressions for words around codes, see `models/languages/en.toml`."""

    code: str
    name: str
    direction: str
    function_words: frozenset[str]
    explicit: Mapping[str, tuple[str, ...]]


@cache
def load_languages() -> Mapping[str, Language]:
    """Every language of `models/languages`, by code; English first.

    >>> sorted(load_languages())
    ['ar', 'en', 'es', 'fr', 'pt']
    """
    found: dict[str, Language] = {}
    folder = resource("models", "languages")
    for path in sorted(folder.glob("*.toml"), key=lambda p: (p.stem != "en", p.stem)):
        try:
            data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
            language = Language(
                code=data["code"],
                name=data["name"],
                direction=data["direction"],
                function_words=frozenset(data["function_words"]),
                explicit=MappingProxyType({key: tuple(words) for key, words in data["explicit"].items()}),
            )
            for words in language.explicit.values():
                for word in words:
                    re.compile(word)
        except (OSError, ValueError, KeyError, TypeError, re.error) as error:
            raise DataError(str(path), None, f"is not a language file ({error})") from error
        if language.code != path.stem:
            raise DataError(str(path), None, f"describes '{language.code}', not '{path.stem}'")
        found[language.code] = language
    if "en" not in found:
        raise DataError(str(folder), None, "holds no en.toml", hint="Reinstall mgi-vnr.")
    return MappingProxyType(found)


def detect_language(text: str, default: str | None = None) -> str | None:
    """ISO 639-1 code of the text's language, or `default` where the text is too short or two languages are as likely.

    Script first, then function words, then py3langid's model (BSD), which costs most.

    >>> detect_language("Le gouvernement a adopté une politique nationale pour les migrants.")
    'fr'
    >>> detect_language("SDG 10.7"), detect_language(""), detect_language("الهجرة الآمنة والمنظمة والنظامية للجميع")
    (None, None, 'ar')
    >>> detect_language("10.7.2", default="en")
    'en'
    """
    sample = text[:SAMPLE]
    letters = sum(map(len, words)) if (words := _WORD.findall(sample)) else 0
    if letters < MIN_LETTERS:
        return default
    for code, script in () if sample.isascii() else _SCRIPTS:
        if len(script.findall(sample)) > letters / 2:
            return code
    return _by_function_words(words) or _by_langid(sample) or default


def foreign_language(text: str) -> str | None:
    """A language that is none of `models/languages`, where the text is surely in one; `und` where only its script
    says so.

    >>> foreign_language("Die Regierung hat ein Gesetz über die Migration verabschiedet."), foreign_language("政府")
    ('de', 'zh')
    >>> foreign_language("Le gouvernement a adopté une politique nationale."), foreign_language("No law.")
    (None, None)
    """
    sample = text[:SAMPLE]
    words = _WORD.findall(sample)
    letters = sum(map(len, words))
    if not sample.isascii() and len(_OURS.findall("".join(words))) < letters / 2:
        for code, script in _SCRIPTS[1:]:
            if len(script.findall(sample)) > letters / 2:
                return code
        code, probability = _langid(everything=True).classify(sample)
        return UNKNOWN if probability < _LIKELY or code in load_languages() else str(code)
    if letters < MIN_LETTERS or _by_function_words(words, share=_SURELY):
        return None
    code, probability = _langid(everything=True).classify(sample)
    return str(code) if probability >= _PROBABILITY and code not in load_languages() else None


def language_of(text: str, given: str | None, document: str | None) -> str:
    """The language to tag a passage in: what it is known to be, else what it shows, else the document's, else English.

    >>> language_of("10.7", None, "fr"), language_of("x", "es", "fr"), language_of("", None, None)
    ('fr', 'es', 'en')
    """
    return given or detect_language(text) or document or "en"


def _by_function_words(words: list[str], *, share: int = 10) -> str | None:
    """The language with twice the votes of the next, in one of `share` words at least; a word of several languages
    ("la", "de") gives each a share of its vote."""
    known = _languages_of()
    votes, told = dict.fromkeys(load_languages(), 0.0), dict.fromkeys(load_languages(), 0)
    for codes in filter(None, map(known.get, map(str.lower, words))):
        for code in codes:
            votes[code] += 1 / len(codes)
            told[code] += 1
    (first, code), (second, _) = sorted(((vote, code) for code, vote in votes.items()), reverse=True)[:2]
    enough = told[code] >= max(2, len(words) // share)
    return code if enough and first >= max(1.0, 2 * second) else None


@cache
def _languages_of() -> Mapping[str, tuple[str, ...]]:
    """Function word -> the languages that have it."""
    found: dict[str, tuple[str, ...]] = {}
    for code, language in load_languages().items():
        for word in language.function_words:
            found[word] = (*found.get(word, ()), code)
    return found


@cache
def _langid(*, everything: bool = False) -> Any:
    """The model for the languages that documents are in, or for all that it knows."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  loading takes half a second

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    every = [str(code) for code in identifier.nb_classes if code not in _NEVER]
    identifier.set_languages(every if everything else ["en", "fr", "es", "pt", "de", "it"])
    return identifier


def _by_langid(sample: str) -> str | None:
    code, probability = _langid().classify(sample)
    return str(code) if probability >= _PROBABILITY and code in load_languages() else None


def is_contents_title(text: str) -> bool:
    """Whether a table of contents, or a list of figures or tables, stands under this heading.

    >>> is_contents_title("Table des matières :"), is_contents_title("Contents of the law")
    (True, False)
    """
    return text.strip().strip(".: ").lower() in CONTENTS
