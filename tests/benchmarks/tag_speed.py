"""Passages a second of the rule taggers on one core, and what each tagger costs.

    python tests/benchmarks/tag_speed.py [LABELS.jsonl] [--count 1000]

Measured in processor time after loading, each passage new to the caches. Without a file of passages, passages of 91
words are composed from the official titles of the targets.
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import cycle, islice
from pathlib import Path

from pipeline.stages.tag import RULES, TAGGERS, TagContext, TagOptions, tag_passages
from pipeline.stages.tag.lexicon import forget_rules
from pipeline.taxonomy import load_taxonomy
from pipeline.types import Passage

WORDS = 91


def composed(count: int) -> list[str]:
    titles = [c.title(lang) for lang in ("en", "fr", "es") for c in load_taxonomy().schemes["sdg_target"].values()]
    words = cycle(" ".join(titles).split())
    return [" ".join(islice(words, WORDS)) for _ in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", nargs="?", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    given = parser.parse_args()
    if given.labels:
        with given.labels.open(encoding="utf-8") as file:
            texts = [json.loads(line)["text"] for line in islice(file, given.count)]
    else:
        texts = composed(given.count)
    passages = [
        Passage(id=str(n), document="d", n=n, kind="paragraph", text=text, page=1) for n, text in enumerate(texts)
    ]
    context, options = TagContext(), TagOptions(profile="rules")
    started = time.perf_counter()
    tag_passages(passages, context, options)
    print(f"first pass, with loading: {time.perf_counter() - started:.2f} s for {len(passages)} passages")
    best = 0.0
    for _ in range(3):
        forget_rules()
        started = time.process_time()
        tag_passages(passages, context, options)
        best = max(best, len(passages) / (time.process_time() - started))
    print(f"all rules: {best:.0f} passages a second")
    forget_rules()
    for name in RULES:
        started = time.process_time()
        TAGGERS[name](passages, context)
        print(f"  {name}: {1e6 * (time.process_time() - started) / len(passages):.0f} microseconds a passage")


if __name__ == "__main__":
    main()
