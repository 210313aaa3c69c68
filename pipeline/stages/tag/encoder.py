"""The sentence encoder through onnxruntime: one thread, batches of passages of similar length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from pipeline.stages.tag.second import Matrix

MAX_TOKENS: Final = 144
MAX_CHARACTERS: Final = 4_000
"""More than `MAX_TOKENS` tokens need; a passage of 100,000 characters must not be tokenised whole."""

_BATCH_TOKENS: Final = 512
"""As many states as stay in a core's cache between two steps; four times as many take 1.4 times as long a passage."""

_FUSION_OFF: Final = ["SkipLayerNormFusion"]
"""onnxruntime's one step for sum and norm takes four times as long as the two apart (1.35 times for a passage)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    session: Any
    tokenizer: Any
    labels: int

    def logits(self, texts: Sequence[str]) -> Matrix:
        """One row of logits per text, in order."""
        out = np.zeros((len(texts), self.labels), np.float32)
        ids = [e.ids for e in self.tokenizer.encode_batch([text[:MAX_CHARACTERS] for text in texts])]
        order = sorted(range(len(texts)), key=lambda i: len(ids[i]))
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and len(ids[order[end]]) * (end + 1 - start) <= _BATCH_TOKENS:
                end += 1
            group = order[start:end]
            width = max(len(ids[i]) for i in group)
            tokens, mask = (np.zeros((len(group), width), np.int64) for _ in range(2))
            for row, i in enumerate(group):
                tokens[row, : len(ids[i])] = ids[i]
                mask[row, : len(ids[i])] = 1
            out[group] = self.session.run(None, {"input_ids": tokens, "attention_mask": mask})[0]
            start = end
        return out


def load_encoder(folder: Path, labels: int) -> Encoder:
    """Open `encoder.onnx` and `tokenizer.json` of a weights folder."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    session = onnxruntime.InferenceSession(
        str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"], disabled_optimizers=_FUSION_OFF
    )
    return Encoder(session=session, tokenizer=tokenizer, labels=labels)
