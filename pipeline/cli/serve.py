"""`mgi review serve` and `mgi review people`: the review pages, and who may sign in to them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import JsonOption, WorkspaceOption, print_json, say

if TYPE_CHECKING:
    from pipeline.web.site import Settings
    from pipeline.workspace import Workspace

people = typer.Typer(add_completion=False, no_args_is_help=True, help="Who may sign in to the review pages.")


def register(app: typer.Typer) -> None:
    """Adds the two commands to `mgi review`."""
    app.command(
        name="serve",
        epilog="Example: mgi review serve -w my-workspace, then open the address that it prints in a browser.",
    )(serve)
    app.add_typer(people, name="people")


def serve(
    workspace: WorkspaceOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets others in (sign-in needed).")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8321,
    reviewer: Annotated[str | None, typer.Option(help="Name kept with decisions where nobody signs in.")] = None,
    sign_in: Annotated[bool, typer.Option("--sign-in", help="Sign in on this machine too.")] = False,
    certificate: Annotated[Path | None, typer.Option(metavar="FILE", help="TLS certificate (PEM).")] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Key of the TLS certificate (PEM).")] = None,
    behind_https: Annotated[
        bool, typer.Option("--behind-https", help="A proxy in front serves HTTPS: cookies only travel encrypted.")
    ] = False,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
) -> None:
    """Serve the review pages: list, passage beside its page, decisions. Stop with Ctrl+C.

    Others can only reach them with --host 0.0.0.0 (or an address of this machine); then everybody signs in.
    """
    import getpass

    from pipeline.errors import StoreError
    from pipeline.store.people import People
    from pipeline.web.security import is_loopback
    from pipeline.web.site import Settings
    from pipeline.web.views.account import clean_name
    from pipeline.workspace import Workspace, find_workspace

    local = is_loopback(host)
    must_sign_in = sign_in or not local
    if (certificate is None) != (key is None):
        raise typer.BadParameter("--certificate and --key go together.")
    for file in (certificate, key):
        if file is not None and not file.is_file():
            raise StoreError(f"There is no file {file}.", hint="Check --certificate and --key.")
    name = clean_name(reviewer or _login_name(getpass.getuser))
    with Workspace.open(find_workspace(workspace)) as opened:
        if must_sign_in and not People(opened.store.engine).all():
            raise StoreError(
                "Nobody may sign in yet.",
                hint=f"Add yourself first: mgi review people add NAME --role lead -w {opened.root}",
            )
        if not local and certificate is None and not behind_https:
            say("mgi: passwords travel unencrypted; give --certificate and --key, or --behind-https behind a proxy.")
        settings = Settings(
            reviewer=name,
            sign_in=must_sign_in,
            secure_cookies=certificate is not None or behind_https,
            hosts=("localhost", "127.0.0.1", "::1", host) if local else (),
        )
        _listen(opened, settings, host, port, certificate, key, open_browser=open_browser)


def _login_name(ask: object) -> str:
    try:
        return str(ask()) if callable(ask) else "reviewer"
    except (OSError, KeyError, ImportError):
        return "reviewer"


def _listen(
    opened: Workspace,
    settings: Settings,
    host: str,
    port: int,
    certificate: Path | None,
    key: Path | None,
    *,
    open_browser: bool,
) -> None:
    import socket
    import webbrowser

    import uvicorn

    from pipeline.errors import StoreError
    from pipeline.web.app import create_app

    # With the protocol named, asyncio sends each answer at once (TCP_NODELAY); without it the end of an answer waits
    # 40 ms for the browser to acknowledge its beginning.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StoreError(
            f"Cannot listen on {host}:{port}: {error.strerror or error}.", hint="Choose another --port, or 0 for any."
        ) from error
    port = listener.getsockname()[1]
    shown = host if ":" not in host else f"[{host}]"
    address = f"{'https' if certificate else 'http'}://{shown}:{port}/"
    say(f"Review pages of {opened.root}: {address}   (stop with Ctrl+C)")
    if open_browser:
        webbrowser.open(address)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(opened, settings),
            log_level="warning",
            ssl_certfile=str(certificate) if certificate else None,
            ssl_keyfile=str(key) if key else None,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        listener.close()


@people.command("add", epilog="Example: mgi review people add 'Ana Lopez' --role lead")
def add(
    name: str,
    role: Annotated[str, typer.Option(help="reviewer, or lead (who also manages people)")] = "reviewer",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from stdin; else one is made and printed.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Add a person, or give a person a new password and role."""
    import secrets

    from pipeline.store.people import People, Person
    from pipeline.web.security import hash_password
    from pipeline.web.views.account import ROLES, clean_name, good_password
    from pipeline.workspace import Workspace, find_workspace

    if role not in ROLES:
        raise typer.BadParameter(f"'{role}' is neither reviewer nor lead.")
    password = good_password(sys.stdin.readline().rstrip("\n")) if password_stdin else secrets.token_urlsafe(12)
    with Workspace.open(find_workspace(workspace)) as opened:
        store = People(opened.store.engine)
        known = store.get(clean_name(name))
        person = Person(name=known.name if known else clean_name(name), role=role, password=hash_password(password))
        store.put(person)
    say(f"{person.name} ({role}) may sign in." + ("" if password_stdin else " The password is shown only now:"))
    if not password_stdin:
        print(password)


@people.command("list", epilog="Example: mgi review people list --json")
def list_people(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List who may sign in."""
    from pipeline.store.people import People
    from pipeline.workspace import Workspace, find_workspace

    with Workspace.open(find_workspace(workspace)) as opened:
        everybody = People(opened.store.engine).all()
    for person in everybody:
        if as_json:
            print_json({"name": person.name, "role": person.role})
        else:
            print(f"{person.name}\t{person.role}")
    if not everybody:
        say("Nobody may sign in yet.")


@people.command("remove", epilog="Example: mgi review people remove 'Ana Lopez'")
def remove(name: str, workspace: WorkspaceOption = None) -> None:
    """Take a person's right to sign in away; the person's decisions stay."""
    from pipeline.errors import StoreError
    from pipeline.store.people import People
    from pipeline.workspace import Workspace, find_workspace

    with Workspace.open(find_workspace(workspace)) as opened:
        if not People(opened.store.engine).remove(name):
            raise StoreError(f"There is no {name}.", hint="See mgi review people list.")
    say(f"{name} may no longer sign in.")
