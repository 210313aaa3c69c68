"""Fine-tune the encoder and write it as int8 ONNX: `python -m pipeline.training.finetune --help` (extra `encoder`).

1. The vocabulary of an English encoder gets words of other languages, each starting at its translations
   (`--translations`: a JSON object of word -> [[English word, weight], ...]; see `vocabulary.neighbours`).
2. The head's rows of targets, goals and objectives start from their official wording.
3. All schemes are learnt at once; the first layers stay as they are and their output is computed once.

`--start` is a folder of sentence-transformers' all-MiniLM-L6-v2, `--resume` the state of an earlier run.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer

from pipeline.stages.evaluate.gold import GoldPassage, read_gold
from pipeline.taxonomy import load_taxonomy
from pipeline.training.bert import load_bert
from pipeline.training.encoder import (
    EncoderOptions,
    Example,
    Tagger,
    examples,
    export,
    fit,
    remember_lower,
    start_from_wording,
)
from pipeline.training.train import all_labels
from pipeline.training.vocabulary import extend
from pipeline.types import Scheme

log = logging.getLogger(__name__)


def finetune(
    passages: Sequence[GoldPassage],
    start: Path,
    translations: dict[str, list[tuple[str, float]]],
    out: Path,
    options: EncoderOptions,
    *,
    resume: Path | None = None,
) -> Path:
    """Write tokenizer.json, state.pt (to resume), labels.json and encoder.onnx into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    labels = all_labels()
    encoder = load_bert(start, frozen=options.frozen)
    vocabulary = (start / "vocab.txt").read_text(encoding="utf-8").splitlines()
    old = Tokenizer.from_file(str(start / "tokenizer.json"))
    old.no_padding()
    old.no_truncation()
    tokenizer = extend(encoder, vocabulary, old, translations)
    tokenizer.save(str(out / "tokenizer.json"))
    first_topic = sum(len(labels[s]) for s in ("category", "action_status", "support_type"))
    model = Tagger(encoder, sum(map(len, labels.values())) + 1, slice(first_topic, None))
    if resume is None:
        start_from_wording(model, tokenizer, labels, official_wording())
    else:
        model.load_state_dict(torch.load(resume, weights_only=True))
    wording = [p for p in passages if p.document == "official wording"]
    real = [p for p in passages if p.document != "official wording"]
    plain, official = (examples(rows, labels, tokenizer, options) for rows in (real, wording))
    headed = examples(real, labels, tokenizer, options, with_headings=True)
    if options.frozen:
        remember_lower(model, [*plain, *official])
        remember_lower(model, _share(plain, headed))

    def keep(_epoch: int, now: Tagger) -> None:
        torch.save(now.state_dict(), out / "state.pt")

    fit(model, plain, headed, official, options, report=keep)
    found = {"version": "0", "extra": [], "labels": labels}
    (out / "labels.json").write_text(json.dumps(found) + "\n", encoding="utf-8")
    return export(model, out)


def official_wording() -> dict[tuple[Scheme, str], list[str]]:
    """English titles of targets (with their indicators), goals and objectives."""
    taxonomy = load_taxonomy()
    schemes: tuple[Scheme, ...] = ("sdg_target", "sdg_goal", "gcm")
    found = {
        (scheme, code): [category.title("en")]
        for scheme in schemes
        for code, category in taxonomy.schemes[scheme].items()
    }
    for indicator, target in taxonomy.indicators.items():
        title = taxonomy.indicator_titles.get(indicator, {}).get("en")
        if title:
            found["sdg_target", target].append(title)
    return found


def _share(plain: Sequence[Example], headed: Sequence[Example]) -> list[Example]:
    """Passages without headings keep the states they have; the others are returned."""
    other = []
    for one, two in zip(plain, headed, strict=True):
        if one.ids == two.ids:
            two.lower = one.lower
        else:
            other.append(two)
    return other


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.training.finetune", description=__doc__.split("\n")[0])
    parser.add_argument("--labels", type=Path, nargs="+", required=True, help="labelled passages (JSONL)")
    parser.add_argument("--start", type=Path, required=True, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--translations", type=Path, required=True, help="JSON: word -> [[English word, weight], ...]")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", type=Path, help="state.pt of an earlier run")
    parser.add_argument("--epochs", type=int, default=EncoderOptions().epochs)
    parser.add_argument("--rate", type=float, default=EncoderOptions().learning_rate)
    parser.add_argument("--head-rate", type=float, default=EncoderOptions().head_rate)
    parser.add_argument("--frozen", type=int, default=EncoderOptions().frozen, help="layers that stay as they are")
    parser.add_argument("--wording-share", type=float, default=EncoderOptions().wording_share)
    parser.add_argument("--seed", type=int, default=EncoderOptions().seed)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    passages = [p for file in given.labels for p in read_gold(file)]
    options = EncoderOptions(
        epochs=given.epochs,
        learning_rate=given.rate,
        head_rate=given.head_rate,
        frozen=given.frozen,
        wording_share=given.wording_share,
        seed=given.seed,
    )
    translations = json.loads(given.translations.read_text(encoding="utf-8"))
    written = finetune(passages, given.start, translations, given.out, options, resume=given.resume)
    log.info("%s, %d bytes, %d passages", written, written.stat().st_size, len(passages))


if __name__ == "__main__":
    main()
