"""Where the work is done: local worker processes that may die, or an existing Dask cluster. One interface for both."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, TimeoutError, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.config import RunOptions
from pipeline.errors import ConfigError, LimitExceeded, PipelineError, ReadError
from pipeline.run.extract import MEMORY_HINT, Job, extract, refused
from pipeline.types import Extraction

Submit = Callable[[Job], "Future[Extraction]"]


@contextmanager
def local_workers(options: RunOptions) -> Iterator[tuple[Submit, int]]:
    """Worker processes on this machine: a worker that dies or hangs costs its document only."""
    from pebble import ProcessPool  # noqa: PLC0415  multiprocessing machinery that `mgi --help` need not load

    workers = options.jobs or os.cpu_count() or 1
    pool: Any = ProcessPool(
        max_workers=workers,
        initializer=_limit_memory,
        initargs=(options.memory_mb,),
        context=multiprocessing.get_context("spawn"),
    )

    def submit(job: Job) -> Future[Extraction]:
        future: Future[Extraction] = pool.schedule(extract, args=(job,), timeout=options.timeout_seconds)
        return future

    try:
        yield submit, workers
        pool.close()
    except BaseException:
        pool.stop()
        raise
    finally:
        pool.join()


def _limit_memory(megabytes: int) -> None:
    if sys.platform == "linux":
        import resource  # noqa: PLC0415  does not exist on Windows

        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))


@contextmanager
def dask_workers(address: str) -> Iterator[tuple[Submit, int]]:
    """The workers of a running Dask scheduler; they need this package installed, and get the documents' bytes."""
    try:
        import distributed  # noqa: PLC0415  an optional dependency
    except ImportError as error:
        raise ConfigError("--scheduler needs Dask.", hint="Install it: pip install 'mgi-vnr[cluster]'.") from error
    connect: Any = distributed.Client  # Dask carries no types
    try:
        client = connect(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConfigError(f"No Dask scheduler answers at {address}.", hint="Check the address and port.") from error
    with client:
        workers = sum(client.nthreads().values())
        if not workers:
            raise ConfigError(f"The Dask scheduler at {address} has no workers.", hint="Start some: dask worker.")
        executor = client.get_executor(pure=False, retries=1)

        def submit(job: Job) -> Future[Extraction]:
            data = None if job.known else Path(job.path).read_bytes()
            future: Future[Extraction] = executor.submit(extract, replace(job, data=data))
            return future

        yield submit, workers


def workers_for(scheduler: str | None, options: RunOptions) -> AbstractContextManager[tuple[Submit, int]]:
    return dask_workers(scheduler) if scheduler else local_workers(options)


def extract_all(jobs: Iterable[Job], submit: Submit, workers: int) -> Iterator[Extraction]:
    """Extractions in the order in which they are done; at most two jobs per worker are under way."""
    waiting = iter(jobs)
    running: dict[Future[Extraction], Job] = {}
    exhausted = False
    while running or not exhausted:
        while not exhausted and len(running) < 2 * workers:
            job = next(waiting, None)
            if job is None:
                exhausted = True
            else:
                running[submit(job)] = job
        if running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield _result(future, running.pop(future))


def _result(future: Future[Extraction], job: Job) -> Extraction:
    try:
        return future.result()
    except TimeoutError:
        return refused(job, "read", LimitExceeded("It takes too long.", hint="Raise run.timeout_seconds or split it."))
    except MemoryError:
        return refused(job, "read", LimitExceeded("It needs more memory than allowed.", hint=MEMORY_HINT))
    except PipelineError:
        raise
    except (CancelledError, Exception) as error:
        # pebble: ProcessExpired; Dask: KilledWorker. The worker is gone, the run is not.
        message = f"The worker that read it died ({type(error).__name__})."
        return refused(job, "read", ReadError(message, hint="The file may be damaged or hostile; please report it."))
