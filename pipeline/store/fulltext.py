"""The full-text index: SQLite's FTS5 or PostgreSQL's tsvector over the same stems, so that both find the same.

It is derived and may be dropped at any time. Writers only note which documents changed (`touch`); `refresh` brings the
index up to date before a search. A passage is indexed as the stems of its text in its language, those of its headings,
and one token for each fact that a filter or a query's tags can ask for (country, year, target, category, ...).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Engine, bindparam, delete, inspect, select, text

from pipeline.store.concepts import concept_tokens
from pipeline.store.engine import writing
from pipeline.store.schema import documents, labels, passages, search_stale
from pipeline.store.vectors import Indexed, choose_frequent, copy_passages, insert_passages
from pipeline.types import Scheme
from pipeline.words import VERSION, folded, raw_words, stem, stems_of, word_texts, written_stems

INDEX: Final = f"9 {VERSION}"
"""Version of the index's form: one of another version is dropped and made anew."""

BATCH: Final = 15_000  # passages in one transaction: three seconds of work, and no more lost if it is stopped
MANY: Final = 20_000  # passages indexed at once after which the index is put in order
SCHEME_TOKENS: Final[Mapping[Scheme, str]] = {
    "sdg_target": "t",
    "sdg_goal": "g",
    "category": "a",
    "action_status": "s",
    "support_type": "u",
    "gcm": "m",
    "mgi_domain": "n",
}
_USUAL: Final[Mapping[str, int]] = {"hashsize": 1 << 20, "automerge": 4, "crisismerge": 16}  # FTS5's own
_TABLES: Final = ("search_passages", "search_documents", "search_words", "search_stems", "search_state")
_COMMON_DDL: Final = (
    "CREATE TABLE search_documents (document TEXT PRIMARY KEY, passages INTEGER NOT NULL)",
    "CREATE TABLE search_words (word TEXT NOT NULL, language TEXT NOT NULL, stem TEXT NOT NULL,"
    " PRIMARY KEY (word, language))",
    "CREATE TABLE search_stems (stem TEXT PRIMARY KEY, passages INTEGER NOT NULL)",
    "CREATE TABLE search_state (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
# Stems are folded already: the plain tokenizer takes every letter beyond ASCII as part of a word, and is quicker.
_SQLITE_DDL: Final = (
    "CREATE TABLE search_passages (key INTEGER PRIMARY KEY, passage TEXT NOT NULL, document TEXT NOT NULL)",
    "CREATE VIRTUAL TABLE passages_fts USING fts5(stems, headings, concepts, codes, tokenize='ascii')",
)
# Nothing that can be made again stands beside the vector: ranking a frequent word reads all of its rows.
_POSTGRES_DDL: Final = (
    "CREATE TABLE search_passages (key BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, passage TEXT NOT NULL,"
    " document TEXT NOT NULL, found TSVECTOR NOT NULL)",
    "CREATE INDEX search_passages_found ON search_passages USING GIN (found) WITH (fastupdate = off)",
)


@lru_cache(maxsize=20_000)
def code_token(letter: str, value: str) -> str:
    """The token that stands for a fact, e.g. target 10.7; no word of a text looks like it.

    >>> code_token("t", "10.7"), code_token("a", "good_practice")
    ('zqt10x7', 'zqagoodpractice')
    """
    return f"zq{letter}" + re.sub(r"[^0-9a-z]", "", value.lower().replace(".", "x"))


def touch(connection: Connection, ids: Iterable[str]) -> None:
    """Note that these documents changed; cheap, and part of the writer's transaction."""
    rows = [{"document": i} for i in sorted(set(ids))]
    if rows:
        connection.execute(
            text("INSERT INTO search_stale (document) VALUES (:document) ON CONFLICT (document) DO NOTHING"), rows
        )


def refresh(engine: Engine, report: Callable[[int, int], None] | None = None) -> int:
    """Bring the index up to date and give the number of passages indexed; `report(done, of)` after each batch."""
    with writing(engine) as connection:
        _prepare(connection)
        todo = connection.execute(
            select(search_stale.c.document, documents.c.passages)
            .join(documents, documents.c.id == search_stale.c.document, isouter=True)
            .order_by(search_stale.c.document)
        ).all()
        if todo and connection.dialect.name == "postgresql" and _is_empty(connection):
            _begin_whole(connection)
        whole = _is_unfinished(connection)
    total, done, seen = sum(n or 0 for _, n in todo), 0, _Seen()
    if sqlite := engine.dialect.name == "sqlite":
        with writing(engine) as connection:
            _tune(connection, many=total > MANY)
    for batch in _batches(todo):
        with writing(engine) as connection:
            done += _index(connection, batch, seen)
        if report is not None:
            report(done, total)
    if total > MANY and sqlite:
        with writing(engine) as connection:  # one segment: a search reads each word's list in one place
            _tune(connection, many=False)
            connection.execute(text("INSERT INTO passages_fts (passages_fts) VALUES ('optimize')"))
    if whole:
        _finish_whole(engine)
    return done


def _tune(connection: Connection, *, many: bool) -> None:
    """Of many passages every batch is one segment, and all are merged once, at the end. The file keeps what is set:
    each refresh sets it again, so that one that was stopped leaves nothing behind."""
    values = {"hashsize": 128 << 20, "automerge": 0, "crisismerge": 200} if many else _USUAL
    for name, value in values.items():
        connection.execute(
            text("INSERT INTO passages_fts (passages_fts, rank) VALUES (:n, :v)"), {"n": name, "v": value}
        )


def is_current(connection: Connection) -> bool:
    """Nothing changed since the last `refresh` by this version."""
    if not inspect(connection).has_table("search_state"):
        return False
    made_by = connection.execute(text("SELECT value FROM search_state WHERE name = 'version'")).scalar()
    stale = connection.execute(select(search_stale.c.document).limit(1)).first()
    return made_by == INDEX and stale is None and not _is_unfinished(connection)


def _prepare(connection: Connection) -> None:
    """Make the tables; drop those of another version and note every document as changed."""
    found = None
    if inspect(connection).has_table("search_state"):
        found = connection.execute(text("SELECT value FROM search_state WHERE name = 'version'")).scalar()
    if found == INDEX:
        return
    sqlite = connection.dialect.name == "sqlite"
    for table in (*_TABLES, *(("passages_fts",) if sqlite else ())):
        connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
    for statement in (*_COMMON_DDL, *(_SQLITE_DDL if sqlite else _POSTGRES_DDL)):
        # What can be made again needs no log. After a crash the server empties all of these, the version with them.
        connection.execute(text(statement if sqlite else statement.replace("CREATE TABLE", "CREATE UNLOGGED TABLE")))
    connection.execute(text("CREATE INDEX search_passages_document ON search_passages (document)"))
    connection.execute(text("INSERT INTO search_state (name, value) VALUES ('version', :v)"), {"v": INDEX})
    touch(connection, connection.execute(select(documents.c.id)).scalars())


def _begin_whole(connection: Connection) -> None:
    """PostgreSQL makes an index of many rows, and counts many words, sooner at once than row by row."""
    connection.execute(text("DROP INDEX IF EXISTS search_passages_found"))
    choose_frequent(connection)
    connection.execute(
        text("INSERT INTO search_state (name, value) VALUES ('unfinished', '') ON CONFLICT (name) DO NOTHING")
    )


def _is_unfinished(connection: Connection) -> bool:
    """The index is being made as a whole, here or elsewhere, or that was stopped before its end."""
    return connection.execute(text("SELECT 1 FROM search_state WHERE name = 'unfinished'")).first() is not None


def _finish_whole(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("LOCK TABLE search_state IN EXCLUSIVE MODE"))  # one at a time; readers go on
        connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
        connection.execute(text(_POSTGRES_DDL[1].replace("INDEX", "INDEX IF NOT EXISTS")))
        for table in ("search_passages", "search_words", "search_stems"):
            connection.execute(text(f"ANALYZE {table}"))
        connection.execute(text("DELETE FROM search_state WHERE name = 'unfinished'"))


def _is_empty(connection: Connection) -> bool:
    return connection.execute(text("SELECT 1 FROM search_passages LIMIT 1")).first() is None


def _batches(todo: Sequence[Any]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for document, count in todo:
        batch.append(document)
        size += (count or 0) + 1
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Seen:
    """What one refresh met: words as written, by language, and the languages; of each batch how many passages hold each
    stem and each concept, and the passages of each document."""

    def __init__(self) -> None:
        self.words: dict[str, set[str]] = {}
        self.told: set[tuple[str, str]] = set()
        self.stems: Counter[str] = Counter()
        self.sizes: Counter[str] = Counter()

    def new_words(self) -> list[tuple[str, str, str]]:
        """`(folded word, language, stem)` of those that this refresh has not told the database yet."""
        new = {(folded(w), lang) for lang, written in self.words.items() for w in written} - self.told
        self.told |= new
        self.words.clear()
        return sorted((word, lang, stems_of(lang or None)[word]) for word, lang in new)


def _index(connection: Connection, batch: Sequence[str], seen: _Seen) -> int:
    """Replace what is indexed of these documents."""
    connection.execute(delete(search_stale).where(search_stale.c.document.in_(batch)))
    seen.stems, seen.sizes = _remove(connection, batch), Counter()
    made = _made(_rows(connection, batch), seen)
    if connection.dialect.name == "sqlite":
        insert_passages(connection, made)
    else:
        copy_passages(connection, made)
    if seen.sizes:
        connection.execute(
            text("INSERT INTO search_documents (document, passages) VALUES (:d, :n)"),
            [{"d": d, "n": n} for d, n in seen.sizes.items()],
        )
    for language in sorted(filter(None, seen.words)):
        connection.execute(
            text("INSERT INTO search_state (name, value) VALUES (:n, '') ON CONFLICT (name) DO NOTHING"),
            {"n": f"language {language}"},
        )
    _count(connection, seen)
    return seen.sizes.total()


def _made(rows: Iterable[Any], seen: _Seen) -> Iterator[Indexed]:
    """The passages as they are indexed; counts them and what they hold as they pass."""
    for row in rows:
        language = row.language or row.document_language
        written = raw_words(row.text)
        found, above = list(map(written_stems(language).__getitem__, written)), heading_stems(row.headings, language)
        counted = Counter(found)
        concepts = concept_tokens([*counted, *above], language)
        seen.words.setdefault(language or "", set()).update(written)
        seen.stems.update(counted.keys())
        seen.stems.update(concepts)
        seen.sizes[row.document] += 1
        yield Indexed(row.id, row.document, found, counted, above, concepts, _codes(row, language))


@lru_cache(maxsize=2_000)
def heading_stems(headings: str, language: str | None) -> tuple[str, ...]:
    """Neighbouring passages share their headings."""
    return tuple(stem(w, language) for h in json.loads(headings) for w in word_texts(h))


def _rows(connection: Connection, batch: Sequence[str]) -> Sequence[Any]:
    columns = (passages.c.id, passages.c.document, passages.c.text, passages.c.headings, passages.c.language)
    facts = (documents.c.kind.label("document_kind"), documents.c.country, documents.c.year)
    statement = (
        select(*columns, *facts, documents.c.language.label("document_language"), labels.c.codes, labels.c.status)
        .join(documents, documents.c.id == passages.c.document)
        .join(labels, labels.c.passage == passages.c.id)
        .where(passages.c.document.in_(batch), passages.c.live)
        .order_by(passages.c.document, passages.c.n, passages.c.sub)
    )
    return connection.execute(statement).all()


def _codes(row: Any, language: str | None) -> tuple[str, ...]:
    facts = _fact_tokens(row.document, row.document_kind, row.country, row.year)
    own = (code_token("r", row.status), code_token("l", language or "none"))
    return (*facts, *own, *_label_tokens(row.codes))


@lru_cache(maxsize=256)
def _fact_tokens(document: str, kind: str, country: str | None, year: int | None) -> tuple[str, ...]:
    found = [code_token("d", document), code_token("k", kind)]
    if country:
        found.append(code_token("c", country))
    if year:
        found.append(code_token("y", str(year)))
    return tuple(found)


@lru_cache(maxsize=20_000)
def _label_tokens(codes: str) -> tuple[str, ...]:
    held = json.loads(codes)
    return tuple(
        code_token(letter, code) for scheme, letter in SCHEME_TOKENS.items() for code in held.get(scheme) or ("none",)
    )


def _remove(connection: Connection, batch: Sequence[str]) -> Counter[str]:
    """Take the documents out of the index and give the stems and concepts that their passages held, as numbers below
    zero."""
    ids = {"ids": list(batch)}
    which: BindParameter[Any] = bindparam("ids", expanding=True)
    old: Counter[str] = Counter()
    known = connection.execute(
        text("SELECT count(*) FROM search_documents WHERE document IN :ids").bindparams(which), ids
    )
    if not known.scalar_one():
        return old
    if connection.dialect.name == "sqlite":
        inner = "SELECT key FROM search_passages WHERE document IN :ids"
        held = f"SELECT stems, concepts FROM passages_fts WHERE rowid IN ({inner})"  # noqa: S608 - constant
        for stems, concepts in connection.execute(text(held).bindparams(which), ids):
            old.subtract({*stems.split(), *concepts.split()})
        connection.execute(text(f"DELETE FROM passages_fts WHERE rowid IN ({inner})").bindparams(which), ids)  # noqa: S608 - constant
    else:
        held = (
            "SELECT u.lexeme, count(*) AS n FROM search_passages, unnest(found) u WHERE document IN :ids "
            "AND ('A' = ANY (u.weights) OR u.lexeme LIKE 'zqx%') GROUP BY u.lexeme"
        )
        old.subtract({row.lexeme: row.n for row in connection.execute(text(held).bindparams(which), ids)})
    for table in ("search_passages", "search_documents"):
        connection.execute(text(f"DELETE FROM {table} WHERE document IN :ids").bindparams(which), ids)  # noqa: S608 - constant
    return old


def _count(connection: Connection, seen: _Seen) -> None:
    """Keep the number of passages that hold each stem and each concept, and which words stand for which stem."""
    stems, words = sorted((s, n) for s, n in seen.stems.items() if n), seen.new_words()
    rule = "ON CONFLICT (stem) DO UPDATE SET passages = search_stems.passages + excluded.passages"
    if connection.dialect.name == "sqlite":
        if stems:
            connection.exec_driver_sql(f"INSERT INTO search_stems (stem, passages) VALUES (?, ?) {rule}", stems)  # noqa: S608 - constant
        if words:
            connection.exec_driver_sql("INSERT OR IGNORE INTO search_words VALUES (?, ?, ?)", words)
    else:
        sql = f"INSERT INTO search_stems SELECT * FROM unnest(CAST(:s AS text[]), CAST(:n AS int[])) {rule}"  # noqa: S608 - constant
        connection.execute(text(sql), {"s": [s for s, _ in stems], "n": [n for _, n in stems]})
        columns = dict(zip("wls", map(list, zip(*words, strict=True)), strict=True)) if words else {}
        if columns:
            sql = (
                "INSERT INTO search_words SELECT * FROM unnest(CAST(:w AS text[]), CAST(:l AS text[]), "
                "CAST(:s AS text[])) ON CONFLICT DO NOTHING"
            )
            connection.execute(text(sql), columns)
    if any(n < 0 for _, n in stems):
        connection.execute(text("DELETE FROM search_stems WHERE passages <= 0"))
        connection.execute(text("DELETE FROM search_words WHERE stem NOT IN (SELECT stem FROM search_stems)"))
