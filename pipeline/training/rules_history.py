"""The changelog of the lexicons: precision and recall of the rules for each label, version by version."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import ConfigError
from pipeline.lexicon import lexicon_files, read_lexicon
from pipeline.resources import data_root, resource
from pipeline.stages.tag import TagOptions
from pipeline.taxonomy import load_cues, load_taxonomy, sort_key
from pipeline.training.rules import Labelled, code_figures
from pipeline.types import SCHEMES

COLUMNS: Final = ("version", "scheme", "code", "right", "proposed", "wanted", "terms")
NOTES: Final = "history_notes.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The rules proposed a code `proposed` times, `right` of them rightly, where `wanted` passages have it."""

    version: int
    scheme: str
    code: str
    right: int
    proposed: int
    wanted: int
    terms: int

    @property
    def figures(self) -> tuple[int, int, int]:
        return self.right, self.proposed, self.wanted

    def told(self) -> str:
        precision = f"{self.right / self.proposed:.2f}" if self.proposed else "-"
        recall = f"{self.right / self.wanted:.2f}" if self.wanted else "-"
        return f"{precision} / {recall}"


def add_version(note: str, labelled: Sequence[Labelled]) -> tuple[int, int]:
    """Measure the rules as they stand, append what changed; the number of the version and of changed labels."""
    _page()
    rows = read_history()
    version = max((r.version for r in rows), default=0) + 1
    last = {(r.scheme, r.code): r for r in rows}
    sums: dict[tuple[str, str], list[int]] = {}
    for scheme, code, _, right, proposed, wanted in code_figures(labelled, TagOptions(profile="rules")):
        total = sums.setdefault((scheme, code), [0, 0, 0])
        for n, value in enumerate((right, proposed, wanted)):
            total[n] += value
    terms = _term_counts()
    new = [
        Row(version=version, scheme=s, code=c, right=t[0], proposed=t[1], wanted=t[2], terms=terms[(s, c)])
        for (s, c), t in sums.items()
    ]
    new = [r for r in new if (r.scheme, r.code) not in last or last[(r.scheme, r.code)].figures != r.figures]
    path = resource("models", "lexicons", "history.csv")
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if version == 1:
            writer.writerow(COLUMNS)
        writer.writerows([r.version, r.scheme, r.code, *r.figures, r.terms] for r in new)
    with path.with_name(NOTES).open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if version == 1:
            writer.writerow(("version", "passages", "note"))
        writer.writerow((version, len(labelled), note))
    return version, len(new)


def read_history() -> list[Row]:
    """Every recorded figure, oldest first."""
    path = resource("models", "lexicons", "history.csv")
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Row(
                version=int(r["version"]),
                scheme=r["scheme"],
                code=r["code"],
                right=int(r["right"]),
                proposed=int(r["proposed"]),
                wanted=int(r["wanted"]),
                terms=int(r["terms"]),
            )
            for r in csv.DictReader(file)
        ]


def write_page() -> Path:
    """`docs/lexicons.md` from the history."""
    rows = read_history()
    with resource("models", "lexicons", NOTES).open(encoding="utf-8", newline="") as file:
        notes = list(csv.DictReader(file))
    lines = [
        "# Lexicons: what they hold, and what each change did",
        "",
        "Written by `mgi lexicon record`; the form of a lexicon is told in `pipeline/lexicon.py` and",
        "`pipeline/matcher.py`. Figures are precision / recall of the rules alone (no trained model) for each label,",
        "on the passages given to the command. The labels were made by a large language model under written",
        "guidelines: they show consistency with one labeller, not agreement of human experts.",
        "",
        "## Versions",
        "",
        "| version | passages | change |",
        "|---|---|---|",
        *(f"| {n['version']} | {n['passages']} | {n['note']} |" for n in notes),
        "",
        "## Terms by scheme and language",
        "",
        "| scheme | language | terms for | terms against |",
        "|---|---|---|---|",
    ]
    for (scheme, language), path in lexicon_files().items():
        signs = Counter(t.sign for t in read_lexicon(path, scheme, language))
        lines.append(f"| {scheme} | {language} | {signs['+']} | {signs['-'] + signs['!']} |")
    for scheme in SCHEMES:
        mine = [r for r in rows if r.scheme == scheme]
        if not mine:
            continue
        lines += [
            "",
            f"## {scheme}",
            "",
            "| label | cases | terms | changes: version: precision / recall |",
            "|---|---|---|---|",
        ]
        for code in sorted({r.code for r in mine}, key=sort_key):
            history = [r for r in mine if r.code == code]
            title = load_taxonomy().title(scheme, code, short=True)
            told = "; ".join(f"{r.version}: {r.told()}" for r in history)
            lines.append(f"| {code} {title[:60]} | {history[-1].wanted} | {history[-1].terms} | {told} |")
    page = _page()
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return page


def _page() -> Path:
    page = data_root() / "docs" / "lexicons.md"
    if not page.parent.is_dir():
        raise ConfigError("The changelog of the lexicons is kept in a checkout only.", hint="Clone the project first.")
    return page


def _term_counts() -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    cues = load_cues()
    columns = {code: scheme for scheme in SCHEMES for code in load_taxonomy().codes(scheme)}
    for (scheme, language), path in lexicon_files().items():
        for term in read_lexicon(path, scheme, language):
            if scheme == "cue":
                for code, weight in cues.get(term.code, {}).items():
                    counts[(columns[code], code)] += weight > 0
            else:
                counts[(scheme, term.code)] += 1
    return counts
