"""A country's draft as a page, and the same draft as a Word or Markdown file: what `mgi draft` makes, from here."""

from __future__ import annotations

import io
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from pipeline.drafting import verify_quotes, write_draft
from pipeline.errors import PipelineError
from pipeline.manuscript import Manuscript
from pipeline.stages.draft import LAYOUTS, DraftOptions, Material, plan_draft
from pipeline.stages.draft.frames import languages
from pipeline.web.site import Visit
from pipeline.web.views.charts import countries_of, gathered, spoken

TYPES: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "md": "text/markdown; charset=utf-8",
    "zip": "application/zip",
}
WAIT_SECONDS: Final = 20.0

_making: Final = threading.Lock()
"""A draft is seconds of work: one at a time leaves the other threads, and the processor, to those who review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asks for; `country` is as given, for the draft itself to refuse."""

    country: str
    layout: str
    language: str
    unreviewed: bool

    @property
    def query(self) -> str:
        fields = {"country": self.country, "layout": self.layout, "language": self.language}
        return urlencode(fields | ({"unreviewed": "on"} if self.unreviewed else {}))

    @property
    def basis(self) -> str:
        """The same material as the page of pictures names it."""
        return "all" if self.unreviewed else "reviewed"


def show(visit: Visit) -> Response:
    wish = _wish(visit)
    if "country" not in visit.request.query_params:
        return _page(visit, wish)
    try:
        with _one_at_a_time(visit):
            manuscript = plan_draft(_material(visit, wish), wish.layout, wish.language)
            verified = verify_quotes(visit.store, manuscript.quotes())
    except PipelineError as error:
        return _page(visit, wish, problem=str(error))
    visit.site.forget(f"pictures {wish.country} ")  # the pictures beside this text are of this moment too
    return _page(visit, wish, manuscript=manuscript, verified=verified)


def download(visit: Visit) -> Response:
    """The file that `mgi draft` writes; Markdown with pictures is a ZIP archive of the text and the pictures."""
    wish, format_ = _wish(visit), visit.path("format")
    if format_ not in ("docx", "md"):
        return visit.error(404, visit.t("error.not_found"), visit.t("error.not_found_help"))
    try:
        with _one_at_a_time(visit), tempfile.TemporaryDirectory() as made:
            material = _material(visit, wish)
            name = f"{material.country.lower()}-{wish.layout}-{wish.language}"
            folder = Path(made)
            write_draft(
                visit.site.workspace, material, wish.layout, wish.language, format_, folder / f"{name}.{format_}"
            )
            files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    except PipelineError as error:
        return _page(visit, wish, problem=str(error), status=422)
    kind = format_ if len(files) == 1 else "zip"
    data = next(iter(files.values())) if len(files) == 1 else _packed(files)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(data, media_type=TYPES[kind], headers=headers)


def _wish(visit: Visit) -> Wish:
    layout, language = visit.query("layout"), visit.query("language")
    country = visit.query("country").strip().upper()[:40] or next(iter(countries_of(visit)), "")
    return Wish(
        country=country,
        layout=layout if layout in LAYOUTS else next(iter(LAYOUTS)),
        language=language if language in languages() else spoken(visit),
        unreviewed=visit.query("unreviewed") == "on",
    )


@contextmanager
def _one_at_a_time(visit: Visit) -> Iterator[None]:
    if not _making.acquire(timeout=WAIT_SECONDS):
        raise PipelineError(visit.t("draft.busy"))
    try:
        yield
    finally:
        _making.release()


def _material(visit: Visit, wish: Wish) -> Material:
    return gathered(visit, wish.country, DraftOptions(), wish.language, wish.unreviewed, "draft")


def _page(
    visit: Visit,
    wish: Wish,
    *,
    manuscript: Manuscript | None = None,
    verified: int = 0,
    problem: str = "",
    status: int = 200,
) -> Response:
    return visit.page(
        "draft.html",
        status=status,
        countries=countries_of(visit),
        wish=wish,
        layouts=tuple(LAYOUTS),
        tongues=languages(),
        manuscript=manuscript,
        verified=verified,
        problem=problem,
    )


def _packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
