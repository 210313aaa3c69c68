"""What the headings above a passage say: good practice or gap, MGI domain, SDG chapter; evidence before any keyword.

Headings of the profiles in `configs/profiles/*.toml`, names of MGI domains and their sub-headings (with the crosswalk
to targets and objectives), codes and titles of goals. The nearest heading that says something of a scheme decides.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from pipeline.errors import DataError
from pipeline.matcher import fold
from pipeline.resources import resource
from pipeline.stages.tag.context import TagContext
from pipeline.stages.tag.explicit import find_mentions
from pipeline.taxonomy import load_crosswalk, load_taxonomy
from pipeline.types import SCHEMES, Passage, Scheme, Tag

BY: Final = "structure@1"
LONGEST_HEADING: Final = 200
DOMAIN_SCORE: Final = 0.9
GOAL_SCORE: Final = 0.75
TARGET_SCORE: Final = 0.85
FREE_NAME: Final = 3
"""From so many words on the name of a domain is found inside a longer heading and outside MGI profiles."""

_NUMBERING: Final = re.compile(
    r"^[\W_]*(?:(?:domain|domaine|dominio|dimension|dimensao|ambito|section|chapter|chapitre|capitulo|المجال|البعد)"
    r"\s*(?P<n>\d)\b|\d+(?:[.\-]\d+)*|[ivx]+(?=[.)])|[a-h](?=[.)]))?[\s.:)\-–—|،]*"
)
_APOSTROPHES: Final = str.maketrans("’‘ʼ`", "''''")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadingRule:
    """One heading of a profile; `code` is empty for a part of a document that holds no findings."""

    scheme: Scheme
    code: str
    score: float
    status: str
    kinds: tuple[str, ...]
    pattern: re.Pattern[str]


def tag_structure(passages: Sequence[Passage], context: TagContext) -> list[list[Tag]]:
    """Tags from the headings of each passage; no evidence spans, the heading is the reason.

    >>> passage = Passage(id="p", document="d", n=0, kind="paragraph", text="Permits are issued online.", page=1,
    ...     headings=("Domain 6: Safe, orderly and regular migration", "Areas with potential for further development"))
    >>> [(t.scheme, t.code) for t in tag_structure([passage], TagContext(kind="mgi"))[0]][:3]
    [('category', 'gap'), ('mgi_domain', '6'), ('sdg_target', '10.7')]
    """
    return [list(_tags(passage.headings, context.kind)) for passage in passages]


def neutral_heading(headings: Sequence[str]) -> str | None:
    """The heading that tells that a passage stands in references, acknowledgements, methodology ..., or None."""
    for heading in reversed(headings):
        if any(r.pattern.fullmatch(normal_heading(heading)) for r in load_profiles() if not r.code):
            return heading
        if any(r.pattern.fullmatch(normal_heading(heading)) for r in load_profiles() if r.code):
            return None
    return None


@lru_cache(maxsize=4096)
def _tags(headings: tuple[str, ...], kind: str) -> tuple[Tag, ...]:
    found: dict[tuple[Scheme, str], Tag] = {}
    settled: set[str] = set()
    for heading in reversed(headings):
        here = _of_heading(heading[:LONGEST_HEADING], kind)
        for tag in here:
            if tag.scheme not in settled:
                found.setdefault((tag.scheme, tag.code), tag)
        settled |= {tag.scheme for tag in here}
    return tuple(found.values())


def _of_heading(heading: str, kind: str) -> list[Tag]:
    normal = normal_heading(heading)
    reason = f'under the heading "{heading}"'
    tags: list[Tag] = []
    for rule in load_profiles():
        if rule.code and kind in rule.kinds and rule.pattern.fullmatch(normal):
            tags.append(Tag(scheme=rule.scheme, code=rule.code, score=rule.score, by=BY, reason=reason))
            if rule.status:
                tags.append(Tag(scheme="action_status", code=rule.status, score=rule.score, by=BY, reason=reason))
            break
    if (place := _domain(heading, normal, kind)) is not None:
        domain = place.partition(".")[0]
        tags.append(Tag(scheme="mgi_domain", code=domain, score=DOMAIN_SCORE, by=BY, reason=reason))
        tags += [
            Tag(scheme=link.scheme, code=link.code, score=link.weight, by=BY, reason=f"{reason}: {link.reason}")
            for link in load_crosswalk("mgi")
            if link.source == place
        ]
    tags += _goals(heading, normal, kind, reason)
    return tags


def _goals(heading: str, normal: str, kind: str, reason: str) -> list[Tag]:
    mentions = [m for m in find_mentions(heading) if m.scheme != "gcm" and (m.sure or kind in ("vnr", "vlr"))]
    codes = {(m.scheme, m.code) for m in mentions}
    if not codes and kind in ("vnr", "vlr") and (goal := _goal_titles().get(normal)):
        codes = {("sdg_goal", goal)}
    if len(codes) > 2:
        return []
    return [
        Tag(
            scheme=scheme,
            code=code,
            score=TARGET_SCORE if scheme == "sdg_target" else GOAL_SCORE,
            by=BY,
            reason=reason,
        )
        for scheme, code in sorted(codes)
    ]


def _domain(heading: str, normal: str, kind: str) -> str | None:
    """The domain (`6`) or sub-heading (`6.return`) that a heading names."""
    names = _domain_names()
    if kind == "mgi":
        if normal in names:
            return names[normal]
        number = _NUMBERING.match(_folded(heading))
        if number and number["n"] and load_taxonomy().has("mgi_domain", number["n"]):
            return number["n"]
    inside = [n for n in names if len(n.split()) >= FREE_NAME and n in normal]
    return names[max(inside, key=len)] if inside else None


def normal_heading(heading: str) -> str:
    """A heading without numbering, capitals, accents and outer punctuation.

    >>> normal_heading("3. Domaines présentant un potentiel de développement :")
    'domaines presentant un potentiel de developpement'
    """
    text = _folded(heading[:LONGEST_HEADING])
    return text[_NUMBERING.match(text).end() :].strip(" .:-–—*•")  # type: ignore[union-attr]


def _folded(heading: str) -> str:
    return " ".join(fold(word) for word in heading.translate(_APOSTROPHES).split())


@cache
def _domain_names() -> Mapping[str, str]:
    taxonomy = load_taxonomy()
    names = {
        normal_heading(name): code
        for code, by_language in taxonomy.domain_names.items()
        for wordings in by_language.values()
        for name in wordings
    }
    for sub in taxonomy.subheadings:
        for wordings in sub.names.values():
            names.update({normal_heading(name): sub.code for name in wordings if normal_heading(name) not in names})
    return names


@cache
def _goal_titles() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for code, goal in load_taxonomy().schemes["sdg_goal"].items():
        for title in (*goal.shorts.values(), *goal.titles.values()):
            found[normal_heading(title)] = code
    return found


@cache
def load_profiles() -> tuple[HeadingRule, ...]:
    """All structure profiles; the surest rules first."""
    rules: list[HeadingRule] = []
    for path in sorted(resource("configs", "profiles").glob("*.toml")):
        try:
            data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
            for entry in (*data.get("heading", ()), *data.get("neutral", ())):
                code = entry.get("code", "")
                scheme = next(s for s in SCHEMES if s == entry.get("scheme", "category"))
                if code and not load_taxonomy().has(scheme, code):
                    raise DataError(str(path), None, f"has the unknown code '{code}' of '{scheme}'")
                rules += [
                    HeadingRule(
                        scheme=scheme,
                        code=code,
                        score=float(entry.get("score", 1.0)),
                        status=entry.get("status", ""),
                        kinds=tuple(data["kinds"]),
                        pattern=re.compile(pattern),
                    )
                    for pattern in entry["patterns"]
                ]
        except (OSError, ValueError, KeyError, TypeError, StopIteration, re.error) as error:
            raise DataError(str(path), None, f"is not a structure profile ({error!r})") from error
    return tuple(sorted(rules, key=lambda r: -r.score))
