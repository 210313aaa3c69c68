"""The documents of the workspace: progress of each, its facts and failures, its file and page images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.responses import FileResponse, PlainTextResponse, Response

from pipeline.errors import ReadError
from pipeline.store import Filter, StoredDocument
from pipeline.types import Scheme
from pipeline.web.listing import ListQuery, document_name
from pipeline.web.pictures import WIDTHS
from pipeline.web.site import Visit

PICTURED: Final[tuple[Scheme, ...]] = ("category", "sdg_target", "mgi_domain")
"""Schemes whose spread a document's page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A document with how far its review is."""

    document: StoredDocument
    counts: Mapping[str, int]

    @property
    def name(self) -> str:
        return document_name(self.document.facts)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def decided(self) -> int:
        return self.total - self.counts.get("proposed", 0)

    def query(self, **more: str) -> str:
        return ListQuery(chosen={"document": self.document.facts.id, **more}).write()


def overview(visit: Visit) -> Response:
    progress = visit.store.progress()
    rows = [Row(document=d, counts=progress.get(d.facts.id, {})) for d in visit.store.documents()]
    return visit.page(
        "documents.html",
        rows=rows,
        total=sum(row.total for row in rows),
        decided=sum(row.decided for row in rows),
        stale=visit.team.count_stale(),
    )


def one(visit: Visit) -> Response:
    document = visit.store.document(visit.path("document"))
    if document is None:
        return visit.error(404, visit.t("error.not_found"), visit.t("error.not_found_help"))
    wanted = Filter(document=document.facts.id)
    return visit.page(
        "document.html",
        row=Row(document=document, counts=visit.store.progress(wanted).get(document.facts.id, {})),
        failures=visit.store.failures(document.facts.id),
        tallies={scheme: visit.store.tally(scheme, wanted) for scheme in PICTURED},
        has_file=visit.site.workspace.source_file(document.facts.id) is not None,
        has_pages=visit.site.images.available(document.facts.id),
    )


def page_image(visit: Visit) -> Response:
    """A page as a picture; `?w=` is one of the two widths. Ids that are none never touch the disk."""
    wanted = visit.query("w", str(WIDTHS[0]))
    width = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 0
    try:
        path = visit.site.images.get(visit.path("document"), int(visit.path("page")), width)
    except ReadError as error:
        return PlainTextResponse(str(error), status_code=404)
    headers = {"Cache-Control": "private, max-age=86400", "Content-Type": "image/webp"}
    return FileResponse(path, headers=headers)


def source_file(visit: Visit) -> Response:
    """The document itself, shown by the browser if it is a PDF, else saved: a page of somebody else's must not run
    in the name of this site."""
    path = visit.site.workspace.source_file(visit.path("document"))
    if path is None:
        return visit.error(404, visit.t("error.not_found"), visit.t("error.no_file"))
    pdf = path.suffix.lower() == ".pdf"
    return FileResponse(
        path,
        media_type="application/pdf" if pdf else "application/octet-stream",
        filename=path.name,
        content_disposition_type="inline" if pdf else "attachment",
        headers={"Cache-Control": "private, max-age=3600"},
    )
