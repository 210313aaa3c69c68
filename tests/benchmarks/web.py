"""How fast and how safe the review pages are: `python -m tests.benchmarks.web [--seconds 120] [--passages 20000]`.

Prints JSON lines: latencies over HTTP (wrk where it is installed, else httpx in a process of its own), twenty reviewers
at once with every acknowledged decision counted, and a server killed in the middle of a thousand decisions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import httpx

from pipeline.config import load_config
from pipeline.run.extract import Job, document_id, extract
from pipeline.stages.facts import Given
from pipeline.store import Filter
from pipeline.types import Extraction
from pipeline.workspace import Workspace
from tests.web_site import SAMPLE, Served, served

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def fill(root: Path, number: int) -> None:
    """`number` passages: the sample profile again and again, each time as another document of another year."""
    data = SAMPLE.read_bytes()
    job = Job(path=str(SAMPLE), document=document_id(data), given=Given(country="LSO"), config=load_config(), data=data)
    sample = extract(job)
    with Workspace.open(root, create=True) as workspace:
        for copy in range(-(-number // len(sample.passages))):
            varied = _copy(sample, copy)
            workspace.store.save(varied)
            (workspace.sources / f"{varied.facts.id}.pdf").symlink_to(SAMPLE)


def _copy(sample: Extraction, copy: int) -> Extraction:
    identity = f"{copy:08x}{sample.facts.id[8:]}"
    passages = tuple(
        replace(p, id=f"{copy:06x}{p.n:04x}{p.id[10:]}", document=identity, text=f"{p.text[:-1]} ({copy}).")
        for p in sample.passages
    )
    scored = tuple(
        tuple(replace(t, score=max(0.05, min(0.99, t.score - (copy * 7 + n) % 40 / 100))) for t in tags)
        for n, tags in enumerate(sample.tags)
    )
    facts = replace(sample.facts, id=identity, title=f"{sample.facts.title} {copy}", year=2000 + copy % 25)
    return replace(sample, facts=facts, passages=passages, tags=scored)


def ask(address: str, paths: Sequence[str], seconds: float, cookie: str, connections: int) -> dict[str, float | int]:
    """Latencies of these addresses in turn, in milliseconds."""
    wrk = shutil.which("wrk")
    if wrk is None:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.apply(_ask_with_httpx, (address, list(paths), seconds, cookie))
    script = f"""
local paths = {{{", ".join(json.dumps(path) for path in paths)}}}
local at = 0
wrk.headers["Cookie"] = {json.dumps(cookie)}
request = function() at = at % #paths + 1; return wrk.format("GET", paths[at]) end
done = function(summary, latency)
  io.write(string.format("RESULT %d %d %.2f %.2f %.2f\\n", summary.requests,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency.max / 1000))
end
"""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = [wrk, "-t1", f"-c{connections}", f"-d{int(seconds)}s", "-s", file.name, address]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    number, errors, p50, p95, most = re.search(r"RESULT (\S+) (\S+) (\S+) (\S+) (\S+)", said).groups()  # type: ignore[union-attr]
    return {"requests": int(number), "errors": int(errors), "p50": float(p50), "p95": float(p95), "max": float(most)}


def _ask_with_httpx(address: str, paths: list[str], seconds: float, cookie: str) -> dict[str, float | int]:
    times, errors = [], 0
    with httpx.Client(base_url=address, headers={"Cookie": cookie}) as client:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            started = time.perf_counter()
            answer = client.get(paths[len(times) % len(paths)])
            times.append(1000 * (time.perf_counter() - started))
            errors += answer.status_code != 200
    cuts = statistics.quantiles(times, n=100)
    return {"requests": len(times), "errors": errors, "p50": cuts[49], "p95": cuts[94], "max": max(times)}


def latencies(running: Served, seconds: float) -> None:
    with httpx.Client(base_url=running.address) as client:
        client.get("/")
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        with Workspace.open(running.root) as workspace:
            found = workspace.store.labelled(order="unsure", limit=2000)[::100]
            documents = [d.facts.id for d in workspace.store.documents()][:5]
        for one in found:
            client.get(f"/documents/{one.passage.document}/pages/{one.passage.page}.webp?w=1100").raise_for_status()
    lists = [
        "/passages",
        "/passages?page=200",
        "/passages?category=gap",
        "/passages?target=8.8&status=proposed&order=score",
        "/passages?text=recruitment",
        "/passages?min_score=0.8&order=document",
        *(f"/passages?document={identity}&order=document" for identity in documents),
    ]
    passages = [f"/passages/{one.passage.id}" for one in found]
    pictures = [f"/documents/{one.passage.document}/pages/{one.passage.page}.webp?w=1100" for one in found]
    both = [address for pair in zip(passages, pictures, strict=True) for address in pair]
    for name, paths in (("list", lists), ("documents", ["/"]), ("passage", passages), ("passage and image", both)):
        for connections in (1, 4):
            result = ask(running.address, paths, seconds, cookie, connections)
            print(json.dumps({"page": name, "connections": connections, "ms": result}), flush=True)


def fields(page: str, verdict: str) -> dict[str, str | list[str]]:
    """What a browser would send for the passage's form as it is shown."""
    chosen: dict[str, str | list[str]] = {"verdict": verdict}
    for name in ("csrf", "seen", "sdg_target", "gcm"):
        found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
        chosen[name] = found[1] if found else ""
    for name in ("category", "action_status", "support_type"):
        chosen[name] = re.findall(rf'name="{name}" value="([^"]+)" checked', page)
    domain = re.search(r'<option value="([^"]+)" selected', page[page.find('id="mgi_domain"') :])
    chosen["mgi_domain"] = domain[1] if domain else ""
    return chosen


async def _reviewer(address: str, name: str, end: float, counts: Counter[str], times: list[float]) -> None:
    async with httpx.AsyncClient(base_url=address, timeout=60, headers={"Accept": "text/html"}) as client:
        csrf = re.search(r'name="csrf" value="([^"]+)"', (await client.get("/settings")).text)
        assert csrf is not None
        body = urlencode({"csrf": csrf[1], "reviewer": name})
        await client.post("/settings", content=body, headers=FORM)
        n = 0
        while time.monotonic() < end:
            shown = await client.get("/passages/next", follow_redirects=True)
            if shown.status_code != 200 or 'id="decision"' not in shown.text:
                counts["nothing left" if shown.status_code == 200 else "error"] += 1
                break
            n += 1
            form = fields(shown.text, "reject" if n % 7 == 0 else "accept")
            started = time.perf_counter()
            answer = await client.post(
                f"{shown.url.path}/decide", content=urlencode(form, doseq=True), headers=FORM, follow_redirects=False
            )
            times.append(1000 * (time.perf_counter() - started))
            if answer.status_code == 303:
                counts[name] += 1
            else:
                counts["conflict" if answer.status_code == 409 else "error"] += 1


def _reviewers(address: str, people: int, seconds: float) -> tuple[dict[str, int], list[float]]:
    counts: Counter[str] = Counter()
    times: list[float] = []

    async def everybody() -> None:
        end = time.monotonic() + seconds
        names = [f"Reviewer {n}" for n in range(people)]
        await asyncio.gather(*(_reviewer(address, name, end, counts, times) for name in names))

    asyncio.run(everybody())
    return dict(counts), times


def team(running: Served, people: int, seconds: float) -> dict[str, object]:
    """`people` reviewers decide as fast as they can; every acknowledged decision must be in the store."""
    with Workspace.open(running.root) as workspace:
        before = Counter(r.review.reviewer for r in workspace.store.reviews())
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        counts, times = pool.apply(_reviewers, (running.address, people, seconds))
    acknowledged = {name: number for name, number in counts.items() if name.startswith("Reviewer")}
    with Workspace.open(running.root) as workspace:
        stored = Counter(r.review.reviewer for r in workspace.store.reviews()) - before
    return {
        "reviewers": people,
        "seconds": seconds,
        "acknowledged": sum(acknowledged.values()),
        "lost": sum(max(0, number - stored[name]) for name, number in acknowledged.items()),
        "unasked": sum(max(0, stored[name] - acknowledged.get(name, 0)) for name in stored if name.startswith("Rev")),
        "errors": counts.get("error", 0),
        "conflicts": counts.get("conflict", 0),
        "decide_p95_ms": round(statistics.quantiles(times, n=100)[94], 1),
    }


def killed(root: Path, decisions: int) -> dict[str, object]:
    """Kills the server (SIGKILL) in the middle of `decisions`; every acknowledged one must be in the store after."""
    acknowledged: list[str] = []
    with served(root, "--reviewer", "Ana") as running, httpx.Client(base_url=running.address, timeout=60) as client:
        with Workspace.open(root) as workspace:
            before = len(workspace.store.reviews())
            todo = [f.passage.id for f in workspace.store.labelled(Filter(status="proposed"), limit=decisions)]
        client.get("/")
        csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/settings").text)
        assert csrf is not None
        for n, identity in enumerate(todo):
            if n == decisions // 2:  # the blow falls while decisions are on their way
                threading.Timer(0.02, os.kill, (running.process.pid, signal.SIGKILL)).start()
            form = {"csrf": csrf[1], "verdict": "reject", "seen": "", "note": f"no. {n}"}
            try:
                answer = client.post(f"/passages/{identity}/decide", content=urlencode(form), headers=FORM)
            except httpx.TransportError:
                break
            if answer.status_code == 303:
                acknowledged.append(identity)
    with Workspace.open(root) as workspace:
        kept = {r.passage for r in workspace.store.reviews()[before:]}
    return {"decisions": decisions, "acknowledged": len(acknowledged), "lost": len(set(acknowledged) - kept)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=120, help="of the twenty reviewers")
    parser.add_argument("--load-seconds", type=float, default=10, help="of each page's load")
    parser.add_argument("--keep", type=Path, help="a workspace to use again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = given.keep or Path(folder) / "workspace"
        if not root.is_dir():
            fill(root, given.passages)
        with Workspace.open(root) as workspace:
            print(json.dumps({"passages": workspace.store.count(), "documents": len(workspace.store.documents())}))
        with served(root, "--reviewer", "Ana") as running:
            print(json.dumps({"load of the machine before": os.getloadavg()[0]}), flush=True)
            latencies(running, given.load_seconds)
            print(json.dumps({"load of the machine before": os.getloadavg()[0]}), flush=True)
            print(json.dumps({"team": team(running, 20, given.seconds)}), flush=True)
        print(json.dumps({"kill -9": killed(root, 1000)}), flush=True)


if __name__ == "__main__":
    main()
