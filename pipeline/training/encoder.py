"""Fine-tune the small sentence encoder for all schemes at once. Needs the extra `encoder` (torch).

Start: multilingual-e5-small (MIT, see `multilingual.py`). One linear head over the mean of the token states and a
learned weighting of them; the rows of the head that stand for SDG targets, goals and GCM objectives start from the
encoding of their official wording, so that a target with three examples is not a stranger.
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from torch import nn

from pipeline.stages.evaluate.gold import GoldPassage
from pipeline.training.bert import Bert
from pipeline.types import Scheme

HEAD_WEIGHTS: Final[dict[Scheme, float]] = {
    "category": 1.5,
    "action_status": 0.7,
    "support_type": 0.7,
    "sdg_target": 1.0,
    "sdg_goal": 0.5,
    "gcm": 0.7,
    "mgi_domain": 0.7,
}
"""Weight of each scheme's summed loss; `migration` counts as one more label of weight 0.5."""

WORDING_LENGTH: Final = 6.0
WORDING_SCALE: Final = 2.5
"""Length of the head's rows that start from wording, and of the mean vectors that meet them."""

log = logging.getLogger(__name__)

TOPICS: Final[tuple[Scheme, ...]] = ("sdg_target", "sdg_goal", "gcm", "mgi_domain")


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderOptions:
    """How to fine-tune; the defaults made the weights that ship. `frozen`: the first layers, which are not trained."""

    epochs: int = 4
    batch: int = 16
    learning_rate: float = 1e-4
    head_rate: float = 1.2e-3
    max_tokens: int = 144
    warmup: float = 0.08
    unsure_weight: float = 0.7
    wording_share: float = 0.35
    heading_share: float = 0.3
    frozen: int = 9
    seed: int = 7
    threads: int = 2


class Tagger(nn.Module):  # type: ignore[misc]
    """Token ids -> one logit per label (all schemes in a row, `migration` last)."""

    def __init__(self, encoder: Bert, labels: int, topics: slice) -> None:
        super().__init__()
        width = encoder.width
        self.encoder = encoder
        self.attend = nn.Linear(width, 2)
        self.head = nn.Linear(2 * width, labels)
        self.dropout = nn.Dropout(0.1)
        self.scale = nn.Parameter(torch.tensor(1.0))
        nn.init.normal_(self.attend.weight, std=0.02)
        nn.init.zeros_(self.attend.bias)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.constant_(self.head.bias, -2.0)
        mask = torch.zeros(labels)
        mask[topics] = 1.0
        self.register_buffer("is_topic", mask)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.from_lower(self.encoder.lower(input_ids, attention_mask), attention_mask)

    def from_lower(self, lower: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        states = self.encoder.upper(lower, attention_mask)
        keep = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * keep).sum(1) / keep.sum(1)
        mean = nn.functional.normalize(mean, dim=-1) * self.scale
        scores = self.attend(states) + (1.0 - keep) * -1e4
        weights = torch.softmax(scores, dim=1)
        how = (states * weights[..., :1]).sum(1)
        what = (states * weights[..., 1:]).sum(1)
        first = self.head(self.dropout(torch.cat([mean, how], dim=-1)))
        second = self.head(self.dropout(torch.cat([mean, what], dim=-1)))
        mixed: torch.Tensor = torch.where(self.is_topic > 0, second, first)
        return mixed


@dataclass(slots=True)
class Example:
    """Token ids, wanted values and the weight of every label (0: not counted)."""

    ids: list[int]
    wanted: np.ndarray
    weight: np.ndarray
    lower: torch.Tensor | None = None


def examples(
    passages: Sequence[GoldPassage],
    labels: dict[Scheme, tuple[str, ...]],
    tokenizer: Any,
    options: EncoderOptions,
    *,
    with_headings: bool = False,
) -> list[Example]:
    """Training examples in the order of `passages`; optional codes and schemes that were not labelled weigh nothing."""
    total = sum(map(len, labels.values())) + 1
    found: list[Example] = []
    for passage in passages:
        text = passage.text
        if with_headings and passage.headings:
            text = " | ".join(passage.headings[-2:]) + " | " + text
        ids = tokenizer.encode(text).ids[: options.max_tokens]
        wanted = np.zeros(total, np.float32)
        weight = np.zeros(total, np.float32)
        at = 0
        for scheme, codes in labels.items():
            if scheme in passage.codes:
                share = HEAD_WEIGHTS[scheme]
                if scheme in ("gcm", "mgi_domain") and not passage.migration:
                    share *= 0.3
                weight[at : at + len(codes)] = share
                for code in passage.codes[scheme]:
                    if code in codes:
                        wanted[at + codes.index(code)] = 1.0
                for code in passage.optional.get(scheme, ()):
                    if code in codes:
                        weight[at + codes.index(code)] = 0.0
            at += len(codes)
        if passage.migration is not None:
            wanted[-1], weight[-1] = float(passage.migration), 0.5
        if not passage.sure:
            weight *= options.unsure_weight
        found.append(Example(ids, wanted, weight))
    return found


def batches(found: Sequence[Example], size: int, chance: random.Random) -> Iterator[list[Example]]:
    """Batches of similar length in random order (padding is what costs time)."""
    order = sorted(range(len(found)), key=lambda i: len(found[i].ids) + chance.uniform(-8, 8))
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    chance.shuffle(groups)
    for group in groups:
        yield [found[i] for i in group]


def tensors(group: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    longest = max(len(e.ids) for e in group)
    ids = torch.zeros(len(group), longest, dtype=torch.long)
    mask = torch.zeros(len(group), longest, dtype=torch.long)
    for row, example in enumerate(group):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        mask[row, : len(example.ids)] = 1
    wanted = torch.from_numpy(np.stack([e.wanted for e in group]))
    weight = torch.from_numpy(np.stack([e.weight for e in group]))
    return ids, mask, wanted, weight


def remember_lower(model: Tagger, found: Sequence[Example], *, batch: int = 32) -> None:
    """Compute once, without gradients, what the frozen layers make of each example."""
    model.eval()
    order = sorted(range(len(found)), key=lambda i: len(found[i].ids))
    with torch.inference_mode():
        for start in range(0, len(order), batch):
            group = [found[i] for i in order[start : start + batch]]
            ids, mask, _, _ = tensors(group)
            states = model.encoder.lower(ids, mask).to(torch.float16)
            for example, row in zip(group, states, strict=True):
                example.lower = row[: len(example.ids)].clone()


def stacked(group: Sequence[Example], mask: torch.Tensor) -> torch.Tensor:
    """The remembered states of a batch, padded."""
    out = torch.zeros(len(group), mask.shape[1], group[0].lower.shape[1])  # type: ignore[union-attr]
    for row, example in enumerate(group):
        out[row, : len(example.ids)] = example.lower
    return out


def start_from_wording(
    model: Tagger, tokenizer: Any, labels: dict[Scheme, tuple[str, ...]], wording: dict[tuple[Scheme, str], list[str]]
) -> None:
    """Set the head rows of labels with an official wording to the direction in which its encoding leaves the mean.

    E5's vectors lie close together (cosines above 0.7): the differences are brought to one length, and `scale` makes
    the model's own vectors longer.
    """
    model.eval()
    offset = {}
    at = 0
    for scheme, codes in labels.items():
        for code in codes:
            offset[scheme, code] = at
            at += 1
    vectors = {}
    with torch.no_grad():
        flat = [(key, tokenizer.encode(text).ids[:96]) for key, texts in wording.items() for text in texts]
        flat.sort(key=lambda pair: len(pair[1]))
        encoded: dict[tuple[Scheme, str], list[torch.Tensor]] = {}
        for start in range(0, len(flat), 32):
            group = flat[start : start + 32]
            blank = np.zeros(0, np.float32)
            ids, mask, _, _ = tensors([Example(i, blank, blank) for _, i in group])
            states = model.encoder.upper(model.encoder.lower(ids, mask), mask) * mask.unsqueeze(-1)
            for (key, _), vector in zip(group, nn.functional.normalize(states.sum(1), dim=-1), strict=True):
                encoded.setdefault(key, []).append(vector)
        for key, found in encoded.items():
            vectors[key] = nn.functional.normalize(torch.stack(found).mean(0), dim=-1)
        for scheme in {s for s, _ in vectors}:
            own = {k: v for k, v in vectors.items() if k[0] == scheme}
            centre = torch.stack(list(own.values())).mean(0)
            width = centre.shape[0]
            for key, vector in own.items():
                if key in offset:
                    row = WORDING_LENGTH * nn.functional.normalize(vector - centre, dim=-1)
                    model.head.weight[offset[key], :width] = row
                    model.head.bias[offset[key]] = -3.5 - WORDING_SCALE * float(row @ centre)
        model.scale.fill_(WORDING_SCALE)


def fit(
    model: Tagger,
    plain: Sequence[Example],
    headed: Sequence[Example],
    wording: Sequence[Example],
    options: EncoderOptions,
    *,
    report: Any = None,
) -> None:
    """Train in place; `headed[i]` is `plain[i]` with its headings in front, taken with chance `heading_share`."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    chance = random.Random(options.seed)  # noqa: S311 - sampling, not secrets
    if model.encoder.frozen:
        for part in (model.encoder.words, model.encoder.positions, model.encoder.norm, *_first_layers(model)):
            part.requires_grad_(False)
    body = [p for n, p in model.named_parameters() if n.startswith("encoder.") and p.requires_grad]
    rest = [p for n, p in model.named_parameters() if not n.startswith("encoder.")]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": options.learning_rate}, {"params": rest, "lr": options.head_rate}], weight_decay=0.01
    )
    extra = int(len(wording) * options.wording_share)
    steps = options.epochs * math.ceil((len(plain) + extra) / options.batch)
    warm = max(1, int(steps * options.warmup))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1.0, (s + 1) / warm) * max(0.0, 1 - s / steps)
    )
    loss_of = nn.BCEWithLogitsLoss(reduction="none")
    started = time.monotonic()
    for epoch in range(options.epochs):
        model.train()
        chosen = [h if chance.random() < options.heading_share else p for p, h in zip(plain, headed, strict=True)]
        chosen += chance.sample(list(wording), extra)
        total, seen = 0.0, 0
        for step, group in enumerate(batches(chosen, options.batch, chance)):
            ids, mask, wanted, weight = tensors(group)
            given = model(ids, mask) if group[0].lower is None else model.from_lower(stacked(group, mask), mask)
            loss = (loss_of(given, wanted) * weight).sum() / len(group)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(group)
            seen += len(group)
            if step % 50 == 0:
                log.info(
                    "epoch %d, %d of %d, loss %.3f, %.0f s", epoch, seen, len(chosen), total / seen, _since(started)
                )
        if report is not None:
            report(epoch, model)


def logits(model: Tagger, found: Sequence[Example], *, batch: int = 32) -> np.ndarray:
    """One row of logits per example, in order."""
    model.eval()
    out = np.zeros((len(found), model.head.out_features), np.float32)
    order = sorted(range(len(found)), key=lambda i: len(found[i].ids))
    with torch.inference_mode():
        for start in range(0, len(order), batch):
            group = order[start : start + batch]
            ids, mask, _, _ = tensors([found[i] for i in group])
            out[group] = model(ids, mask).numpy()
    return out


def _since(started: float) -> float:
    return time.monotonic() - started


def _first_layers(model: Tagger) -> list[nn.Module]:
    return list(model.encoder.layers[: model.encoder.frozen])


def export(model: Tagger, folder: Path) -> Path:
    """Write `encoder.onnx`: int8 weights; attention and activations as one step each. Returns its path."""
    model.eval()
    ids = torch.randint(5, 900, (2, 24))
    plain = folder / "encoder.fp32.onnx"
    torch.onnx.export(
        model,
        (ids, torch.ones_like(ids)),
        str(plain),
        input_names=["input_ids", "attention_mask"],
        output_names=["logits"],
        dynamic_axes={"input_ids": {0: "n", 1: "t"}, "attention_mask": {0: "n", 1: "t"}, "logits": {0: "n"}},
        opset_version=17,
        dynamo=False,
    )
    heads, width = model.encoder.layers[0].heads, model.encoder.width
    options = FusionOptions("bert")
    options.enable_skip_layer_norm = False  # one step for sum and norm takes four times as long as two
    fused = optimizer.optimize_model(
        str(plain), "bert", num_heads=heads, hidden_size=width, opt_level=0, optimization_options=options
    )
    fused.save_model_to_file(str(plain))
    small = folder / "encoder.onnx"
    quantize_dynamic(
        plain,
        small,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        extra_options={"DefaultTensorType": TensorProto.FLOAT},  # the fused steps tell no type
    )
    plain.unlink()
    return small
