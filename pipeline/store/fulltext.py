"""The full-text index: SQLite's FTS5 or PostgreSQL's tsvector over the same stems, so that both find the same.

It is derived and may be dropped at any time. Writers only note which documents changed (`touch`); `refresh` brings the
index up to date before a search. A passage is indexed as the stems of its text in its language, those of its headings,
and one token for each fact that a filter or a query's tags can ask for (country, year, target, category, ...).
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Engine, bindparam, delete, inspect, select, text

from pipeline.store.concepts import concept_tokens
from pipeline.store.engine import writing
from pipeline.store.schema import documents, labels, passages, search_stale
from pipeline.store.vectors import Indexed, choose_frequent, copy_passages
from pipeline.types import Scheme
from pipeline.words import VERSION, folded, raw_words, stem, stems_of, word_texts, written_stems

INDEX: Final = f"8 {VERSION}"
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
    "CREATE TABLE search_documents (document TEXT PRIMARY KEY, passages INTEGER NOT NULL, counts {bytes} NOT NULL)",
    "CREATE TABLE search_words (word TEXT NOT NULL, language TEXT NOT NULL, passages INTEGER NOT NULL,"
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
    total, done = sum(n or 0 for _, n in todo), 0
    if sqlite := engine.dialect.name == "sqlite":
        with writing(engine) as connection:
            _tune(connection, many=total > MANY)
    for batch in _batches(todo):
        with writing(engine) as connection:
            done += _index(connection, batch, count=not whole)
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
        made = statement.format(bytes="BLOB" if sqlite else "BYTEA")
        # What can be made again needs no log. After a crash the server empties all of these, the version with them.
        connection.execute(text(made if sqlite else made.replace("CREATE TABLE", "CREATE UNLOGGED TABLE")))
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
    """The server makes the index while the words are counted here."""
    with writing(engine) as connection, ThreadPoolExecutor(1) as beside:
        connection.execute(text("LOCK TABLE search_state IN EXCLUSIVE MODE"))  # one at a time; readers go on
        made = beside.submit(_make_index, engine)
        for table in ("search_words", "search_stems"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - constant names
        every: dict[str, Counter[str]] = {}
        for packed in connection.execute(text("SELECT counts FROM search_documents")).scalars():
            _add(every, packed)
        for table, rows in _counted(every).items():
            with connection.connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                copy.write("".join("\t".join(map(str, row)) + "\n" for row in rows))
        made.result()
        for table in ("search_passages", "search_words", "search_stems"):
            connection.execute(text(f"ANALYZE {table}"))
        connection.execute(text("DELETE FROM search_state WHERE name = 'unfinished'"))


def _make_index(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
        connection.execute(text(_POSTGRES_DDL[1].replace("INDEX", "INDEX IF NOT EXISTS")))


def _add(total: dict[str, Counter[str]], packed: bytes) -> None:
    """Add the words of a document, by language, as `_index` packed them."""
    for language, counts in json.loads(zlib.decompress(bytes(packed))).items():
        total.setdefault(language, Counter()).update(counts)


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


def _index(connection: Connection, batch: Sequence[str], *, count: bool) -> int:
    """Replace what is indexed of these documents; without `count` their words are counted later."""
    connection.execute(delete(search_stale).where(search_stale.c.document.in_(batch)))
    old = _remove(connection, batch)
    words: dict[str, dict[str, Counter[str]]] = {}
    sizes: Counter[str] = Counter()
    made = _made(_rows(connection, batch), words, sizes)
    if connection.dialect.name == "sqlite":
        _insert_sqlite(connection, list(made))
    else:
        copy_passages(connection, made)
    if words:
        connection.execute(
            text("INSERT INTO search_documents (document, passages, counts) VALUES (:d, :n, :c)"),
            [{"d": d, "n": sizes[d], "c": zlib.compress(json.dumps(c).encode(), 1)} for d, c in words.items()],
        )
    for language in sorted({lang for by_language in words.values() for lang in by_language if lang}):
        connection.execute(
            text("INSERT INTO search_state (name, value) VALUES (:n, '') ON CONFLICT (name) DO NOTHING"),
            {"n": f"language {language}"},
        )
    if not count:
        return sizes.total()
    change: dict[str, Counter[str]] = {language: Counter() for language in old}
    for by_language in words.values():
        for language, counts in by_language.items():
            change.setdefault(language, Counter()).update(counts)
    for language, counts in old.items():
        change[language].subtract(counts)
    _count(connection, change)
    return sizes.total()


def _made(rows: Iterable[Any], words: dict[str, dict[str, Counter[str]]], sizes: Counter[str]) -> Iterator[Indexed]:
    """The passages as they are indexed; counts their words (document -> language -> word) and them as they pass."""
    for row in rows:
        language = row.language or row.document_language
        stems, written = written_stems(language), raw_words(row.text)
        # counted as written, folded below: a word with and without a capital counts twice, which is near enough
        words.setdefault(row.document, {}).setdefault(language or "", Counter()).update(set(written))
        sizes[row.document] += 1
        found, above = list(map(stems.__getitem__, written)), heading_stems(row.headings, language)
        concepts = concept_tokens(frozenset((*found, *above)), language)
        yield Indexed(row.id, row.document, found, above, concepts, _codes(row, language))


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


def _remove(connection: Connection, batch: Sequence[str]) -> dict[str, Counter[str]]:
    """Take the documents out of the index and give the words that they had counted, by language, as written."""
    ids = {"ids": list(batch)}
    which: BindParameter[Any] = bindparam("ids", expanding=True)
    rows = connection.execute(
        text("SELECT counts FROM search_documents WHERE document IN :ids").bindparams(which), ids
    ).scalars()
    old: dict[str, Counter[str]] = {}
    for packed in rows:
        _add(old, packed)
    if old:
        if connection.dialect.name == "sqlite":
            inner = "SELECT key FROM search_passages WHERE document IN :ids"
            connection.execute(text(f"DELETE FROM passages_fts WHERE rowid IN ({inner})").bindparams(which), ids)  # noqa: S608 - constant
        for table in ("search_passages", "search_documents"):
            connection.execute(text(f"DELETE FROM {table} WHERE document IN :ids").bindparams(which), ids)  # noqa: S608 - constant
    return old


def _insert_sqlite(connection: Connection, made: Sequence[Indexed]) -> None:
    if not made:
        return
    first = int(connection.execute(text("SELECT coalesce(max(key), 0) + 1 FROM search_passages")).scalar_one())
    connection.exec_driver_sql(
        "INSERT INTO search_passages (key, passage, document) VALUES (?, ?, ?)",
        [(first + n, m.passage, m.document) for n, m in enumerate(made)],
    )
    connection.exec_driver_sql(
        "INSERT INTO passages_fts (rowid, stems, headings, concepts, codes) VALUES (?, ?, ?, ?, ?)",
        [(first + n, *map(" ".join, (m.stems, m.headings, m.concepts, m.codes))) for n, m in enumerate(made)],
    )


def _counted(change: Mapping[str, Mapping[str, int]]) -> dict[str, list[tuple[Any, ...]]]:
    """Language -> word as written -> passages, as rows of the two tables, in their order."""
    by_word: list[tuple[Any, ...]] = []
    stems: Counter[str] = Counter()
    for language, counts in change.items():
        plain: Counter[str] = Counter()
        for word, n in counts.items():
            plain[folded(word)] += n
        by_word += ((word, language, n) for word, n in plain.items() if n)
        stem_of = stems_of(language or None)
        for word, n in plain.items():
            stems[stem_of[word]] += n
    return {"search_words": sorted(by_word), "search_stems": sorted((s, n) for s, n in stems.items() if n)}


def _count(connection: Connection, change: Mapping[str, Mapping[str, int]]) -> None:
    """Keep the numbers of passages that hold each word and each stem."""
    add = "ON CONFLICT ({keys}) DO UPDATE SET passages = {table}.passages + excluded.passages"
    for table, rows in _counted(change).items():
        if not rows:
            continue
        keys = "word, language" if table == "search_words" else "stem"
        rule = add.format(keys=keys, table=table)
        if connection.dialect.name == "sqlite":
            marks = ", ".join("?" * len(rows[0]))
            connection.exec_driver_sql(f"INSERT INTO {table} ({keys}, passages) VALUES ({marks}) {rule}", rows)  # noqa: S608 - constant names
        else:
            kinds = ["text[]"] * (len(rows[0]) - 1) + ["int[]"]
            values = ", ".join(f"CAST(:c{i} AS {kind})" for i, kind in enumerate(kinds))
            columns = {f"c{i}": list(column) for i, column in enumerate(zip(*rows, strict=True))}
            sql = f"INSERT INTO {table} ({keys}, passages) SELECT * FROM unnest({values}) {rule}"  # noqa: S608 - constant names
            connection.execute(text(sql), columns)
        connection.execute(text(f"DELETE FROM {table} WHERE passages <= 0"))  # noqa: S608 - constant names
