"""Agreement of two reviewers: Cohen's kappa per code, and the passages on which they differ."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from pipeline.types import Codes, Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """`kappa` is None where both always say the same one thing: chance cannot be told from agreement then."""

    scheme: Scheme
    code: str
    both: int
    only_first: int
    only_second: int
    neither: int
    kappa: float | None

    @property
    def share(self) -> float:
        """Share of passages on which they agree, 0 to 1."""
        total = self.both + self.only_first + self.only_second + self.neither
        return (self.both + self.neither) / total if total else 0.0


def kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Cohen's kappa of two raters over nominal ratings: (observed - chance) / (1 - chance).

    None without pairs or where chance alone explains full agreement. The worked example is Cohen's two-by-two form.

    >>> round(kappa([(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15), 2)
    0.4
    """
    n = len(pairs)
    if not n:
        return None
    observed = sum(a == b for a, b in pairs) / n
    values = {value for pair in pairs for value in pair}
    chance = sum(sum(a == v for a, _ in pairs) * sum(b == v for _, b in pairs) for v in values) / n**2
    return None if chance == 1 else (observed - chance) / (1 - chance)


def agreement(scheme: Scheme, codes: Iterable[str], pairs: Sequence[tuple[Codes, Codes]]) -> list[Agreement]:
    """For each code that either reviewer used: how often both, one or neither gave it, and kappa."""
    found = []
    for code in codes:
        ratings = [(code in one.get(scheme, ()), code in other.get(scheme, ())) for one, other in pairs]
        counts = {key: ratings.count(key) for key in ((True, True), (True, False), (False, True), (False, False))}
        if counts[True, True] + counts[True, False] + counts[False, True] == 0:
            continue
        found.append(
            Agreement(
                scheme=scheme,
                code=code,
                both=counts[True, True],
                only_first=counts[True, False],
                only_second=counts[False, True],
                neither=counts[False, False],
                kappa=kappa(ratings),
            )
        )
    return found
