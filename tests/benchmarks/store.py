"""Figures of the store, the workbook and the way back: `python -m tests.benchmarks.store [--passages 20000]`.

Prints wall-clock seconds (CPU seconds of this process in brackets), so that a busy machine shows. With
MGI_DATABASE_URL it measures that (empty) database instead of SQLite.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl

from pipeline.backup import back_up, restore
from pipeline.errors import Conflict
from pipeline.review import apply_plan, plan_import, read_incoming
from pipeline.run.dataset import dataset_of
from pipeline.stages.export import EXPORTERS
from pipeline.store import Filter, Store
from pipeline.store.filters import Order
from pipeline.workspace import Workspace
from tests.made import extraction, review, texts

LISTS: tuple[tuple[str, Filter, Order, float], ...] = (
    ("all, first page", Filter(), "document", 0.0),
    ("all, middle", Filter(), "document", 0.5),
    ("all, last page", Filter(), "document", 1.0),
    ("target 10.7", Filter(target="10.7"), "document", 0.5),
    ("category gap, proposed", Filter(category="gap", status="proposed"), "document", 0.5),
    ("country, years", Filter(country="LSO", years=(2019, 2022)), "document", 0.9),
    ("no category", Filter(category="none"), "document", 0.5),
    ("words in the text", Filter(text="diaspora takes part"), "document", 0.5),
    ("score 0.5 to 0.7", Filter(min_score=0.5, max_score=0.7), "score", 0.5),
    ("unsure first", Filter(status="proposed"), "unsure", 0.0),
    ("last decided", Filter(), "recent", 0.0),
)


@contextmanager
def timed(what: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    print(f"{what:52} {time.perf_counter() - wall:8.2f} s  ({time.process_time() - cpu:.2f} s CPU)", flush=True)


def percentiles(what: str, action: Callable[[], object], times: int) -> None:
    action()  # warm
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append(1000 * (time.perf_counter() - start))
    cuts = statistics.quantiles(taken, n=20, method="inclusive")
    print(f"{what:52} p50 {cuts[9]:7.1f} ms  p95 {cuts[18]:7.1f} ms", flush=True)


def lists(store: Store, count: int) -> None:
    for name, wanted, order, place in LISTS:
        found = store.count(wanted)
        offset = int(place * max(0, found - 50))

        def page(wanted: Filter = wanted, order: Order = order, offset: int = offset) -> None:
            store.count(wanted)
            store.labelled(wanted, order=order, limit=50, offset=offset)

        percentiles(f"list of 50 of {found:,}: {name}", page, 30)
    percentiles("documents with progress", lambda: (store.documents(), store.progress()), 20)
    keys = itertools.cycle([one.passage.id for one in store.labelled(limit=200, offset=count // 2)])
    percentiles("one passage with its decisions", lambda: (store.get(key := next(keys)), store.reviews(key)), 200)


def many_reviewers(store: Store, people: int, seconds: float) -> None:
    """All decide on the same passages at once: whatever was acknowledged must be there."""
    passages = [one.passage for one in store.labelled(limit=500)]
    acknowledged: list[int] = []
    conflicts, errors, taken = [0], [], []
    stop = time.monotonic() + seconds

    def work(number: int) -> None:
        for one in itertools.cycle(passages[number:] + passages[:number]):
            if time.monotonic() > stop:
                return
            said = store.reviews(one.id)
            start = time.perf_counter()
            try:
                seen = {one.id: said[-1].id if said else None}
                acknowledged.extend(store.add_reviews([review(one, reviewer=f"r{number}")], expected=seen))
                taken.append(1000 * (time.perf_counter() - start))
            except Conflict:
                conflicts[0] += 1
            except Exception as error:
                errors.append(repr(error))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    there = {one.id for one in store.reviews()}
    lost = [key for key in acknowledged if key not in there]
    cuts = statistics.quantiles(taken, n=20, method="inclusive")
    print(
        f"{people} reviewers at once for {seconds:g} s: {len(acknowledged):,} decisions, {len(lost)} lost, "
        f"{conflicts[0]} conflicts, {len(errors)} errors {errors[:1]}; p50 {cuts[9]:.1f} ms, p95 {cuts[18]:.1f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--reviewers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--folder", type=Path, help="Where to work; else a temporary folder.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder, ignore_cleanup_errors=True) as name:
        measure(Path(name), options.passages, options.reviewers, options.seconds)


def measure(folder: Path, count: int, people: int, seconds: float) -> None:
    each = 1000
    with Workspace.open(folder / "w", create=True) as workspace:
        store = workspace.store
        print(f"{store.engine.dialect.name}, {count:,} passages")
        countries = itertools.cycle(("LSO", "KWT", "DOM", "TLS"))
        made = [
            extraction(f"doc{n}", texts(each), country=next(countries), year=2016 + n % 9, title=f"Report {n}")
            for n in range(count // each)
        ]
        with timed(f"save {len(made)} documents of {each:,} passages"):
            for one in made:
                store.save(one)
        lists(store, count)
        many_reviewers(store, people, seconds)
        dataset = dataset_of(workspace)
        for form in ("xlsx", "csv", "jsonl", "parquet", "labelstudio"):
            with timed(f"export {form}"):
                (first, *_) = EXPORTERS[form](dataset, workspace.dataset)
            print(f"{'':52} {first.stat().st_size / 1e6:8.1f} MB")
        book = workspace.dataset / "dataset.xlsx"
        with timed("import the unedited workbook (dry run)"):
            plan = plan_import(read_incoming(book), store, reviewer="ana")
        print(f"{'':52} {plan.rows:,} rows, {len(plan.changes)} changes, {plan.faults.count} faults")
        if count <= 50_000:
            accepted = folder / "accepted.xlsx"
            loaded = openpyxl.load_workbook(book)
            sheet = loaded["Passages"]
            column = next(cell.column for cell in sheet[1] if cell.value == "status")
            for row in range(2, sheet.max_row + 1):
                if sheet.cell(row, column).value == "proposed":
                    sheet.cell(row, column).value = "accepted"
            loaded.save(accepted)
            with timed("import a workbook with every passage accepted"):
                plan = plan_import(read_incoming(accepted), store, reviewer="ana")
                apply_plan(plan, store)
            print(f"{'':52} {len(plan.changes):,} decisions taken over")
        with timed("save one document again, with its decisions"):
            store.save(made[0])
        with timed("backup"):
            kept = back_up(workspace, folder / "backup.zip")
        print(f"{'':52} {kept.size / 1e6:8.1f} MB")
        if store.engine.dialect.name == "sqlite":
            with timed("restore"):
                restore(folder / "backup.zip", folder / "again")


if __name__ == "__main__":
    main()
