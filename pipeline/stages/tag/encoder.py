"""The sentence encoder through onnxruntime: one thread, one passage at a time."""

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

_FUSION_OFF: Final = ["SkipLayerNormFusion"]
"""onnxruntime's one step for sum and norm takes four times as long as the two apart (1.35 times for a passage)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    session: Any
    tokenizer: Any
    labels: int

    def logits(self, texts: Sequence[str]) -> Matrix:
        """One row of logits per text, in order.

        Each text is read alone: the int8 steps scale by the largest number of a batch, so in company a passage's scores
        would depend on its neighbours; and what one passage needs stays in a core's cache, so batches win nothing
        (of 20 passages they take almost twice the time).
        """
        out = np.zeros((len(texts), self.labels), np.float32)
        for row, encoding in enumerate(self.tokenizer.encode_batch([text[:MAX_CHARACTERS] for text in texts])):
            ids = np.array([encoding.ids], np.int64)
            out[row] = self.session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
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
