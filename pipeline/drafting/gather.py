"""The material of one country's draft, from the workspace."""

from __future__ import annotations

import gettext
import re
from collections.abc import Sequence

import pycountry

from pipeline.drafting.progress import compared
from pipeline.errors import ConfigError, StoreError
from pipeline.stages.compare import CompareOptions, link_actions
from pipeline.stages.draft import DraftOptions, MatchedGap, Material
from pipeline.stages.draft.frames import load_themes
from pipeline.stages.draft.material import Answer, best_first, is_reviewed, theme_of
from pipeline.store import Filter
from pipeline.store.pairs import Pairs
from pipeline.types import DocumentFacts, LabelledPassage
from pipeline.workspace import Workspace


def gather(
    workspace: Workspace,
    country: str,
    options: DraftOptions,
    matching: CompareOptions,
    *,
    include_unreviewed: bool = False,
    name: str = "",
    language: str = "en",
) -> Material:
    """Reviewed passages of the country (with `include_unreviewed` also proposals), links, progress and examples.

    `language` is that of the country's name. Raises StoreError where the workspace has
    no MGI report of the country or nothing of it is reviewed.
    """
    country = country.strip().upper()
    if len(country) != 3 or not country.isalpha():
        raise ConfigError(f"'{country}' is no ISO 3166 code of three letters.", hint="Example: --country LSO.")
    store = workspace.store
    documents = [d.facts for d in store.documents() if d.status != "refused"]
    own = [d for d in documents if d.country == country]
    assessments = tuple(sorted((d for d in own if d.kind == "mgi"), key=lambda d: (d.year or 0, d.title)))
    if not assessments:
        there = ", ".join(sorted({d.country for d in documents if d.kind == "mgi" and d.country})) or "none"
        raise StoreError(
            f"No MGI report of {country} in the workspace (there are reports of: {there}).",
            hint=f"Read one: mgi run FILE --country {country}.",
        )
    everything = {
        d.id: [p for p in store.iter_labelled(Filter(document=d.id)) if p.label.status != "rejected"] for d in own
    }
    usable = {i: [p for p in ps if include_unreviewed or is_reviewed(p)] for i, ps in everything.items()}
    if not any(p.label.codes.get("category") for ps in usable.values() for p in ps):
        waiting = sum(bool(p.label.codes.get("category")) for ps in everything.values() for p in ps)
        raise StoreError(
            f"Nothing of {country} is reviewed yet ({waiting} proposed passages wait).",
            hint="Review them (mgi review serve) or use --include-unreviewed.",
        )
    latest = assessments[-1]
    everyone = [p for ps in usable.values() for p in ps]
    progress, waiting = None, 0
    if len(assessments) > 1:
        # Against all of the follow-up: a gap that only an unreviewed finding takes up is not one "not taken up again".
        rows = compared(workspace, usable[assessments[0].id], everything[latest.id], matching)
        shown = [r for r in rows if r.followup is None or include_unreviewed or is_reviewed(r.followup)]
        waiting = len(rows) - len(shown)
        progress = tuple(
            MatchedGap(gap=r.baseline, found=r.followup, status=r.status, why="; ".join(r.why)) for r in shown
        )
    return Material(
        country=country,
        country_name=name or country_name(country, latest, language),
        assessments=assessments,
        passages=tuple(usable[latest.id]),
        others=tuple(p for i, ps in usable.items() if i != latest.id for p in ps),
        answers=_answers(workspace, everyone, matching),
        progress=progress,
        waiting=waiting,
        examples=_examples(workspace, documents, country, options.examples, include_unreviewed),
        unreviewed=any(not is_reviewed(p) for p in everyone),
        options=options,
    )


def _answers(
    workspace: Workspace, passages: Sequence[LabelledPassage], matching: CompareOptions
) -> dict[str, tuple[Answer, ...]]:
    decided = Pairs(workspace.store.engine).latest("action")
    found: dict[str, list[Answer]] = {}
    for link in link_actions(
        passages,
        at_least=matching.link,
        refused=frozenset(p for p, d in decided.items() if d.verdict == "rejected"),
        fixed=frozenset(p for p, d in decided.items() if d.verdict == "accepted"),
    ):
        found.setdefault(link.gap.passage.id, []).append(Answer(action=link.action, why="; ".join(link.why)))
    return {gap: tuple(answers) for gap, answers in found.items()}


def _examples(
    workspace: Workspace, documents: Sequence[DocumentFacts], country: str, most: int, unreviewed: bool
) -> dict[str, tuple[LabelledPassage, ...]]:
    """For each theme the best passages of other countries' reviews, at most one of each country."""
    others = tuple(d.id for d in documents if d.kind == "vnr" and d.country not in (None, country))
    if not others or not most:
        return {}
    wanted = Filter(document=others, category=("good_practice", "action"))
    found: dict[str, list[LabelledPassage]] = {}
    candidates = [p for p in workspace.store.labelled(wanted) if unreviewed or is_reviewed(p)]
    for p in best_first([p for p in candidates if p.label.status != "rejected"]):
        mine = found.setdefault(theme_of(p).code, [])
        if len(mine) < most and all(p.facts.country != m.facts.country for m in mine):
            mine.append(p)
    return {t.code: tuple(found.get(t.code, ())) for t in load_themes()}


def country_name(country: str, facts: DocumentFacts, language: str) -> str:
    """The country's name in the draft's language, without its official form where there is a short one."""
    known = pycountry.countries.get(alpha_3=country)
    if known is not None:
        name = str(getattr(known, "common_name", known.name))
        words = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)
        return words.gettext(name)
    # no ISO name: as the profile's title has it, "Indicators: profile 2024: Country: follow-up"
    parts = [p for p in re.split(r"\s*:\s+", facts.title)[1:] if not re.search(r"\d", p)]
    return parts[0] if parts else country
