"""The index of PostgreSQL: passages as `tsvector`, with tokens that spare it the reading of rows.

PostgreSQL ranks a passage, and checks whether words stand in a row, by reading the passage's vector: of a word or a
phrase of words that tens of thousands of passages hold, that is most of the time. Two kinds of tokens narrow these
down in the index itself: levels (a passage that holds the word often for its length) and pairs (two frequent words
side by side).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
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


@dataclass(frozen=True, slots=True)
class Indexed:
    """One passage as it is indexed."""

    passage: str
    document: str
    stems: Sequence[str]
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


def level_tokens(stems: Sequence[str]) -> list[str]:
    """The tokens of the stems that stand often for the passage's length, in the order of the text.

    >>> level_tokens(["law"] * 3 + ["migrant"] * 2 + [f"other{n}" for n in range(40)])
    ['zq1law', 'zq2law', 'zq1migrant']
    """
    size = len(stems)
    if size < SHORTEST:
        return []
    norm = 1.2 * (0.4 + 0.6 * size / 60)
    least = [level / (1 - level) * norm for level in LEVELS]
    if least[0] > 1 and len(set(stems)) == size:
        return []
    return [
        level_token(stem, level)
        for stem, n in Counter(stems).items()
        if n >= least[0]
        for level in (1, 2)
        if n >= least[level - 1]
    ]


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
                *level_tokens(m.stems),
                *pair_tokens(m.stems, frequent),
            )
        )

    return vector
