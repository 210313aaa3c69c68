"""The application: every address of the review pages, and what guards each of them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import Conflict, PipelineError, ReviewError, StaleReview
from pipeline.store.people import People
from pipeline.store.team import Team
from pipeline.taxonomy import load_taxonomy
from pipeline.web.codes import Vocabulary
from pipeline.web.pictures import PageImages
from pipeline.web.security import (
    HEADERS,
    SESSION_COOKIE,
    SESSION_SECONDS,
    Sessions,
    password_stamp,
    same_token,
    signing_key,
)
from pipeline.web.site import FORM_BYTES, HERE, PREFS_COOKIE, Form, Look, Settings, Site, Visit
from pipeline.web.views import account, charts, decide, documents, draft, find, passage, passages, progress, shape, team
from pipeline.workspace import Workspace

Guard = Literal["anyone", "reviewer", "lead"]
View = Callable[[Visit], Response]

log = logging.getLogger("mgi.web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One address. `guard` is the least role that may go there."""

    path: str
    view: View
    methods: tuple[str, ...] = ("GET",)
    guard: Guard = "reviewer"


ROUTES: Final[tuple[Page, ...]] = (
    Page(path="/", view=documents.overview),
    Page(path="/documents/{document}", view=documents.one),
    Page(path="/documents/{document}/file", view=documents.source_file),
    Page(path="/documents/{document}/pages/{page:int}.webp", view=documents.page_image),
    Page(path="/passages", view=passages.listing),
    Page(path="/passages/next", view=passages.go_next),
    Page(path="/passages/accept-all", view=passages.accept_all, methods=("POST",)),
    Page(path="/passages/{passage}", view=passage.show),
    Page(path="/passages/{passage}/state", view=passage.state),
    Page(path="/passages/{passage}/decide", view=decide.decide, methods=("POST",)),
    Page(path="/passages/{passage}/undo", view=decide.undo, methods=("POST",)),
    Page(path="/passages/{passage}/skip", view=decide.skip, methods=("POST",)),
    Page(path="/passages/{passage}/shape", view=shape.show),
    Page(path="/passages/{passage}/shape", view=shape.change, methods=("POST",)),
    Page(path="/edits/{edit:int}/undo", view=shape.undo, methods=("POST",)),
    Page(path="/batches/{batch:int}/undo", view=passages.undo_batch, methods=("POST",)),
    Page(path="/codes/{scheme}.json", view=passages.codes),
    Page(path="/passages/{passage}/alike", view=find.alike),
    Page(path="/passages/{passage}/reference/{form}", view=find.reference),
    Page(path="/search", view=find.search),
    Page(path="/citations", view=find.cited),
    Page(path="/progress", view=progress.show),
    Page(path="/progress", view=progress.judge, methods=("POST",)),
    Page(path="/pictures", view=charts.show),
    Page(path="/pictures/{country}/{name}.png", view=charts.picture),
    Page(path="/draft", view=draft.show),
    Page(path="/draft/{format}", view=draft.download),
    Page(path="/decisions", view=team.decisions),
    Page(path="/agreement", view=team.agreement_of_two),
    Page(path="/stale", view=team.stale),
    Page(path="/people", view=account.people, guard="lead"),
    Page(path="/people", view=account.change_people, methods=("POST",), guard="lead"),
    Page(path="/settings", view=account.settings),
    Page(path="/settings", view=account.change_settings, methods=("POST",)),
    Page(path="/look", view=account.change_look, methods=("POST",), guard="anyone"),
    Page(path="/help", view=account.help_page),
    Page(path="/sign-in", view=account.sign_in_page, guard="anyone"),
    Page(path="/sign-in", view=account.sign_in, methods=("POST",), guard="anyone"),
    Page(path="/sign-out", view=account.sign_out, methods=("POST",), guard="anyone"),
)


def create_app(workspace: Workspace, settings: Settings | None = None) -> Starlette:
    """The review pages of one open workspace. The caller closes the workspace after the server has stopped."""
    settings = settings or Settings()
    site = Site(
        workspace=workspace,
        settings=settings,
        sessions=Sessions(signing_key(workspace.root)),
        images=PageImages(workspace.pages, workspace.source_file),
        vocabulary=Vocabulary(load_taxonomy()),
        people=People(workspace.store.engine),
        team=Team(workspace.store.engine),
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            site.images.close()

    routes = [Route(page.path, _endpoint(site, page), methods=list(page.methods)) for page in ROUTES]
    app = Starlette(
        routes=[*routes, Mount("/static", StaticFiles(directory=HERE / "static"))],
        exception_handlers={404: _not_found(site), 405: _not_found(site)},
        lifespan=lifespan,
    )
    app.add_middleware(Guarded, hosts=settings.hosts)
    app.state.site = site
    return app


class Guarded:
    """Puts the security headers on every response and refuses foreign host names.

    A page of another site could point its own name at 127.0.0.1 and read drafts through the visitor's browser.
    """

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...]) -> None:
        self.app = app
        self.hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        name = urlsplit(f"//{given}").hostname if given.count("]") == given.count("[") else None
        static = scope["path"].startswith("/static/")

        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                names = {key for key, _ in message["headers"]}
                if static and message["status"] == 200:
                    headers.append((b"cache-control", b"public, max-age=31536000, immutable"))
                elif b"cache-control" not in names:
                    headers.append((b"cache-control", b"no-store"))
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        if self.hosts and (name or "") not in self.hosts:
            await PlainTextResponse("Unknown host name.", status_code=421)(scope, receive, guarded_send)
            return
        await self.app(scope, receive, guarded_send)


def _endpoint(site: Site, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        form = Form()
        if request.method == "POST":
            try:
                body = await _body(request)
                form = await run_in_threadpool(Form.read, body) if body is not None else Form()
            except (ClientDisconnect, ValueError):
                return PlainTextResponse("The form could not be read.", status_code=400)
            if body is None:
                return await run_in_threadpool(_too_large, site, request)
        return await run_in_threadpool(_answer, site, page, request, form)

    return endpoint


async def _body(request: Request) -> bytes | None:
    """The form's bytes, or None if there are more than `FORM_BYTES`."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > FORM_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _answer(site: Site, page: Page, request: Request, form: Form) -> Response:
    visit = open_visit(site, request, form)
    t = visit.t
    if not visit.reviewer and page.guard != "anyone":
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if request.method == "POST":
            response = visit.error(403, t("error.expired"), t("error.expired_help"))
        elif "text/html" in request.headers.get("accept", "text/html"):
            response = RedirectResponse("/sign-in?" + urlencode({"next": back}), status_code=303)
        else:
            response = PlainTextResponse("Sign in first.", status_code=401)
        return _with_cookie(visit, response)
    if page.guard == "lead" and visit.role != "lead":
        return _with_cookie(visit, visit.error(403, t("error.lead_only")))
    if request.method == "POST" and not _from_here(visit):
        return _with_cookie(visit, visit.error(403, t("error.expired"), t("error.expired_help")))
    try:
        response = page.view(visit)
    except StaleReview as error:
        response = visit.error(410, t("error.gone"), str(error))
    except Conflict as error:
        response = visit.error(409, t("conflict.title"), str(error))
    except ReviewError as error:
        response = visit.error(422, t("error.not_saved"), str(error))
    except PipelineError as error:
        log.warning("%s: %s", request.url.path, error)
        response = visit.error(500, t("error.failed"), str(error))
    except Exception:
        log.exception("%s", request.url.path)
        response = visit.error(500, t("error.failed"), t("error.failed_help"))
    return _with_cookie(visit, response)


def open_visit(site: Site, request: Request, form: Form) -> Visit:
    """Who is here. On this machine alone, without sign-in, a person is simply the named reviewer."""
    look = Look.read(request.cookies.get(PREFS_COOKIE, ""), request.headers.get("accept-language", ""))
    session = site.sessions.read(request.cookies.get(SESSION_COOKIE))
    if session is not None and site.settings.sign_in and session.reviewer:
        person = site.people.get(session.reviewer)
        if person is None or password_stamp(person.password) != session.stamp or person.role != session.role:
            session = None
    if session is not None and (session.reviewer or site.settings.sign_in):
        return Visit(site=site, request=request, session=session, look=look, form=form)
    if site.settings.sign_in:
        session = site.sessions.open("", "reviewer")
    else:
        session = site.sessions.open(site.settings.reviewer, "lead")
    return Visit(site=site, request=request, session=session, look=look, form=form, new_session=True)


def _from_here(visit: Visit) -> bool:
    """Whether a form was sent by one of our own pages: the session's token, and no other site's origin."""
    origin = visit.request.headers.get("origin", "")
    same_origin = origin in ("", "null") or urlsplit(origin).netloc == visit.request.headers.get("host", "")
    return same_origin and not visit.new_session and same_token(visit.form.first("csrf"), visit.session.csrf)


def _with_cookie(visit: Visit, response: Response) -> Response:
    if visit.new_session:
        response.set_cookie(
            SESSION_COOKIE,
            visit.site.sessions.write(visit.session),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="lax",
            secure=visit.site.settings.secure_cookies,
        )
    return response


def _too_large(site: Site, request: Request) -> Response:
    visit = open_visit(site, request, Form())
    return visit.error(413, visit.t("error.not_saved"), visit.t("error.too_large"))


def _not_found(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(request: Request, _error: Exception) -> Response:
        def answer() -> Response:
            visit = open_visit(site, request, Form())
            return visit.error(404, visit.t("error.not_found"), visit.t("error.not_found_help"))

        return await run_in_threadpool(answer)

    return handler
