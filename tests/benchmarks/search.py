"""Search at scale: build an index of many passages made by varying real ones, and time what people ask of it.

python tests/benchmarks/search.py [--passages 300000] [--postgres] [--keep DIR]

The passages are made at run time from ../shared/labels (nothing of it is stored): words are exchanged for others of the
same file, figures changed, sentences mixed. Prints one JSON object: passages/s of the index, p50/p95 of `find`,
seconds of the borrowed-text search of one profile.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import Boolean, text  # noqa: E402

from pipeline.search.citations import borrowed_from  # noqa: E402
from pipeline.search.find import find  # noqa: E402
from pipeline.store import Store, schema  # noqa: E402
from pipeline.store.engine import reading, writing  # noqa: E402
from pipeline.store.filters import Filter  # noqa: E402
from pipeline.store.fulltext import refresh  # noqa: E402
from pipeline.types import DocumentFacts, Extraction, Passage, Span, Tag  # noqa: E402
from tests.postgres import server  # noqa: E402

QUERIES = (
    "health coverage of migrants", "santé des migrants", "acceso de migrantes a la salud", "remittance costs",
    "access to education for migrant children", "trafficking in persons", "recruitment fees", "labour migration",
    "birth registration", "gender equality", "disaster displacement", "\"migration policy\"", "migra*",
    "border management training", "tecnología para los registros", "données ventilées", "climate change adaptation",
    "how have others reported health coverage of migrants?", "diaspora investment", "youth unemployment",
    "human rights", "sustainable development", "national strategy", "work permit", "social protection migrant workers",
    "migrnt helth", "statelessness", "return and reintegration", "capacity building support needed", "water sanitation",
    "corruption NEAR/5 public", "الهجرة", "skills recognition", "visa", "refugees access to work", "government",
)  # fmt: skip
COUNTRIES = ("LSO", "KWT", "TLS", "DOM", "KHM", "NAM", "SEN", "TGO", "PHL", "COL", "MAR", "EGY")
PER_DOCUMENT = 300


def varied(count: int, seed: int = 7) -> Iterator[tuple[str, dict[str, object]]]:
    """Texts with the labels of the passages that they were made from."""
    folder = ROOT.parent / "shared" / "labels"
    rows = [
        json.loads(line)
        for name in ("real_train.jsonl", "synthetic_train.jsonl")
        for line in (folder / name).read_text(encoding="utf-8").splitlines()
    ]
    rng = random.Random(seed)
    pool: dict[str, list[str]] = {}
    for row in rows:
        pool.setdefault(row["language"], []).extend(re.findall(r"[^\W\d_]{4,}", row["text"]))
    for _ in range(count):
        row = rng.choice(rows)
        other = rng.choice(rows)
        text = row["text"][:900]
        if other["language"] == row["language"] and rng.random() < 0.3:
            text = text[: len(text) // 2].rsplit(" ", 1)[0] + " " + other["text"][:200]
        words = text.split(" ")
        for _ in range(max(1, len(words) // 6)):
            words[rng.randrange(len(words))] = rng.choice(pool[row["language"]])
        yield re.sub(r"\d", lambda _: str(rng.randrange(10)), " ".join(words)), row


def documents(count: int) -> Iterator[Extraction]:
    rng = random.Random(11)
    made = varied(count)
    for d in range((count + PER_DOCUMENT - 1) // PER_DOCUMENT):
        document = hashlib.sha256(f"document {d}".encode()).hexdigest()[:16]
        passages, tags = [], []
        for n in range(min(PER_DOCUMENT, count - d * PER_DOCUMENT)):
            text, row = next(made)
            key = hashlib.sha256(f"{document}{n}".encode()).hexdigest()[:16]
            passages.append(
                Passage(id=key, document=document, n=n, kind="paragraph", text=text, page=1 + n // 6,
                        page_label=str(n // 6), headings=("Goal 10", "Migration"), language=str(row["language"]))
            )  # fmt: skip
            evidence = (Span(0, 4),)
            tags.append(
                (
                    *(Tag(scheme="sdg_target", code=c, score=0.9, by="b", evidence=evidence) for c in row["targets"]),
                    *(Tag(scheme="sdg_goal", code=c, score=0.9, by="b", evidence=evidence) for c in row["goals"]),
                    *(Tag(scheme="category", code=c, score=0.9, by="b", evidence=evidence) for c in row["categories"]),
                )
            )
        facts = DocumentFacts(
            id=document, path=f"made/{d}.pdf", title=f"Document {d}", kind=rng.choice(("vnr", "vnr", "mgi")),
            country=rng.choice(COUNTRIES), year=rng.randrange(2016, 2026), language=passages[0].language,
        )  # fmt: skip
        yield Extraction(facts=facts, status="read", passages=tuple(passages), tags=tuple(tags))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, default=300_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder of the SQLite file, used again if it is there")
    options = parser.parse_args()
    if options.postgres:
        with server() as address, Store.open(f"{address}postgres") as store:
            if options.keep and (options.keep / "mgi.sqlite").is_file():
                copied(options.keep / "mgi.sqlite", store)
            print(json.dumps(measure(store, options.passages)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        with Store.open(f"sqlite:///{folder / 'mgi.sqlite'}") as store:
            print(json.dumps(measure(store, options.passages)))


def copied(file: Path, store: Store) -> None:
    """The tables that search reads, from a SQLite benchmark: saves making the passages a second time."""
    source = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    with writing(store.engine) as connection:
        cursor = connection.connection.cursor()
        for table in (schema.documents, schema.passages, schema.labels):
            names = ", ".join(c.name for c in table.columns)
            booleans = [n for n, c in enumerate(table.columns) if isinstance(c.type, Boolean)]
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in source.execute(f"SELECT {names} FROM {table.name}"):
                    copy.write_row([bool(v) if n in booleans else v for n, v in enumerate(row)])
        connection.execute(text("INSERT INTO search_stale SELECT id FROM documents ON CONFLICT DO NOTHING"))
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def spent(store: Store) -> Callable[[], float]:
    """Seconds of processor time so far: of this process and, on Linux, of PostgreSQL's processes that serve it."""
    if store.engine.dialect.name == "sqlite":
        return time.process_time
    with reading(store.engine) as connection:
        serving = connection.execute(text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"))
        files = [Path(f"/proc/{pid}/schedstat") for pid in serving.scalars()]
    return lambda: time.process_time() + sum(int(f.read_text().split()[0]) for f in files if f.is_file()) / 1e9


def measure(store: Store, count: int) -> dict[str, object]:
    figures: dict[str, object] = {"passages": count, "database": store.engine.dialect.name}
    if not store.documents():
        began = time.perf_counter()
        for extraction in documents(count):
            store.save(extraction)
        figures["saved_per_second"] = round(count / (time.perf_counter() - began))
    now = spent(store)
    began, cpu, own = time.perf_counter(), now(), time.process_time()
    indexed = refresh(store.engine)
    if indexed:
        figures["indexed_per_second"] = round(indexed / (time.perf_counter() - began))
        figures["indexed_per_cpu_second"] = round(indexed / (now() - cpu))
        figures["indexed_per_own_cpu_second"] = round(indexed / (time.process_time() - own))
    for name, queries in (("find", QUERIES), ("find_with_filters", QUERIES)):
        times, cpus = [], []
        for query in queries * 3:
            wanted = Filter(country="LSO", years=(2018, 2023)) if name != "find" else None
            began, cpu = time.perf_counter(), now()
            find(store, query, wanted)
            times.append(1000 * (time.perf_counter() - began))
            cpus.append(1000 * (now() - cpu))
        figures[f"{name}_ms"] = {
            "p50": round(statistics.median(times)),
            "p95": round(statistics.quantiles(times, n=20)[-1]),
            "worst": round(max(times)),
        }
        figures[f"{name}_cpu_ms"] = {
            "p50": round(statistics.median(cpus)),
            "p95": round(statistics.quantiles(cpus, n=20)[-1]),
        }
    # a profile that the passages were not made from: else each passage would have dozens of copies to be aligned
    truth = ROOT / "corpus" / "samples" / "truth" / "saldora_mgi_2019.json"
    rows = json.loads(truth.read_text(encoding="utf-8"))["passages"]
    profile = [(f"profile {n}", row["text"]) for n, row in enumerate(rows)]
    began, cpu = time.perf_counter(), time.process_time()
    with reading(store.engine) as connection:
        borrowed, seen = borrowed_from(connection, profile, [d.facts.id for d in store.documents()])
    figures["borrowed"] = {
        "passages": seen,
        "profile_passages": len(profile),
        "found": len(borrowed),
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
    }
    return figures


if __name__ == "__main__":
    main()
