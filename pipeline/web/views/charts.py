"""Pictures of one country's findings, each with its table: coverage, domains, gaps against actions, progress."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from pipeline.drafting.gather import gather
from pipeline.errors import PipelineError
from pipeline.manuscript import Block, Picture
from pipeline.stages.compare import CompareOptions
from pipeline.stages.draft import DraftOptions, Material, figures, load_frames
from pipeline.stages.draft.frames import languages
from pipeline.stages.pictures import draw
from pipeline.store import Filter
from pipeline.web.site import Visit

MOST_PASSAGES: Final = 6000
"""Of one country; more would keep the person waiting for many seconds."""
COMMANDS: Final = {"pictures": "mgi report", "draft": "mgi draft"}
"""What does the work of a page for a country with more."""
REMEMBER: Final = 20
KEEP_DRAWN: Final = 600


def show(visit: Visit) -> Response:
    countries = countries_of(visit)
    country = visit.query("country").upper()
    country = country if country in countries or not countries else countries[0]
    basis = "reviewed" if visit.query("basis") == "reviewed" else "all"
    language = spoken(visit)
    blocks: Sequence[Block] = ()
    problem = ""
    if country in countries:
        try:
            blocks = _blocks(visit, country, basis, language)
        except PipelineError as error:
            problem = str(error)
    return visit.page(
        "pictures.html",
        countries=countries,
        country=country,
        basis=basis,
        language=language,
        blocks=blocks,
        problem=problem,
    )


def picture(visit: Visit) -> Response:
    """One picture as PNG; its address names the country, so that nothing but what the page shows can be asked for."""
    country, basis = visit.path("country"), "reviewed" if visit.query("basis") == "reviewed" else "all"
    language = visit.query("language")
    if country not in countries_of(visit) or language not in languages():
        return visit.error(404, visit.t("error.not_found"), visit.t("error.not_found_help"))
    blocks = _blocks(visit, country, basis, language)
    found = next((b for b in blocks if isinstance(b, Picture) and b.name == visit.path("name")), None)
    if found is None:
        return visit.error(404, visit.t("error.not_found"), visit.t("error.not_found_help"))
    digest = hashlib.sha256(repr(found.chart).encode()).hexdigest()
    data = visit.site.remembered(f"drawn {digest}", lambda: draw(found.chart), seconds=KEEP_DRAWN)
    return Response(data, media_type="image/png")


def countries_of(visit: Visit) -> list[str]:
    profiles = visit.site.remembered("profiles", lambda: visit.store.documents(Filter(kind="mgi")))
    return sorted({d.facts.country for d in profiles if d.facts.country and d.status != "refused"})


def spoken(visit: Visit) -> str:
    """The reader's language where the pictures can speak it, else English."""
    return visit.look.language if visit.look.language in languages() else "en"


def gathered(visit: Visit, country: str, options: DraftOptions, language: str, unreviewed: bool, page: str) -> Material:
    """The material of a page. Raises PipelineError where there is none, or too much for `page`."""
    number = visit.store.count(Filter(country=country))
    root = visit.site.workspace.root
    if number > MOST_PASSAGES:
        command = COMMANDS[page]
        raise PipelineError(visit.t(f"{page}.too_many", n=number), hint=f"{command} --country {country} -w {root}")
    return gather(
        visit.site.workspace, country, options, CompareOptions(), include_unreviewed=unreviewed, language=language
    )


def _blocks(visit: Visit, country: str, basis: str, language: str) -> list[Block]:
    """Pictures and tables; raises StoreError where there is nothing to draw or too much for a page."""

    def make() -> list[Block]:
        options = DraftOptions(examples=0)
        return figures(gathered(visit, country, options, language, basis == "all", "pictures"), load_frames(language))

    return visit.site.remembered(f"pictures {country} {basis} {language}", make, seconds=REMEMBER)
