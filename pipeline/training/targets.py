"""Labelled passages -> arrays: what is wanted, what counts, how much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.stages.evaluate.gold import GoldPassage
from pipeline.stages.tag.second import Labels, places

Bits = npt.NDArray[np.bool_]


def wanted(passages: Sequence[GoldPassage], labels: Labels) -> tuple[Bits, Bits]:
    """`(right, counted)`, both n x (all labels, `migration` last).

    A label does not count where its scheme was not labelled or the code is optional; objectives and domains do not
    count in passages that are not about migration (they are empty there by rule, not by judgement).
    """
    where = places(labels)
    total = sum(map(len, labels.values())) + 1
    right, counted = (np.zeros((len(passages), total), bool) for _ in range(2))
    for row, passage in enumerate(passages):
        for scheme, codes in labels.items():
            if scheme not in passage.codes:
                continue
            place = where[scheme]
            if scheme not in ("gcm", "mgi_domain") or passage.migration is not False:
                counted[row, place] = True
            for code in passage.codes[scheme]:
                if code in codes:
                    right[row, place.start + codes.index(code)] = True
            for code in passage.optional.get(scheme, ()):
                if code in codes:
                    counted[row, place.start + codes.index(code)] = False
        if passage.migration is not None:
            right[row, -1], counted[row, -1] = passage.migration, True
    return right, counted


def folds(passages: Sequence[GoldPassage], count: int) -> npt.NDArray[np.int64]:
    """The fold of each passage; passages of one document, and translations of one passage, stay together.

    Documents are dealt out largest first to the smallest fold; passages without a document are dealt out by the
    number at the end of their id, so that one scenario told in several languages is not on both sides.
    """
    groups: dict[str, list[int]] = {}
    for row, passage in enumerate(passages):
        groups.setdefault(_group(passage), []).append(row)
    sizes = [0] * count
    found = np.zeros(len(passages), np.int64)
    for rows in sorted(groups.values(), key=lambda r: (-len(r), r[0])):
        smallest = sizes.index(min(sizes))
        found[rows] = smallest
        sizes[smallest] += len(rows)
    return found


def _group(passage: GoldPassage) -> str:
    if passage.document and passage.document != "synthetic":
        return passage.document
    digits = "".join(c for c in passage.id.rsplit("-", 1)[-1] if c.isdigit())
    return f"scenario {int(digits or 0) // 5}"
