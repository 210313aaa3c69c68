"""What a request needs to be answered: the open workspace (`Site`) and one visit of one person (`Visit`)."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from pipeline.store import Store
from pipeline.store.people import People
from pipeline.store.team import Team
from pipeline.web.codes import Vocabulary
from pipeline.web.desk import Desk
from pipeline.web.i18n import LANGUAGES, Translator, direction, preferred
from pipeline.web.pictures import PageImages
from pipeline.web.security import RateLimit, Role, Session, Sessions
from pipeline.workspace import Workspace

HERE: Final = Path(__file__).parent
PREFS_COOKIE: Final = "mgi_look"
THEMES: Final = ("auto", "light", "dark")
FORM_BYTES: Final = 256 * 1024
FORM_FIELDS: Final = 400
REMEMBER_SECONDS: Final = 5
MOST_PIECES: Final = 5000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the pages are served. `sign_in` is forced by the command when the address is not this machine's own."""

    reviewer: str = "reviewer"
    sign_in: bool = False
    secure_cookies: bool = False
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A person's choices about the pages; kept in a cookie, checked on reading."""

    language: str = "en"
    theme: str = "auto"
    keys: bool = True
    blind: bool = False

    @classmethod
    def read(cls, cookie: str, accept_language: str) -> Look:
        given = dict(parse_qsl(cookie[:200]))
        language = given.get("language", "")
        theme = given.get("theme", "")
        return cls(
            language=language if language in LANGUAGES else preferred(accept_language),
            theme=theme if theme in THEMES else "auto",
            keys=given.get("keys") != "off",
            blind=given.get("blind") == "on",
        )

    def write(self) -> str:
        return urlencode(
            {
                "language": self.language,
                "theme": self.theme,
                "keys": "on" if self.keys else "off",
                "blind": "on" if self.blind else "off",
            }
        )


class Form:
    """Fields of a form: `first` value or `all` values of a name; values are cut, never trusted."""

    def __init__(self, pairs: Sequence[tuple[str, str]] = ()) -> None:
        self._pairs = tuple(pairs)

    @classmethod
    def read(cls, body: bytes) -> Form:
        return cls(
            parse_qsl(
                body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FORM_FIELDS, errors="replace"
            )
        )

    def first(self, name: str, default: str = "") -> str:
        return next((value for key, value in self._pairs if key == name), default)

    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name, _ in self._pairs))

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self._pairs if key == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """A message shown once on the next page; `undo` posts back to the address that takes it back."""

    text: str
    undo: str = ""
    tone: str = "done"


@dataclass(slots=True, kw_only=True)
class Site:
    """One served workspace. Everything here is shared by all threads.

    `writing` lets those who decide queue here: SQLite's own waiting polls, and under load some wait for seconds.
    """

    workspace: Workspace
    settings: Settings
    sessions: Sessions
    images: PageImages
    vocabulary: Vocabulary
    people: People
    team: Team
    desk: Desk = field(default_factory=Desk)
    by_name: RateLimit = field(default_factory=lambda: RateLimit(most=5, seconds=300))
    by_address: RateLimit = field(default_factory=lambda: RateLimit(most=40, seconds=300))
    writing: threading.Lock = field(default_factory=threading.Lock)
    _flashes: OrderedDict[str, list[Flash]] = field(default_factory=OrderedDict)
    _remembered: dict[str, tuple[float, object]] = field(default_factory=dict)
    _pieces: dict[tuple[str, ...], Markup] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def store(self) -> Store:
        return self.workspace.store

    def remembered(self, name: str, make: Callable[[], T], *, seconds: float = REMEMBER_SECONDS) -> T:
        """What `make` gave at most so long ago: lists of choices, which need not be of this moment."""
        with self._lock:
            made = self._remembered.get(name)
        if made is not None and time.monotonic() - made[0] < seconds:
            return cast(T, made[1])
        value = make()
        with self._lock:
            self._remembered[name] = (time.monotonic(), value)
            while len(self._remembered) > 50:
                del self._remembered[next(iter(self._remembered))]
        return value

    def forget(self, beginning: str) -> None:
        """Drops what was remembered under names that begin so: it was changed."""
        with self._lock:
            for name in [n for n in self._remembered if n.startswith(beginning)]:
                del self._remembered[name]

    def piece(self, key: tuple[str, ...], make: Callable[[], Markup]) -> Markup:
        """A piece of a page that depends on nothing but its key and the taxonomies: made once."""
        found = self._pieces.get(key)
        if found is None:
            found = make()
            if len(self._pieces) > MOST_PIECES:
                self._pieces.clear()
            self._pieces[key] = found
        return found

    def flash(self, session: Session, flash: Flash) -> None:
        with self._lock:
            self._flashes.setdefault(session.csrf, []).append(flash)
            while len(self._flashes) > 1000:
                self._flashes.popitem(last=False)

    def flashes(self, session: Session) -> list[Flash]:
        with self._lock:
            return self._flashes.pop(session.csrf, [])


@dataclass(slots=True, kw_only=True)
class Visit:
    """One request of one person. `session.reviewer` is empty before sign-in."""

    site: Site
    request: Request
    session: Session
    look: Look
    form: Form = field(default_factory=Form)
    new_session: bool = False

    @property
    def t(self) -> Translator:
        return Translator(language=self.look.language)

    @property
    def store(self) -> Store:
        return self.site.store

    @property
    def team(self) -> Team:
        return self.site.team

    @property
    def reviewer(self) -> str:
        return self.session.reviewer

    @property
    def role(self) -> Role:
        return self.session.role

    def query(self, name: str, default: str = "") -> str:
        return self.request.query_params.get(name, default)

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    def page(self, template: str, /, *, status: int = 200, **values: Any) -> Response:
        """A page in the person's language. `status` is the HTTP status."""
        words = self.t
        html = (
            templates()
            .get_template(template)
            .render(
                t=words,
                look=self.look,
                languages=LANGUAGES,
                direction=direction,
                session=self.session,
                signed_in=bool(self.session.reviewer),
                sign_in=self.site.settings.sign_in,
                vocabulary=self.site.vocabulary,
                flashes=self.site.flashes(self.session),
                here=self.request.url.path,
                here_query=self.request.url.query,
                asset=asset,
                chip=self.chip,
                **values,
            )
        )
        return HTMLResponse(html, status_code=status)

    def _part(self, template: str, /, **values: Any) -> Markup:
        """A part of a page that shows nothing of this person but the language."""
        common = {"t": self.t, "look": self.look, "vocabulary": self.site.vocabulary, "direction": direction}
        return Markup(templates().get_template(template).render(**common, **values))  # noqa: S704 - escaped by Jinja

    def chip(self, scheme: str, code: str) -> Markup:
        """A code as the pages show it."""
        key = ("chip", self.look.language, scheme, code)
        return self.site.piece(key, lambda: self._part("chip.html", scheme=scheme, code=code))

    def options(self, choices: Sequence[tuple[str, str]]) -> Markup:
        """Values and words as the options of a list, none of them chosen (see the filter `chosen`)."""
        return self._part("options.html", choices=choices)

    def go(self, address: str, flash: Flash | None = None) -> Response:
        """Redirects within the site after a change."""
        if flash is not None:
            self.site.flash(self.session, flash)
        return RedirectResponse(local(address), status_code=303)

    def json(self, value: Mapping[str, Any] | list[Any], *, seconds: int = 0) -> Response:
        headers = {"Cache-Control": f"private, max-age={seconds}"} if seconds else {}
        return JSONResponse(value, headers=headers)

    def error(self, status: int, title: str, message: str = "") -> Response:
        return self.page("error.html", status=status, title=title, message=message)


def local(address: str) -> str:
    """The address if it stays on this site, else the first page (no open redirects).

    >>> local("/passages?page=2"), local("//evil.example"), local("https://evil.example"), local("/\\\\evil")
    ('/passages?page=2', '/', '/', '/')
    """
    safe = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if safe and address.isprintable() else "/"


@cache
def templates() -> Environment:
    """Templates with every value escaped and a missing value an error."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["percent"] = lambda part, whole: round(100 * part / whole) if whole else 0
    environment.filters["chosen"] = chosen
    return environment


def chosen(options: Markup, value: str) -> Markup:
    """The options of a list with that one chosen.

    >>> str(chosen(Markup('<option value="a">A</option>'), "a"))
    '<option value="a" selected>A</option>'
    """
    if not value:
        return options
    option = Markup('<option value="{}">').format(value)
    return options.replace(option, option[:-1] + Markup(" selected>"), 1)


@cache
def asset(name: str) -> str:
    """Address of a static file that changes with its content, so that browsers may keep it."""
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"
