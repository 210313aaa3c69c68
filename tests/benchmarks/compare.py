"""Progress between two assessments and links of gaps with actions, against known truth: F1 and status accuracy.

`python -m tests.benchmarks.compare` prints both pairs, with labels as their authors meant them and as the rules and the
tagger propose them. `tests/cases/compare_kelmara.json` was used to choose thresholds and words; the sample country
Saldora, written by somebody else, was not. The links of a third invented country (`tests/cases/links_tervel.json`)
follow, at several thresholds.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.stages.compare import CompareOptions, compare, link_actions
from pipeline.stages.settle import settle
from pipeline.stages.tag import TagContext, TagOptions, tag_passages
from pipeline.types import DocumentFacts, Label, LabelledPassage, Passage

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "corpus" / "samples" / "truth"
SECTIONS = {"gap": "Areas with potential for further development", "good_practice": "Well-developed areas"}
SECTIONS_FR = {"gap": "Domaines présentant un potentiel de développement", "good_practice": "Domaines bien développés"}

LABELS = ("gold", "rules", "tagger")
"""As their authors meant them; as the rules alone propose them; as the tagger with its default options does."""

Truth = tuple[str | None, str | None, str]
"""Baseline passage, follow-up passage, status."""


@dataclass(frozen=True)
class Pair:
    name: str
    baseline: list[LabelledPassage]
    followup: list[LabelledPassage]
    truth: list[Truth]


@dataclass(frozen=True)
class Result:
    """`f1` of pairs; `accuracy` of status over all findings; a wrongly matched finding counts as wrong there, too."""

    findings: int
    precision: float
    recall: float
    f1: float
    accuracy: float
    wrong: tuple[str, ...]


def measure(pair: Pair) -> Result:
    rows = compare(pair.baseline, pair.followup)
    got = {
        (r.baseline.passage.id if r.baseline else None, r.followup.passage.id if r.followup else None): r.status
        for r in rows
    }
    wanted = {(b, f): s for b, f, s in pair.truth}
    ours = {p for p in got if None not in p}
    theirs = {p for p in wanted if None not in p}
    right = len(ours & theirs)
    precision, recall = right / max(1, len(ours)), right / max(1, len(theirs))
    texts = {p.passage.id: p.passage.text for p in [*pair.baseline, *pair.followup]}
    wrong = []
    for (b, f), status in wanted.items():
        if got.get((b, f)) != status:
            said = next(((y, s) for (x, y), s in got.items() if (x == b if b else y == f)), None)
            wrong.append(
                f"{status}: {texts.get(b or '', '-')[:150]} | {texts.get(f or '', '-')[:260]}"
                f"\n      said {said[1] if said else 'nothing'}: {texts.get((said and said[0]) or '', '-')[:200]}"
            )
    return Result(
        findings=len(wanted),
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / (precision + recall) if right else 0.0,
        accuracy=1 - len(wrong) / len(wanted),
        wrong=tuple(wrong),
    )


def labelled(
    passages: Sequence[Passage], codes: Sequence[dict[str, Any]] | None, facts: DocumentFacts, by: str
) -> list[LabelledPassage]:
    """With the codes given, or else with those that the tagger proposes."""
    if codes is not None:
        return [
            LabelledPassage(
                passage=p,
                facts=facts,
                tags=(),
                label=Label(passage=p.id, status="accepted", codes={k: tuple(v) for k, v in c.items()}, score=1.0),
            )
            for p, c in zip(passages, codes, strict=True)
        ]
    context = TagContext(kind=facts.kind, country=facts.country, language=facts.language, edition=facts.edition)
    tags = tag_passages(passages, context, TagOptions(profile="rules") if by == "rules" else None)
    return [
        LabelledPassage(passage=p, facts=facts, tags=t, label=settle(p.id, t, ()))
        for p, t in zip(passages, tags, strict=True)
    ]


def kelmara(language: str, *, by: str) -> Pair:
    rows = json.loads((ROOT / "tests" / "cases" / "compare_kelmara.json").read_text(encoding="utf-8"))["rows"]
    rows = [r for r in rows if r["language"] == language]
    sides: dict[str, list[tuple[str, Passage, dict[str, Any]]]] = {"baseline": [], "followup": []}
    truth: list[Truth] = []
    for n, row in enumerate(rows):
        ids: dict[str, str | None] = {"baseline": None, "followup": None}
        for side, entries in sides.items():
            if row[side] is None:
                continue
            category = (row["category"] if side == "followup" or row["status"] is None else "gap") or "gap"
            spoken = language if side == "followup" else "en"
            section = (SECTIONS_FR if spoken == "fr" else SECTIONS)[
                "good_practice" if category == "good_practice" else "gap"
            ]
            ids[side] = f"{side[0]}{n}"
            passage = Passage(
                id=f"{side[0]}{n}",
                document=side,
                n=n,
                kind="paragraph",
                text=row[side],
                page=n,
                language=spoken,
                headings=(f"{'Domaine' if spoken == 'fr' else 'Domain'} {row['domain']}", section),
            )
            codes: dict[str, Any] = {
                "category": [category],
                "sdg_target": row["targets"],
                "mgi_domain": [row["domain"]],
                "action_status": ["taken"] if category == "action" else [],
            }
            entries.append((hashlib.sha256(row[side].encode()).hexdigest(), passage, codes))
        if row["status"] is not None:
            truth.append((ids["baseline"], ids["followup"], row["status"]))
    made = {}
    for side, found in sides.items():
        found.sort(key=lambda e: e[0])  # the order of the rows must not help
        facts = DocumentFacts(
            id=side, path=side, kind="mgi", country="XAE", year=2018, language="en" if side == "baseline" else language
        )
        made[side] = labelled([e[1] for e in found], [e[2] for e in found] if by == "gold" else None, facts, by)
    return Pair(f"Kelmara, follow-up in {language}", made["baseline"], made["followup"], truth)


def saldora(*, by: str) -> Pair:
    rows = json.loads((SAMPLES / "matches_saldora_2019_2024.json").read_text(encoding="utf-8"))
    sides = {}
    for side, year in (("baseline", 2019), ("followup", 2024)):
        truth = json.loads((SAMPLES / f"saldora_mgi_{year}.json").read_text(encoding="utf-8"))
        findings = [p for p in truth["passages"] if "id" in p]
        passages = [
            Passage(
                id=f"{side[0]}{p['id']}",
                document=side,
                n=p["n"],
                kind=p["kind"],
                text=p["text"],
                page=p["page"],
                page_label=p["page_label"],
                headings=tuple(p["headings"]),
                language="en",
            )
            for p in findings
        ]
        codes = [
            {
                "category": p.get("categories", []),
                "sdg_target": p.get("targets", []),
                "mgi_domain": [d] if (d := p.get("mgi_domain")) else [],
                "gcm": p.get("gcm", []),
                "action_status": [s] if isinstance(s := p.get("action_status") or [], str) else s,
            }
            for p in findings
        ]
        facts = DocumentFacts(id=side, path=side, kind="mgi", country="XAA", year=year, language="en")
        sides[side] = labelled(passages, codes if by == "gold" else None, facts, by)
    matches: list[Truth] = [
        (
            f"b{r['baseline']['id']}" if r["baseline"] else None,
            f"f{r['followup']['id']}" if r["followup"] else None,
            r["status"],
        )
        for r in rows
    ]
    return Pair("Saldora 2019 and 2024 (held out)", sides["baseline"], sides["followup"], matches)


def pairs(*, by: str) -> list[Pair]:
    return [kelmara("en", by=by), kelmara("fr", by=by), saldora(by=by)]


@dataclass(frozen=True)
class Links:
    """Precision and recall of pairs (gap, action); `found` the share of answered gaps that got a right action,
    `quiet` the share of unanswered gaps that got none."""

    precision: float
    recall: float
    found: float
    quiet: float
    wrong: tuple[str, ...]


def tervelia(*, by: str) -> tuple[list[LabelledPassage], set[tuple[str, str]]]:
    """All findings of the country in an order that tells nothing, and the pairs that belong together."""
    case = json.loads((ROOT / "tests" / "cases" / "links_tervel.json").read_text(encoding="utf-8"))
    found: list[LabelledPassage] = []
    for name, document in case["documents"].items():
        rows = [(r, "gap") for r in case["gaps"]] + [(r, "action") for r in case["actions"]]
        rows = sorted((e for e in rows if e[0]["document"] == name), key=lambda e: e[0]["text"])
        passages = [
            Passage(
                id=row["id"],
                document=name,
                n=n,
                kind="paragraph",
                text=row["text"],
                page=n + 1,
                language=document["language"],
                headings=(f"Domain {row['domain']}", SECTIONS["gap"]) if category == "gap" else (),
            )
            for n, (row, category) in enumerate(rows)
        ]
        codes = [
            {
                "category": [category],
                "sdg_target": row["targets"],
                "mgi_domain": [row["domain"]] if row["domain"] else [],
                "action_status": [row["status"]] if category == "action" else [],
            }
            for row, category in rows
        ]
        facts = DocumentFacts(id=name, path=name, country="XAH", **document)
        found += labelled(passages, codes if by == "gold" else None, facts, by)
    return found, {(g["id"], a) for g in case["gaps"] for a in g["answers"]}


def measure_links(by: str, at_least: float = CompareOptions().link) -> Links:
    passages, wanted = tervelia(by=by)
    got = {
        (link.gap.passage.id, link.action.passage.id): link.score for link in link_actions(passages, at_least=at_least)
    }
    texts = {p.passage.id: p.passage.text for p in passages}
    answered = {gap for gap, _ in wanted}
    silent = {g for g in texts if g.startswith("g")} - answered
    right = got.keys() & wanted
    wrong = [f"missed {g} {a}: {texts[g]} | {texts[a]}" for g, a in sorted(wanted - right)]
    wrong += [f"wrong  {g} {a} {got[g, a]:.2f}: {texts[g]} | {texts[a]}" for g, a in sorted(got.keys() - right)]
    return Links(
        precision=len(right) / max(1, len(got)),
        recall=len(right) / len(wanted),
        found=len({g for g, _ in right}) / len(answered),
        quiet=1 - len({g for g, _ in got} & silent) / len(silent),
        wrong=tuple(wrong),
    )


def main(arguments: list[str]) -> int:
    print(f"{'pair':34} {'labels':9} {'findings':>8} {'P':>5} {'R':>5} {'F1':>5} {'status':>6}")
    for by in LABELS:
        for pair in pairs(by=by):
            result = measure(pair)
            print(
                f"{pair.name:34} {by:9} {result.findings:8} {result.precision:5.2f} "
                f"{result.recall:5.2f} {result.f1:5.2f} {result.accuracy:6.2f}"
            )
            if "--wrong" in arguments and any(a in pair.name.lower() or a == "all" for a in arguments):
                print("\n".join(f"   {w}" for w in result.wrong))
                print(Counter(r.status for r in compare(pair.baseline, pair.followup)))
    print(
        f"\n{'links of gaps with actions':34} {'labels':9} {'at least':>8} {'P':>5} {'R':>5} {'found':>5} {'quiet':>6}"
    )
    for by in LABELS:
        for at_least in sorted({0.2, 0.25, 0.35, CompareOptions().link}):
            links = measure_links(by, at_least)
            figures = f"{links.precision:5.2f} {links.recall:5.2f} {links.found:5.2f} {links.quiet:6.2f}"
            print(f"{'Tervelia':34} {by:9} {at_least:8.2f} {figures}")
            if "links" in arguments and at_least == CompareOptions().link:
                print("\n".join(f"   {w}" for w in links.wrong))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
