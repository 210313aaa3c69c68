"""Measure what each lexicon term is worth on labelled passages, and fit what each class of cues weighs.

The figures end up in `models/lexicons/measured.csv` (how often a term stood in a passage and how often its code held
there; the matcher mixes them with the weight that the author of the row gave) and `models/taxonomies/cues.csv`.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pipeline.errors import DataError
from pipeline.language import load_languages
from pipeline.lexicon import MEASURED_COLUMNS, lexicon_files, load_matcher, load_measured, read_lexicon
from pipeline.resources import resource
from pipeline.stages.tag import TagContext, TagOptions, passage_language, tag_passages
from pipeline.stages.tag.cues import cue_values
from pipeline.stages.tag.lexicon import forget_rules, link_group, read_topics
from pipeline.stages.tag.structure import load_profiles
from pipeline.taxonomy import load_crosswalk, load_cues, load_taxonomy, load_topics
from pipeline.types import SCHEMES, Passage, Scheme

Matrix = npt.NDArray[np.float64]

FIELDS: Final[dict[Scheme, str]] = {
    "category": "categories",
    "action_status": "action_status",
    "support_type": "support_types",
    "sdg_target": "targets",
    "sdg_goal": "goals",
    "gcm": "gcm",
}
AT_LEAST: Final = {("absence", "gap"): 1.8, ("entitle", "good_practice"): 1.0}
"""Weights that passages with many cues hide: in a short passage "there is no law" must be enough by itself."""

RARE: Final = 8
"""Below so many hits a term's figures are completed from the next label file."""

RIDGE: Final = 2.0
"""Strength of the pull of cue weights towards 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A passage and the codes that hold for it; `migration` is whether it is about migration."""

    passage: Passage
    context: TagContext
    codes: Mapping[Scheme, frozenset[str]]
    migration: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TermFigure:
    """A term stood in `hits` passages of its language, in `right` of which its code held."""

    scheme: str
    language: str
    code: str
    term: str
    hits: int
    right: int


def read_labels(files: Iterable[Path]) -> list[Labelled]:
    """Labelled passages, one JSON object a line. Raises DataError with the line."""
    found: list[Labelled] = []
    for path in files:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise DataError(str(path), None, "cannot be read", hint="Give a file of labelled passages.") from error
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    found.append(_labelled(json.loads(line), number))
                except (ValueError, KeyError, TypeError) as error:
                    raise DataError(str(path), number, f"is no labelled passage ({error!r})") from error
    return found


def _labelled(row: dict[str, Any], number: int) -> Labelled:
    # The headings of made-up passages give their category away: they are not what a text shows.
    codes: dict[Scheme, frozenset[str]] = {s: frozenset(map(str, row[field])) for s, field in FIELDS.items()}
    codes["mgi_domain"] = frozenset([str(row["mgi_domain"])] if row["mgi_domain"] else [])
    return Labelled(
        passage=Passage(
            id=str(row["id"]),
            document="",
            n=number,
            kind="paragraph",
            text=row["text"],
            page=1,
            language=row["language"],
        ),
        context=TagContext(kind="mgi" if row.get("kind") == "mgi" else "other"),
        codes=codes,
        migration=bool(row["migration"]),
    )


def measure_terms(labelled: Sequence[Labelled]) -> list[TermFigure]:
    """Figures of every term that occurs, and of every link from a topic to a code (scheme `crosswalk`)."""
    hits: Counter[tuple[str, str, str, str]] = Counter()
    right: Counter[tuple[str, str, str, str]] = Counter()
    main = {cue: max(row, key=lambda c: (row[c], c)) for cue, row in load_cues().items()}
    for item in labelled:
        language = passage_language(item.passage, item.context)
        reading = read_topics(item.passage, item.context)
        holding = {code for codes in item.codes.values() for code in codes}
        seen: dict[tuple[str, str, str, str], bool] = {}
        for hit in reading.hits:
            term = hit.term
            holds = main[term.code] in holding if term.scheme == "cue" else term.code in item.codes[term.scheme]  # type: ignore[index]
            seen[(term.scheme, language, term.code, term.text)] = holds
        for topic, (_, topic_hits) in reading.topics.items():
            seen.update({("topic", language, topic, h.term.text): item.migration for h in topic_hits})
            seen.update(
                {
                    ("crosswalk", link_group(item.context), f"{link.scheme}/{link.code}", topic): link.code
                    in item.codes[link.scheme]
                    for link in load_crosswalk("topics")
                    if link.source == topic
                }
            )
        hits.update(seen.keys())
        right.update(key for key, holds in seen.items() if holds)
    return [
        TermFigure(scheme=key[0], language=key[1], code=key[2], term=key[3], hits=count, right=right[key])
        for key, count in sorted(hits.items())
    ]


def merge_figures(*measured: Sequence[TermFigure]) -> list[TermFigure]:
    """Figures of several label files, the most telling file first: a later one counts only for terms that are rare
    so far. Made-up passages are all about migration and would make every word look like a sure sign of it.
    """
    merged: dict[tuple[str, str, str, str], TermFigure] = {}
    for figures in measured:
        for f in figures:
            key = (f.scheme, f.language, f.code, f.term)
            old = merged.get(key)
            if old is None:
                merged[key] = f
            elif old.hits < RARE:
                merged[key] = replace(old, hits=old.hits + f.hits, right=old.right + f.right)
    return [merged[key] for key in sorted(merged)]


def measured_csv(figures: Iterable[TermFigure]) -> str:
    """The text of `models/lexicons/measured.csv`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(MEASURED_COLUMNS)
    writer.writerows([f.scheme, f.language, f.code, f.term, f.hits, f.right] for f in figures)
    return out.getvalue()


def forget() -> None:
    """Read the lexicons anew after their figures changed."""
    load_measured.cache_clear()
    load_matcher.cache_clear()
    forget_rules()


def fit_cues(labelled: Sequence[Labelled]) -> dict[str, dict[str, float]]:
    """Weight of every class of cues for every category, status and support type; `bias` is the start.

    Ridge logistic regression by Newton's method. The bias is shifted so that the score with the best F1 is 0.5.
    """
    cues = [c for c in load_cues() if c != "bias"]
    seen = np.zeros((len(labelled), len(cues)))
    for row, item in enumerate(labelled):
        for cue, value in cue_values(item.passage, item.context).items():
            seen[row, cues.index(cue)] = value
    table: dict[str, dict[str, float]] = {cue: {} for cue in ("bias", *cues)}
    for scheme, code in cue_columns():
        wanted = np.array([float(code in item.codes[scheme]) for item in labelled])
        bias, weights = _logistic_fit(seen, wanted)
        for (cue, held), least in AT_LEAST.items():
            if held == code:
                weights[cues.index(cue)] = max(weights[cues.index(cue)], least)
        bias -= _best_cut(seen @ weights + bias, wanted)
        table["bias"][code] = round(bias, 2)
        for cue, weight in zip(cues, weights, strict=True):
            table[cue][code] = round(float(weight), 2) + 0.0
    return table


def cue_columns() -> list[tuple[Scheme, str]]:
    ours = [s for s in SCHEMES if s in ("category", "action_status", "support_type")]
    return [(scheme, code) for scheme in ours for code in load_taxonomy().codes(scheme)]


def _logistic_fit(seen: Matrix, wanted: Matrix) -> tuple[float, Matrix]:
    x = np.hstack([np.ones((len(seen), 1)), seen])
    w = np.zeros(x.shape[1])
    ridge = np.full(x.shape[1], RIDGE)
    ridge[0] = 1e-6
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        gradient = x.T @ (p - wanted) + ridge * w
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-6:
            break
    return float(w[0]), w[1:]


def _best_cut(logits: Matrix, wanted: Matrix) -> float:
    """The logit above which F1 is best."""
    order = np.argsort(-logits, kind="stable")
    hits = np.cumsum(wanted[order])
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + wanted.sum())
    best = int(np.argmax(f1))
    following = logits[order[min(best + 1, len(order) - 1)]]
    return float((logits[order[best]] + following) / 2)


def write_cues(table: Mapping[str, Mapping[str, float]]) -> None:
    """Put fitted weights into `models/taxonomies/cues.csv`, keeping its rows and what they cover."""
    path = resource("models", "taxonomies", "cues.csv")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames or ())
        rows = list(reader)
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({**row, **{code: f"{weight + 0.0:g}" for code, weight in table[row["code"]].items()}})
    path.write_text(out.getvalue(), encoding="utf-8")


def code_figures(labelled: Sequence[Labelled], options: TagOptions) -> Iterator[tuple[Scheme, str, str, int, int, int]]:
    """`(scheme, code, language, right, proposed, wanted)` of the rules as they stand, for every code that occurs."""
    right: Counter[tuple[Scheme, str, str]] = Counter()
    proposed: Counter[tuple[Scheme, str, str]] = Counter()
    wanted: Counter[tuple[Scheme, str, str]] = Counter()
    for item in labelled:
        language = passage_language(item.passage, item.context)
        tags = tag_passages([item.passage], item.context, options)[0]
        told = {(t.scheme, t.code, language) for t in tags}
        true = {(scheme, code, language) for scheme, codes in item.codes.items() for code in codes}
        proposed.update(told)
        wanted.update(true)
        right.update(told & true)
    for key in sorted(proposed.keys() | wanted.keys()):
        yield (*key, right[key], proposed[key], wanted[key])


def check_all() -> Iterator[dict[str, str | int]]:
    """Read every file of the rules and tell what it holds; raises DataError at the first wrong line.

    Beyond the form of each file: every code of a lexicon is one of its scheme, and no term speaks for a code and
    against it.
    """
    taxonomy = load_taxonomy()
    yield {"taxonomy": "codes", "count": sum(len(taxonomy.codes(s)) for s in SCHEMES)}
    for name in ("mgi", "topics"):
        yield {"crosswalk": name, "count": len(load_crosswalk(name))}
    yield {"profiles": "headings", "count": len(load_profiles())}
    yield {"languages": ", ".join(load_languages()), "count": len(load_languages())}
    for (scheme, language), path in lexicon_files().items():
        terms = read_lexicon(path, scheme, language)
        known = codes_of(scheme)
        signs: dict[tuple[str, str, str], str] = {}
        for term in terms:
            if term.code not in known and not (term.code == "*" and term.sign == "-"):
                raise DataError(str(path), term.group, f"'{term.code}' is no code of '{scheme}'")
            if signs.setdefault((term.code, term.text, term.needs), term.sign) != term.sign:
                raise DataError(str(path), term.group, f"'{term.text}' speaks for and against '{term.code}'")
            for need in (n.strip() for n in term.needs.split(";")):
                if need.startswith("@") and need[1:] not in load_topics():
                    raise DataError(str(path), term.group, f"'{need}' is no topic")
        yield {"lexicon": scheme, "language": language, "count": len(terms)}
    for language in load_languages():
        load_matcher(language)


def codes_of(scheme: str) -> frozenset[str]:
    """Codes that a lexicon of that scheme may use."""
    if scheme == "topic":
        return frozenset(load_topics())
    if scheme == "cue":
        return frozenset(load_cues()) - {"bias"}
    return frozenset(next((load_taxonomy().codes(s) for s in SCHEMES if s == scheme), ()))
