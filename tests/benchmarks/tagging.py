"""How many passages a second one core tags, by profile: `python -m tests.benchmarks.tagging FILE.jsonl`.

FILE holds JSON lines with a text. Loading is timed apart; each profile is warmed up with 16 passages; what is
remembered of passages is then dropped, so that no profile profits from the one before.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import json
import sys
import time
from pathlib import Path

from pipeline.stages.tag import TagContext, TagOptions, tag_passages
from pipeline.stages.tag.lexicon import forget_rules
from pipeline.stages.tag.linear import weighed
from pipeline.stages.tag.model import load_model
from pipeline.types import Passage


def main(file: Path, most: int = 400) -> None:
    texts = [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines()[:most]]
    passages = [
        Passage(id=str(n), document="d", n=n, kind="paragraph", text=text, page=1) for n, text in enumerate(texts)
    ]
    for profile in ("full", "fast", "rules"):
        started = time.perf_counter()
        load_model(profile)  # type: ignore[arg-type]
        loading = time.perf_counter() - started
        options = TagOptions(profile=profile)  # type: ignore[arg-type]
        tag_passages(passages[:16], TagContext(), options)
        forget_rules()
        weighed.cache_clear()
        started, cpu = time.perf_counter(), time.process_time()
        for first in range(0, len(passages), 64):
            tag_passages(passages[first : first + 64], TagContext(), options)
        wall, used = time.perf_counter() - started, time.process_time() - cpu
        print(
            f"{profile:6} loading {loading:.2f} s, {len(passages) / wall:.0f} passages/s by the clock, "
            f"{len(passages) / used:.0f} a second of processor time"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
