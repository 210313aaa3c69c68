"""Codes and titles as the pages show them, and reading back what a person typed or ticked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.errors import ReviewError
from pipeline.taxonomy import Taxonomy, sort_key
from pipeline.types import SCHEMES, Codes, Scheme

CLOSED: Final[tuple[Scheme, ...]] = ("category", "action_status", "support_type", "mgi_domain")
"""Schemes small enough to be shown whole; the others are typed with proposals."""

PARENT: Final[Mapping[Scheme, str]] = {"action_status": "action", "support_type": "support"}
"""These schemes only hold where their category does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One code with its full and short title in the reader's language."""

    code: str
    title: str
    short: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The taxonomies in the words of the pages."""

    taxonomy: Taxonomy

    def title(self, scheme: Scheme, code: str, language: str, *, short: bool = False) -> str:
        return self.taxonomy.title(scheme, code, language, short=short)

    def choices(self, scheme: Scheme, language: str) -> list[Choice]:
        """Every code of a scheme, in the order in which people count."""
        return [
            Choice(
                code=code,
                title=self.title(scheme, code, language),
                short=self.title(scheme, code, language, short=True),
            )
            for code in self.taxonomy.codes(scheme)
        ]

    def targets_and_goals(self, language: str) -> list[Choice]:
        """Targets in order, each goal before its targets: what the targets field proposes."""
        every = self.choices("sdg_goal", language) + self.choices("sdg_target", language)
        return sorted(every, key=lambda choice: sort_key(choice.code))

    def read(
        self, chosen: Mapping[Scheme, Iterable[str]], targets: str = "", gcm: str = ""
    ) -> dict[Scheme, tuple[str, ...]]:
        """Codes of every scheme from ticked codes and typed lists; each target brings its goal.

        Raises ReviewError naming what is no code. A target field may hold goals: `10.7; 8`.
        """
        codes: dict[Scheme, tuple[str, ...]] = dict.fromkeys(SCHEMES, ())
        unknown: list[str] = []
        for scheme in CLOSED:
            given = tuple(dict.fromkeys(c for c in chosen.get(scheme, ()) if c))
            unknown += [c for c in given if not self.taxonomy.has(scheme, c)]
            codes[scheme] = given
        sdg: dict[Scheme, list[str]] = {"sdg_target": [], "sdg_goal": []}
        for word in split_codes(targets):
            found = self.taxonomy.resolve(word)
            if found is None:
                unknown.append(word)
            elif found[1] not in sdg[found[0]]:
                sdg[found[0]].append(found[1])
        objectives = list(dict.fromkeys(split_codes(gcm)))
        unknown += [c for c in objectives if not self.taxonomy.has("gcm", c)]
        if unknown:
            raise ReviewError(
                f"There is no code {', '.join(w[:40] for w in unknown[:5])}.", hint="Choose from the list."
            )
        if len(codes["mgi_domain"]) > 1:
            raise ReviewError("A passage has one MGI domain.", hint="Choose one.")
        codes["sdg_target"] = tuple(sdg["sdg_target"])
        goals = [self.taxonomy.goal_of(target) for target in sdg["sdg_target"]] + sdg["sdg_goal"]
        codes["sdg_goal"] = tuple(dict.fromkeys(goals))
        codes["gcm"] = tuple(objectives)
        for scheme, category in PARENT.items():
            if category not in codes["category"]:
                codes[scheme] = ()
        return codes


def split_codes(text: str) -> list[str]:
    """The codes in a typed list; at most 60 of them.

    >>> split_codes("10.7; 8.8, 16 ")
    ['10.7', '8.8', '16']
    """
    return [word for word in re.split(r"[;,\s]+", unicodedata.normalize("NFKC", text[:2000])) if word][:60]


def target_field(codes: Codes) -> str:
    """Targets and the goals that no target of the list brings, as the targets field shows them.

    >>> target_field({"sdg_target": ("10.7",), "sdg_goal": ("10", "8")})
    '10.7; 8'
    """
    targets = codes.get("sdg_target", ())
    brought = {target.partition(".")[0] for target in targets}
    return "; ".join([*targets, *(goal for goal in codes.get("sdg_goal", ()) if goal not in brought)])


def same_codes(one: Codes, other: Codes) -> bool:
    """Whether two sets of codes say the same; order is not a statement.

    >>> same_codes({"gcm": ("5", "6")}, {"gcm": ("6", "5"), "category": ()})
    True
    """
    return all(set(one.get(scheme, ())) == set(other.get(scheme, ())) for scheme in SCHEMES)


def differences(one: Codes, other: Codes) -> list[tuple[Scheme, tuple[str, ...], tuple[str, ...]]]:
    """Schemes in which two sets of codes differ: what only the first and only the second has."""
    found: list[tuple[Scheme, tuple[str, ...], tuple[str, ...]]] = []
    for scheme in SCHEMES:
        first, second = one.get(scheme, ()), other.get(scheme, ())
        if set(first) != set(second):
            found.append(
                (scheme, tuple(c for c in first if c not in second), tuple(c for c in second if c not in first))
            )
    return found
