"""All tables as lines of JSON and back: the same for both databases, so that a backup of one fits the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, Table, func, inspect, select, text

from pipeline.errors import StoreError
from pipeline.store.engine import open_engine, reading, revision, upgrade, writing
from pipeline.store.schema import HEAD, metadata

CHUNK: Final = 1000
TABLES: Final = tuple(table.name for table in metadata.sorted_tables)
"""Tables in an order in which none refers to a later one."""


@contextmanager
def snapshot(engine: Engine) -> Iterator[Callable[[str], Iterator[str]]]:
    """A function that gives a table's rows as lines of JSON, all tables as of one moment."""
    with reading(engine) as connection:

        def lines(name: str) -> Iterator[str]:
            table = metadata.tables[name]
            statement = select(table).order_by(*table.primary_key.columns)
            for row in connection.execution_options(yield_per=CHUNK).execute(statement).mappings():
                yield json.dumps(dict(row), ensure_ascii=False) + "\n"

        yield lines


def fill(url: str, made_at: str, tables: Iterable[tuple[str, Iterable[bytes]]]) -> dict[str, int]:
    """Fill an empty database with the dump of one whose tables were at revision `made_at`, then bring it up to date.

    Gives the number of rows by table. Raises StoreError if the database is not empty, the dump was made by a newer
    version, or a row does not fit its table.
    """
    engine = open_engine(url)
    try:
        if revision(engine) is not None or _tables(engine):
            raise StoreError("The database is not empty.", hint="Restore into a new workspace or an empty database.")
        if made_at > HEAD:
            raise StoreError(
                f"The backup was made by a newer version of mgi (tables {made_at}; this version knows {HEAD}).",
                hint="Install the newest version of mgi-vnr.",
            )
        counts: dict[str, int] = {}
        with writing(engine) as connection:  # one transaction: a damaged backup leaves the database empty
            upgrade(connection, made_at)
            old = MetaData()
            old.reflect(connection)
            for name, lines in tables:
                if name not in old.tables:
                    raise StoreError(f"The backup holds a table '{name[:40]}' that is not known.")
                counts[name] = _insert(connection, old.tables[name], lines)
            upgrade(connection)
            # The full-text index is not in the backup: it is made anew before the first search.
            connection.execute(text("DELETE FROM search_stale"))
            connection.execute(text("INSERT INTO search_stale (document) SELECT id FROM documents"))
        return counts
    finally:
        engine.dispose()


def _tables(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return set(inspect(connection).get_table_names()) & set(TABLES)


def _insert(connection: Connection, table: Table, lines: Iterable[bytes]) -> int:
    names = set(table.columns.keys())
    waiting: list[dict[str, Any]] = []
    count = 0
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise StoreError(f"The backup's table '{table.name}' is damaged.") from error
        if not isinstance(row, dict) or set(row) != names or any(isinstance(v, dict | list) for v in row.values()):
            raise StoreError(f"The backup's table '{table.name}' is damaged.")
        waiting.append(row)
        count += 1
        if len(waiting) == CHUNK:
            connection.execute(table.insert(), waiting)
            waiting = []
    if waiting:
        connection.execute(table.insert(), waiting)
    _continue_numbers(connection, table)
    return count


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Let PostgreSQL give numbers behind those that were filled in (SQLite does so by itself)."""
    keys = list(table.primary_key.columns)
    if connection.dialect.name != "postgresql" or len(keys) != 1 or keys[0].type.python_type is not int:
        return
    sequence = connection.execute(select(func.pg_get_serial_sequence(table.name, keys[0].name))).scalar()
    last = connection.execute(select(func.max(keys[0]))).scalar()
    if sequence and last:
        connection.execute(select(func.setval(sequence, last)))
