"""Ask the full-text index: the same question to FTS5 and to PostgreSQL. Every term is quoted: nothing that a user types
is an operator of the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, text

from pipeline.store.concepts import Alternative
from pipeline.store.vectors import frequent_stems, level_token, pair_tokens

_WORDS: Final = "search_words JOIN search_stems USING (stem)"  # a word is as frequent as its stem
Group = tuple[Alternative, ...]
"""What one word of the query may be found as: its stems in each language, its concept. `stem*` is a beginning."""

TITLES: Final = 0.4
CONCEPTS: Final = 0.5
"""Weights of a hit in the headings and by a concept against one in the text, in the index's own first order."""
USUAL_LENGTH: Final = 100
"""What is added to a vector's length, so that a passage twice as long does not count half."""


@dataclass(frozen=True, slots=True)
class Match:
    """A passage that matches, with its stems and those of its headings as they were indexed; None where the database
    does not keep them and they are to be made from the text."""

    passage: str
    stems: str | None = None
    headings: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexQuery:
    """All `groups` (or any, with `relaxed`), one sequence of stems of each of `phrases` (with `headings` there, too),
    one token of each of `codes`, none of the stems `without`, none of `without_codes`. `weights` say how telling each
    group is. `everywhere`: so many passages hold the groups' words that those that hold one often will do. Without
    `ranked` the first that match: for a beginning that stands for thousands of passages, whose words the databases'
    measures would all have to count."""

    groups: tuple[Group, ...] = ()
    weights: tuple[float, ...] = ()
    relaxed: bool = False
    phrases: tuple[tuple[Alternative, ...], ...] = ()
    headings: bool = True
    codes: tuple[tuple[str, ...], ...] = ()
    without: tuple[str, ...] = ()
    without_codes: tuple[str, ...] = ()
    ranked: bool = True
    everywhere: bool = False

    @property
    def empty(self) -> bool:
        return not (self.groups or self.phrases or self.codes)


def candidates(connection: Connection, query: IndexQuery, limit: int) -> list[Match]:
    """The passages that match, best first by the database's own measure."""
    if query.empty:
        return []
    ask = _ask_sqlite if connection.dialect.name == "sqlite" else _ask_postgres
    found: list[Match] = []
    for level in (2, 1, 0) if query.everywhere and query.ranked else (0,):
        often = [level_token(a[0], level) for g in query.groups for a in g if len(a) == 1] if level else []
        if often or not level:
            found = ask(connection, query, often, limit)
        if len(found) == limit:
            break
    return found


def _ask_sqlite(connection: Connection, query: IndexQuery, often: Sequence[str], limit: int) -> list[Match]:
    ranked = query.ranked and (query.groups or query.phrases)
    order = f"bm25(passages_fts, 1.0, {TITLES}, {CONCEPTS}, 0.0)" if ranked else "passages_fts.rowid"
    statement = (
        "SELECT p.passage, f.stems, f.headings FROM "  # noqa: S608 - constants
        "(SELECT key, row_number() OVER () AS place FROM (SELECT rowid AS key FROM passages_fts "
        f"WHERE passages_fts MATCH :q ORDER BY {order} LIMIT :n)) best "
        "JOIN search_passages p ON p.key = best.key JOIN passages_fts f ON f.rowid = best.key ORDER BY best.place"
    )
    asked = _fts5(query)
    narrowed = f"({asked}) AND {{codes}} : {_any(map(_quoted, often))}" if often else asked
    return [Match(*row) for row in connection.execute(text(statement), {"q": narrowed, "n": limit})]


def _ask_postgres(connection: Connection, query: IndexQuery, often: Sequence[str], limit: int) -> list[Match]:
    measure, values = _measure(query) if query.ranked else ("", {})
    statement = text(
        "SELECT p.passage FROM (SELECT key FROM search_passages "  # noqa: S608 - constants
        f"WHERE found @@ CAST(:q AS tsquery) ORDER BY {measure} key LIMIT :n) b "
        "JOIN search_passages p ON p.key = b.key ORDER BY p.key"
    )
    asked = _tsquery(query, frequent_stems(connection) if query.phrases else frozenset())
    narrowed = f"{asked} & {_any(map(_lexeme, often), ' | ')}" if often else asked
    return [Match(*row) for row in connection.execute(statement, {**values, "q": narrowed, "n": limit})]


def _measure(query: IndexQuery) -> tuple[str, dict[str, object]]:
    """An order like that of BM25: of each word, how often it stands there, times how telling it is, against the
    passage's length."""
    asked = [_any((_all(a, " & ") for a in g), " | ") for g in query.groups]
    asked += [_any(map(_lexeme, dict.fromkeys(s for sequence in p for s in sequence)), " | ") for p in query.phrases]
    if not asked:
        return "", {}
    weights = [*query.weights, *[1.0] * (len(asked) - len(query.weights))]
    parts = [
        f"{w:.4f} * ts_rank('{{0, {CONCEPTS}, {TITLES}, 1}}', found, CAST(:r{n} AS tsquery))"
        for n, w in enumerate(weights)
    ]
    measure = f"({' + '.join(parts)}) / ({USUAL_LENGTH} + length(found)) DESC,"
    return measure, {f"r{n}": words for n, words in enumerate(asked)}


def _fts5(query: IndexQuery) -> str:
    parts = []
    if query.groups:
        join = " OR " if query.relaxed else " AND "
        parts.append(
            "{stems headings concepts} : (" + join.join(_any(_all(a, " AND ") for a in g) for g in query.groups) + ")"
        )
    for phrase in query.phrases:
        where = "{stems headings}" if query.headings else "{stems}"
        parts.append(f"{where} : " + _any(_quoted(" ".join(sequence)) for sequence in phrase))
    for tokens in query.codes:
        parts.append("{codes} : " + _any(map(_quoted, tokens)))
    asked = " AND ".join(parts)
    if query.without:
        asked = f"({asked}) NOT {{stems headings}} : {_any(map(_quoted, query.without))}"
    if query.without_codes:
        asked = f"({asked}) NOT {{codes}} : {_any(map(_quoted, query.without_codes))}"
    return asked


def _tsquery(query: IndexQuery, frequent: frozenset[str]) -> str:
    parts = []
    if query.groups:
        join = " | " if query.relaxed else " & "
        parts.append("(" + join.join(_any((_all(a, " & ") for a in g), " | ") for g in query.groups) + ")")
    for phrase in query.phrases:
        parts.append(_any((_in_a_row(s, frequent, query.headings) for s in phrase), " | "))
    for tokens in query.codes:
        parts.append(_any(map(_lexeme, tokens), " | "))
    if query.without or query.without_codes:
        parts.append("!" + _any(map(_lexeme, (*query.without, *query.without_codes)), " | "))
    return " & ".join(parts)


def _in_a_row(stems: Alternative, frequent: frozenset[str], headings: bool) -> str:
    """The index alone knows of pairs of frequent stems; of the rest the rows are read."""
    row = " <-> ".join(_lexeme(s) + ("" if headings else ":A") for s in stems)
    return "(" + " & ".join([*map(_lexeme, pair_tokens(stems, frequent)), f"({row})"]) + ")"


def _all(alternative: Alternative, join: str) -> str:
    quote = _quoted if join == " AND " else _lexeme
    return quote(alternative[0]) if len(alternative) == 1 else "(" + join.join(map(quote, alternative)) + ")"


def _any(parts: Iterable[str], join: str = " OR ") -> str:
    return "(" + join.join(parts) + ")"


def _quoted(stems: str) -> str:
    plain = stems.removesuffix("*")
    return '"' + plain.replace('"', '""') + '"' + (" *" if plain != stems else "")


def _lexeme(stem: str) -> str:
    plain = stem.removesuffix("*")
    return "'" + plain.replace("\\", "\\\\").replace("'", "''") + "'" + (":*" if plain != stem else "")


def passages_with(connection: Connection, stems: Sequence[str]) -> dict[str, int]:
    """Stem -> number of passages that hold it; stems that none holds are left out."""
    return _counts(connection, "SELECT stem, passages FROM search_stems WHERE stem IN :names", stems)


def languages_of(connection: Connection, words: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    """Folded word -> the languages in which passages hold it, with how many hold a form of it."""
    out: dict[str, list[tuple[str, int]]] = {}
    if words:
        statement = text(f"SELECT word, language, passages FROM {_WORDS} WHERE word IN :names")  # noqa: S608 - constant
        rows = connection.execute(statement.bindparams(bindparam("names", expanding=True)), {"names": list(words)})
        for word, language, count in rows:
            out.setdefault(word, []).append((language, count))
    return out


def words_beginning(connection: Connection, prefix: str, limit: int) -> list[tuple[str, str]]:
    """`(word, language)` of the words that begin so, those of the most frequent stems first."""
    statement = text(
        f"SELECT word, language FROM {_WORDS} WHERE word >= :low AND word < :high "  # noqa: S608 - constant
        "ORDER BY passages DESC, word LIMIT :n"
    )
    found = connection.execute(statement, {"low": prefix, "high": prefix + "\U0010ffff", "n": limit})
    return [(word, language) for word, language in found]


def words_like(connection: Connection, word: str, slack: int, *, same_letter: bool) -> list[tuple[str, str, int]]:
    """`(word, language, passages)` of the words nearly as long, beginning with the same letter or not: where a misspelt
    word's likes are sought."""
    between = "word >= :first AND word < :next AND " if same_letter else ""
    statement = text(
        f"SELECT word, language, passages FROM {_WORDS} WHERE {between}length(word) BETWEEN :low AND :high"  # noqa: S608
    )
    values = {"low": len(word) - slack, "high": len(word) + slack}
    if same_letter:
        values |= {"first": word[0], "next": chr(ord(word[0]) + 1)}  # type: ignore[dict-item]
    return [(w, lang, n) for w, lang, n in connection.execute(statement, values)]


def indexed_passages(connection: Connection) -> int:
    """How many passages the index holds."""
    return int(connection.execute(text("SELECT coalesce(sum(passages), 0) FROM search_documents")).scalar_one())


def languages(connection: Connection) -> list[str]:
    """Languages of indexed passages."""
    statement = text("SELECT name FROM search_state WHERE name LIKE 'language %' ORDER BY name")
    return [name.partition(" ")[2] for name in connection.execute(statement).scalars()]


def _counts(connection: Connection, statement: str, names: Sequence[str]) -> dict[str, int]:
    if not names:
        return {}
    bound = text(statement).bindparams(bindparam("names", expanding=True))
    rows = connection.execute(bound, {"names": list(dict.fromkeys(names))})
    return {row[0]: row[1] for row in rows}
