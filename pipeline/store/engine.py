"""Connections: SQLite by default, PostgreSQL by URL, and the migrations that bring a database up to date."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from importlib import resources
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from pipeline.errors import StoreError
from pipeline.store.schema import HEAD

BUSY_SECONDS: Final = 30
"""How long a writer waits for another writer before it gives up."""


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql+psycopg://...`; raises StoreError for anything else."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend == "sqlite":
            engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS}, pool_size=20, max_overflow=20)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        if backend == "postgresql":
            return create_engine(parsed, pool_size=10, max_overflow=20, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(f"MGI_DATABASE_URL is not a database address: {error}.", hint=_EXAMPLE) from error
    except ImportError as error:
        raise StoreError(
            f"The driver for {parsed.drivername} is missing.", hint="pip install 'mgi-vnr[postgres]'"
        ) from error
    raise StoreError(f"'{backend}' is not a database that can hold a workspace.", hint=_EXAMPLE)


_EXAMPLE: Final = "Example: postgresql+psycopg://user:password@host/database"


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver would begin transactions by itself, and only at the first write: then a reader that turns into a
    # writer fails with SQLITE_BUSY at once. So transactions are begun here (see _begin_sqlite).
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: a decision that was acknowledged is on the disk, also after a power cut. NORMAL would be safe against
    # kill -9 only.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the database, as it was at the first look."""
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with _told(), engine.connect().execution_options(**options) as connection:
        yield connection


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that takes effect wholly or not at all. On SQLite writers queue; nobody works in between."""
    with _told(), engine.connect().execution_options(writing=True) as connection, connection.begin():
        yield connection


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"The database refused: {error.orig}.", hint=_next_step(str(error.orig))) from error
    except SQLAlchemyError as error:
        raise StoreError(f"The database cannot be used: {error}.", hint="Is it running and reachable?") from error


def _next_step(message: str) -> str:
    if "locked" in message:
        return "Another program is writing to this workspace; try again."
    if "readonly" in message or "unable to open" in message:
        return "Check that you may write in the workspace folder."
    if "malformed" in message or "not a database" in message:
        return "Restore the last backup with `mgi restore FILE`."
    if "disk" in message and "full" in message:
        return "Free some space and try again."
    return "Check the database and try again."


def revision(engine: Engine) -> str | None:
    """Revision of the database's tables; None if it is empty."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def migrate(engine: Engine, target: str = HEAD) -> None:
    """Create the tables or bring them up to `target`, in one transaction. Does nothing if they are.

    Raises StoreError if a newer version of the tool wrote them.
    """
    if revision(engine) == target:
        return
    with writing(engine) as connection:
        upgrade(connection, target)


def upgrade(connection: Connection, target: str = HEAD) -> None:
    """As `migrate`, as a part of the caller's transaction."""
    from alembic import command  # noqa: PLC0415  slow to import, needed only here
    from alembic.config import Config  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    now = MigrationContext.configure(connection).get_current_revision()
    if now == target:
        return  # another process was quicker
    config = Config()
    config.set_main_option("script_location", str(resources.files("pipeline.store") / "migrations"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if now is not None and now not in known:
        raise StoreError(
            f"This workspace was written by a newer version of mgi (tables {now}, this version knows {HEAD}).",
            hint="Install that version, or restore an older backup.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, target)
