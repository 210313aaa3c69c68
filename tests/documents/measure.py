"""Compares what the reader made of an exact document with its truth."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz, process

from pipeline.types import Document, Passage

JUDGED = frozenset({"paragraph", "item", "box", "footnote", "row"})
BULLETS = frozenset("•–-▪")
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(slots=True, kw_only=True)
class Score:
    """Counts over one or more documents; `tau` is the sum of concordant minus discordant pairs over all pairs."""

    passages: int = 0
    whole: int = 0
    paths_judged: int = 0
    paths: int = 0
    pages: int = 0
    labels: int = 0
    noted: int = 0
    notes: int = 0
    furniture: int = 0
    hidden: int = 0
    extra: int = 0
    pairs: int = 0
    concordance: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def tau(self) -> float:
        return self.concordance / self.pairs if self.pairs else 1.0

    @property
    def whole_share(self) -> float:
        return self.whole / self.passages if self.passages else 1.0

    @property
    def path_share(self) -> float:
        return self.paths / self.paths_judged if self.paths_judged else 1.0

    @property
    def label_share(self) -> float:
        return self.labels / self.pages if self.pages else 1.0

    @property
    def note_share(self) -> float:
        return self.notes / self.noted if self.noted else 1.0

    def misses(self) -> list[str]:
        """The bars that are not met."""
        found = []
        if self.whole_share < 0.99:
            found.append(f"whole passages {self.whole_share:.1%} < 99%")
        if self.path_share < 0.97:
            found.append(f"heading paths {self.path_share:.1%} < 97%")
        if self.labels < self.pages:
            found.append(f"printed labels {self.label_share:.1%} < 100%")
        if self.furniture:
            found.append(f"furniture in {self.furniture} passages")
        if self.hidden:
            found.append(f"hidden text in {self.hidden} passages")
        if self.tau < 0.99:
            found.append(f"order {self.tau:.3f} < 0.99")
        return found


def plain(text: str) -> str:
    return " ".join(text.split())


def variants(truth: dict[str, Any]) -> set[str]:
    """The texts that count as this passage whole.

    A footnote marker may be left out, be a superscript figure or stand in brackets, but not stick to a word as a plain
    figure; the number of a note, of a numbered item or paragraph may be in the text or beside it.
    """
    texts = {plain(truth["text"])}
    if marked := truth.get("marked"):
        texts.add(plain(re.sub(r"<([^>]+)>", lambda m: m[1].translate(SUPERSCRIPT), marked)))
        texts.add(plain(re.sub(r"<([^>]+)>", r"[\1]", marked)))
        texts.add(plain(re.sub(r"<([^>]+)>", r" [\1]", marked)))
    marker = truth.get("marker")
    if marker and marker not in BULLETS:
        texts |= {f"{marker} {t}" for t in texts}
    if numbered := truth.get("numbered"):
        texts |= {t.removeprefix(numbered).strip() for t in texts}
    return texts


def holds(row: Passage, cells: Sequence[str]) -> bool:
    """Whether a passage has all cells of a row, in order."""
    text, at = plain(row.text), 0
    for cell in cells:
        found = text.find(plain(cell), at)
        if found < 0:
            return False
        at = found + len(plain(cell))
    return True


def folded(path: Iterable[str]) -> list[str]:
    return [plain(h).casefold() for h in path]


def measure(name: str, truth: dict[str, Any], document: Document, passages: Sequence[Passage]) -> Score:
    score = Score()
    judged = [p for p in truth["passages"] if p["kind"] in JUDGED]
    title = title_of(truth, passages)
    by_text: dict[str, list[int]] = defaultdict(list)
    for n, passage in enumerate(passages):
        by_text[plain(passage.text)].append(n)
    used: set[int] = set()
    got_labels = {p.number: p.label for p in document.pages}
    order: list[tuple[dict[str, Any], int]] = []
    for true in judged:
        score.passages += 1
        found = find(true, passages, by_text, used)
        if found is None:
            score.failures.append(f"{name} p.{true['page']} {true['kind']} not whole: {difference(true, passages)}")
            continue
        used.add(found)
        passage = passages[found]
        if passage.page == true["page"] and set(passage.pages) == set(true["pages"]):
            score.whole += 1
        else:
            score.failures.append(f"{name} p.{true['pages']} read as p.{list(passage.pages)}: {true['text'][:60]!r}")
        if passage.page_label != got_labels.get(passage.page):
            score.pages += 1
            score.failures.append(
                f"{name} p.{passage.page} passage labelled {passage.page_label!r}: {true['text'][:50]!r}"
            )
        if true.get("notes"):
            score.noted += 1
            notes = list(passage.notes)
            score.notes += notes == true["notes"]
            if notes != true["notes"]:
                score.failures.append(
                    f"{name} p.{true['page']} notes {notes} are not {true['notes']}: {true['text'][:40]!r}"
                )
        if true["kind"] != "footnote":
            score.paths_judged += 1
            ways = [folded(true["headings"])[title:]]
            if "box" in true:
                ways.append([*ways[0], *folded([true["box"]])])
            if folded(passage.headings) in ways:
                score.paths += 1
            else:
                score.failures.append(
                    f"{name} p.{true['page']} path {list(passage.headings)} is not {true['headings']}: "
                    f"{true['text'][:50]!r}"
                )
            if not true.get("loose"):
                order.append((true, found))
    down = sorted(order, key=lambda pair: pair[0].get("card", [0, -1])[::-1])  # cards may be read by columns too
    pairs(score, max([n for _, n in order], [n for _, n in down], key=concordance))
    labels(score, name, truth, document)
    furniture(score, name, truth, passages)
    others = [p for n, p in enumerate(passages) if n not in used]
    allowed = {plain(p["text"]) for p in truth["passages"]} | {plain(h["text"]) for h in truth["headings"]}
    score.extra = sum(plain(p.text) not in allowed for p in others)
    return score


def difference(true: dict[str, Any], passages: Sequence[Passage]) -> str:
    """The beginning of the truth, and where the nearest passage begins to differ from it."""
    text = plain(true["text"])
    near = process.extractOne(text, [plain(p.text) for p in passages], scorer=fuzz.ratio)
    if near is None or near[1] < 50:
        return f"{text[:120]!r}, nothing like it"
    got = near[0]
    at = next((n for n, (a, b) in enumerate(zip(text, got, strict=False)) if a != b), min(len(text), len(got)))
    return (
        f"{text[:50]!r} at {at} of {len(text)}: {text[max(0, at - 25) : at + 45]!r} | read {len(got)}: "
        f"{got[max(0, at - 25) : at + 45]!r}"
    )


def title_of(truth: dict[str, Any], passages: Sequence[Passage]) -> int:
    """1 where the only heading of the first level is the document's title and the reader kept it out of the paths.

    A title heads the whole and may stand in every path or in none.
    """
    first = [h for h in truth["headings"] if h["level"] == 1]
    if len(first) != 1 or first[0] != truth["headings"][0]:
        return 0
    name = folded([first[0]["text"]])
    return int(not any(folded(p.headings)[:1] == name for p in passages))


def find(
    true: dict[str, Any], passages: Sequence[Passage], by_text: dict[str, list[int]], used: set[int]
) -> int | None:
    if true["kind"] == "row":
        here = (n for n, p in enumerate(passages) if n not in used and true["page"] in p.pages)
        return next((n for n in here if holds(passages[n], true["cells"])), None)
    candidates = [n for t in variants(true) for n in by_text.get(t, ()) if n not in used]
    return min(candidates, key=lambda n: (passages[n].page != true["page"], n), default=None)


def concordance(order: Sequence[int]) -> int:
    """Concordant minus discordant pairs of places that ought to rise."""
    return sum(1 if one < two else -1 for i, one in enumerate(order) for two in order[i + 1 :])


def pairs(score: Score, order: Sequence[int]) -> None:
    score.pairs += len(order) * (len(order) - 1) // 2
    score.concordance += concordance(order)


def labels(score: Score, name: str, truth: dict[str, Any], document: Document) -> None:
    got = {p.number: p.label for p in document.pages}
    for number, label in enumerate(truth["labels"], 1):
        score.pages += 1
        allowed = truth.get("labels_allowed", {}).get(str(number), [label])
        if label is None and number == 1 and any(truth["labels"]):
            allowed = [None, "i", "1"]  # a cover bears no number; counting it as the first page is right too
        if got.get(number) in allowed:
            score.labels += 1
        else:
            score.failures.append(f"{name} p.{number} label {got.get(number)!r} is not {label!r}")


def furniture(score: Score, name: str, truth: dict[str, Any], passages: Sequence[Passage]) -> None:
    texts = " \n ".join(plain(p["text"]) for p in [*truth["passages"], *truth["headings"]])
    counts = Counter(plain(text) for _, text in truth["furniture"])
    heads = {t for t in counts if len(t) > 11 and t not in texts}
    for passage in passages:
        text = plain(passage.text)
        if text in counts and text not in texts.split(" \n "):
            score.furniture += 1
            score.failures.append(f"{name} p.{passage.page} furniture is a passage: {text!r}")
        elif any(h in text for h in heads):
            score.furniture += 1
            score.failures.append(f"{name} p.{passage.page} furniture in a passage: {text[:120]!r}")
        if any(s in text or text in s for s in truth.get("hidden", ()) if len(text) > 11):
            score.hidden += 1
            score.failures.append(f"{name} p.{passage.page} hidden text is a passage: {text[:80]!r}")
