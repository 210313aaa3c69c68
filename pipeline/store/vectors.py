"""Tokens that spare the databases the reading of rows, and the index of PostgreSQL: passages as `tsvector`.

To rank a passage a database reads its row or its length: of a word that tens of thousands of passages hold, that is
most of the time. Two kinds of tokens narrow these down in the index itself: levels (a passage that holds the word often
for its length) and, on PostgreSQL, which also reads the row to see whether words stand side by side, pairs of frequent
words.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from operator import add
from typing import Final

from sqlalchemy import Connection, text

from pipeline.store.concepts import stopwords
from pipeline.words import raw_words, written_stems

LEVELS: Final = (0.6, 0.72)
"""A stem that counts for so much of 1 by BM25 (k1 1.2, b 0.6, 60 words) has a token of that level, too."""
SHORTEST: Final = 6  # words of a passage that has levels: a shorter one is a label
SAMPLE: Final = 3_000
FREQUENT: Final = 0.02  # share of the sample that holds a stem whose pairs are kept
MOST_FREQUENT: Final = 400
_LONGEST: Final = 12_000  # words with a place; places end at 16383
_PLACES: Final = tuple(f":{n}A" for n in range(1, _LONGEST + 1))
_CONCEPT_PLACES: Final = tuple(f":{n}C" for n in range(14_000, 16_000))
_LINES: Final = 200
_TOGETHER: Final = 1_500


@dataclass(slots=True)  # not frozen: made a hundred thousand times
class Indexed:
    """One passage as it is indexed; `counted`: how often each stem stands there."""

    passage: str
    document: str
    stems: Sequence[str]
    counted: Mapping[str, int]
    headings: tuple[str, ...]
    concepts: Sequence[str]
    codes: Sequence[str]


def level_token(stem: str, level: int) -> str:
    """Passages that hold the stem often for their length; level 2 more so than level 1.

    >>> level_token("govern", 2)
    'zq2govern'
    """
    return f"zq{level}{stem}"


def pair_token(first: str, second: str) -> str:
    return f"zqp{first}_{second}"


def level_tokens(counted: Mapping[str, int], size: int) -> list[str]:
    """The tokens of the stems that stand often among the passage's `size` words.

    >>> level_tokens({"law": 3, "migrant": 2} | {f"other{n}": 1 for n in range(40)}, 45)
    ['zq1law', 'zq2law', 'zq1migrant']
    """
    if size < SHORTEST:
        return []
    norm = 1.2 * (0.4 + 0.6 * size / 60)
    least, more = (level / (1 - level) * norm for level in LEVELS)
    if least > 1 and len(counted) == size:
        return []
    often = [(stem, n >= more) for stem, n in counted.items() if n >= least]
    return [level_token(stem, level) for stem, twice in often for level in ((1, 2) if twice else (1,))]


def pair_tokens(stems: Sequence[str], frequent: frozenset[str]) -> list[str]:
    """One token for each two neighbours that are both frequent.

    >>> pair_tokens(["nation", "migrat", "polici", "of"], frozenset({"migrat", "polici", "nation"}))
    ['zqpnation_migrat', 'zqpmigrat_polici']
    """
    if not frequent:
        return []
    return [pair_token(a, b) for a, b in pairwise(stems) if a in frequent and b in frequent]


def choose_frequent(connection: Connection) -> None:
    """Keep, beside an index that is still empty, the stems whose pairs it will hold: judged by some of the passages."""
    rows = connection.execute(  # ids are hashes: the first are any
        text(
            "SELECT p.text, coalesce(p.language, d.language) AS language FROM passages p "
            "JOIN documents d ON d.id = p.document WHERE p.live ORDER BY p.id LIMIT :n"
        ),
        {"n": SAMPLE},
    ).all()
    counted: Counter[str] = Counter()
    for row in rows:
        counted.update({written_stems(row.language)[w] for w in raw_words(row.text)})
    small = stopwords()
    often = [s for s, n in counted.most_common() if n >= FREQUENT * len(rows) and len(s) > 3 and s not in small]
    connection.execute(
        text(
            "INSERT INTO search_state (name, value) VALUES ('frequent', :v) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        ),
        {"v": json.dumps(often[:MOST_FREQUENT])},
    )


def frequent_stems(connection: Connection) -> frozenset[str]:
    """The stems whose pairs the index holds; none where it grew from little."""
    kept = connection.execute(text("SELECT value FROM search_state WHERE name = 'frequent'")).scalar()
    return _parsed(kept or "[]")


@lru_cache(maxsize=8)
def _parsed(kept: str) -> frozenset[str]:
    return frozenset(json.loads(kept))


def insert_passages(connection: Connection, made: Iterable[Indexed]) -> None:
    """Into SQLite's index, some thousand at a time. The database works on those made before, in one statement, which
    leaves the interpreter free to make the next."""
    key = int(connection.execute(text("SELECT coalesce(max(key), 0) FROM search_passages")).scalar_one())
    connection.exec_driver_sql(
        "CREATE TEMP TABLE IF NOT EXISTS search_new (key INTEGER PRIMARY KEY, passage, document, stems, headings, "
        "concepts, codes)"
    )

    def add() -> None:
        connection.exec_driver_sql("INSERT INTO search_passages SELECT key, passage, document FROM search_new")
        connection.exec_driver_sql(
            "INSERT INTO passages_fts (rowid, stems, headings, concepts, codes) "
            "SELECT key, stems, headings, concepts, codes FROM search_new"
        )
        connection.exec_driver_sql("DELETE FROM search_new")

    rows = (
        (
            m.passage,
            m.document,
            " ".join(m.stems),
            " ".join(m.headings),
            " ".join(m.concepts),
            " ".join((*m.codes, *level_tokens(m.counted, len(m.stems)))),
        )
        for m in made
    )
    numbered = ((n, *row) for n, row in enumerate(rows, start=key + 1))
    with ThreadPoolExecutor(1) as beside:
        adding: Future[None] | None = None
        while chunk := list(islice(numbered, _TOGETHER)):
            if adding:
                adding.result()
            connection.exec_driver_sql("INSERT INTO search_new VALUES (?, ?, ?, ?, ?, ?, ?)", chunk)
            adding = beside.submit(add)
        if adding:
            adding.result()


def copy_passages(connection: Connection, made: Iterable[Indexed]) -> None:
    """Send the passages while they are made, so that the server works at the same time."""
    vector = _vectors(frequent_stems(connection))
    cursor = connection.connection.cursor()
    with cursor.copy("COPY search_passages (passage, document, found) FROM STDIN") as copy:
        rows = iter(made)
        while lines := [f"{m.passage}\t{m.document}\t{vector(m)}\n" for m in islice(rows, _LINES)]:
            copy.write("".join(lines))


def _vectors(frequent: frozenset[str]) -> Callable[[Indexed], str]:
    """Passage -> its vector in PostgreSQL's own notation. Stems are letters and digits, so that nothing needs quotes;
    the server puts the places of a stem together. Weight A the text, B headings, C concepts; other tokens have no
    place."""

    @lru_cache(maxsize=2_000)
    def above(headings: tuple[str, ...]) -> str:
        places = (f"{s}:{n}B" for n, s in enumerate(headings[:1000], start=13_000))
        return " ".join((*places, *pair_tokens(headings, frequent)))

    def vector(m: Indexed) -> str:
        return " ".join(
            (
                *map(add, m.stems, _PLACES),
                above(m.headings),
                *map(add, m.concepts, _CONCEPT_PLACES),
                *m.codes,
                *level_tokens(m.counted, len(m.stems)),
                *pair_tokens(m.stems, frequent),
            )
        )

    return vector
