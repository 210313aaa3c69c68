"""Signing in and out, people and their roles, language and look, help."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Final, cast

from starlette.responses import Response

from pipeline.errors import ReviewError
from pipeline.store.people import Person
from pipeline.web.i18n import LANGUAGES
from pipeline.web.security import (
    MIN_PASSWORD,
    SESSION_COOKIE,
    SESSION_SECONDS,
    Role,
    Session,
    check_password,
    hash_password,
    password_stamp,
)
from pipeline.web.site import PREFS_COOKIE, THEMES, Flash, Look, Visit, local

ROLES: Final[tuple[Role, ...]] = ("reviewer", "lead")
NAME: Final = re.compile(r"[^\W_](?:[\w .'’@-]{0,58}[\w.])?")

KEYS: Final = (
    ("a", "keys.accept"),
    ("r", "keys.reject"),
    ("s", "keys.skip"),
    ("u", "keys.undo"),
    ("j", "keys.after"),
    ("k", "keys.before"),
    ("1 2 3 4", "keys.categories"),
    ("5 6", "keys.action_status"),
    ("7 8 9 0", "keys.support_types"),
    ("t", "keys.targets"),
    ("g", "keys.gcm"),
    ("d", "keys.domain"),
    ("n", "keys.note"),
    ("e", "keys.shape"),
    ("z", "keys.zoom"),
    ("l", "keys.list"),
    ("/", "keys.search"),
    ("Esc", "keys.leave"),
    ("?", "keys.help"),
)
"""Keys of the passage's page and what they do, as the help shows them."""


def help_page(visit: Visit) -> Response:
    return visit.page("help.html", keys=KEYS)


def settings(visit: Visit) -> Response:
    return visit.page("settings.html", themes=THEMES)


def change_settings(visit: Visit) -> Response:
    """Changes one's own name (on this machine alone) or password (where people sign in)."""
    if not visit.site.settings.sign_in:
        session = visit.site.sessions.open(clean_name(visit.form.first("reviewer")), "lead")
        return _signed(visit, visit.go("/settings"), session)
    store = visit.site.people
    person = store.get(visit.reviewer)
    if person is None or not check_password(visit.form.first("password"), person.password):
        raise ReviewError("The present password is not right.", hint="Nothing was changed.")
    hashed = hash_password(good_password(visit.form.first("new_password")))
    store.put(replace(person, password=hashed))
    session = visit.site.sessions.open(person.name, cast(Role, person.role), stamp=password_stamp(hashed))
    visit.site.flash(session, Flash(text=visit.t("settings.password_changed")))
    return _signed(visit, visit.go("/settings"), session)


def change_look(visit: Visit) -> Response:
    form, look = visit.form, visit.look
    if (language := form.first("language")) in LANGUAGES:
        look = replace(look, language=language)
    if (theme := form.first("theme")) in THEMES:
        look = replace(look, theme=theme)
    if form.first("keys") in ("on", "off"):
        look = replace(look, keys=form.first("keys") == "on")
    if form.first("blind") in ("on", "off"):
        look = replace(look, blind=form.first("blind") == "on")
    response = visit.go(local(form.first("back", "/")))
    _keep_look(visit, response, look)
    return response


def _keep_look(visit: Visit, response: Response, look: Look) -> None:
    response.set_cookie(
        PREFS_COOKIE,
        look.write(),
        max_age=365 * 86400,
        httponly=True,
        samesite="lax",
        secure=visit.site.settings.secure_cookies,
    )


def sign_in_page(visit: Visit) -> Response:
    return visit.page("sign_in.html", back=local(visit.query("next", "/")), problem="", name="")


def sign_in(visit: Visit) -> Response:
    """Checks name and password; slows down whoever keeps guessing one name or from one address."""
    name = visit.form.first("name").strip()[:60]
    back = local(visit.form.first("next", "/"))
    site = visit.site
    address = visit.request.client.host if visit.request.client else ""
    by_name = f"{name.casefold()}|{address}"
    wait = max(site.by_name.wait(by_name), site.by_address.wait(address))
    if wait:
        problem = visit.t("sign_in.wait", seconds=wait)
        response = visit.page("sign_in.html", status=429, back=back, problem=problem, name=name)
        response.headers["Retry-After"] = str(wait)
        return response
    person = visit.site.people.get(name)
    if not check_password(visit.form.first("password"), person.password if person else None) or person is None:
        site.by_name.note(by_name)
        site.by_address.note(address)
        return visit.page("sign_in.html", status=401, back=back, problem=visit.t("sign_in.wrong"), name=name)
    site.by_name.forget(by_name)
    session = site.sessions.open(person.name, cast(Role, person.role), stamp=password_stamp(person.password))
    return _signed(visit, visit.go(back), session)


def sign_out(visit: Visit) -> Response:
    response = visit.go("/sign-in" if visit.site.settings.sign_in else "/")
    response.delete_cookie(SESSION_COOKIE)
    visit.new_session = False
    return response


def _signed(visit: Visit, response: Response, session: Session) -> Response:
    visit.new_session = False
    response.set_cookie(
        SESSION_COOKIE,
        visit.site.sessions.write(session),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="lax",
        secure=visit.site.settings.secure_cookies,
    )
    return response


def people(visit: Visit) -> Response:
    return visit.page("people.html", people=visit.site.people.all(), roles=ROLES, fresh=None)


def change_people(visit: Visit) -> Response:
    """Adds a person, gives a new password or role, or removes one; the last lead stays."""
    form, store = visit.form, visit.site.people
    name = clean_name(form.first("name"))
    person = store.get(name)
    leads = [p.name for p in store.all() if p.role == "lead"]
    does = form.first("do")
    role = next((r for r in ROLES if r == form.first("role")), "reviewer")
    if (does == "remove" or (does == "role" and role != "lead")) and leads == [name]:
        raise ReviewError("Somebody has to remain lead.", hint="Make another person lead first.")
    if does == "remove":
        store.remove(name)
        return visit.go("/people", Flash(text=visit.t("people.removed", who=name)))
    if does == "role" and person is not None:
        store.put(replace(person, role=role))
        return visit.go("/people", Flash(text=visit.t("people.saved", who=name)))
    if does == "add" and person is not None:
        raise ReviewError(f"There is already a {name}.", hint="Give another name.")
    if does not in ("add", "password") or (does == "password" and person is None):
        raise ReviewError("The form is damaged.", hint="Reload the page.")
    password = secrets.token_urlsafe(12)
    store.put(Person(name=name, role=person.role if person else role, password=hash_password(password)))
    return visit.page("people.html", people=store.all(), roles=ROLES, fresh=(name, password))


def clean_name(text: str) -> str:
    """A person's name, white space made plain. Raises ReviewError if it is none.

    >>> clean_name("  María  José ")
    'María José'
    """
    name = " ".join(text.split())
    if not NAME.fullmatch(name):
        raise ReviewError("This is no name.", hint="Use up to 60 letters, digits, spaces, dots, hyphens or @.")
    return name


def good_password(text: str) -> str:
    if len(text) < MIN_PASSWORD:
        raise ReviewError("The password is too short.", hint=f"Use at least {MIN_PASSWORD} characters.")
    return text
