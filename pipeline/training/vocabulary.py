"""Give an English encoder words of other languages: new vocabulary rows that start where their translations lie.

A new word's embedding is the weighted mean of the embeddings of the English words that a multilingual sentence encoder
finds nearest to it ("sequía" starts at "drought"). Rows that no text of ours needs (other scripts, unused) are dropped.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece

from pipeline.training.bert import Bert


def neighbours(
    words: Sequence[str],
    vectors: np.ndarray,
    english: Sequence[str],
    english_vectors: np.ndarray,
    *,
    keep: int = 4,
    least: float = 0.84,
    sharpness: float = 0.012,
) -> dict[str, list[tuple[str, float]]]:
    """For each word its nearest English words with weights that add up to 1; words without a near one are left out.

    Vectors are of unit length, one row a word. Nearness is the cosine less the mean cosine of the English word to its
    own ten nearest words of the other side (a word that is near to everything is a poor translation).
    """
    hub = np.zeros(len(english), np.float32)
    for start in range(0, len(english), 2048):
        block = english_vectors[start : start + 2048] @ vectors.T
        hub[start : start + 2048] = np.sort(block, axis=1)[:, -10:].mean(1)
    found: dict[str, list[tuple[str, float]]] = {}
    for start in range(0, len(words), 1024):
        cosine = vectors[start : start + 1024] @ english_vectors.T
        score = cosine - 0.5 * hub
        best = np.argsort(-score, axis=1)[:, :keep]
        for row, columns in enumerate(best):
            if cosine[row, columns[0]] < least:
                continue
            weight = np.exp((score[row, columns] - score[row, columns[0]]) / sharpness)
            weight /= weight.sum()
            found[words[start + row]] = [(english[c], float(w)) for c, w in zip(columns, weight, strict=True)]
    return found


def extend(
    encoder: Bert, vocabulary: Sequence[str], old: Tokenizer, translations: Mapping[str, Sequence[tuple[str, float]]]
) -> Tokenizer:
    """Change the encoder's embedding matrix in place and return the tokenizer that goes with it."""
    kept = [w for w in vocabulary if _ours(w)]
    present = set(kept)
    added = [w for w in sorted(translations) if w not in present and w.strip()]
    position = {w: i for i, w in enumerate(vocabulary)}
    matrix = encoder.words.weight.detach()
    rows = [matrix[position[w]] for w in kept]
    cache: dict[str, torch.Tensor] = {}
    for word in added:
        total = torch.zeros(matrix.shape[1])
        for english, weight in translations[word]:
            if english not in cache:
                ids = old.encode(english, add_special_tokens=False).ids
                cache[english] = matrix[ids].mean(0)
            total += weight * cache[english]
        rows.append(total)
    table = torch.nn.Embedding(len(rows), matrix.shape[1], padding_idx=0)
    table.weight.data.copy_(torch.stack(rows))
    encoder.words = table
    return wordpiece(kept + added)


def wordpiece(words: Sequence[str]) -> Tokenizer:
    """A lower-casing, accent-stripping WordPiece tokenizer over these words (`[PAD]` first)."""
    ids = {w: i for i, w in enumerate(words)}
    tokenizer = Tokenizer(WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=40))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    )
    return tokenizer


def _ours(word: str) -> bool:
    if word in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"):
        return True
    if word.startswith("[unused"):
        return False
    letters = [c for c in word.removeprefix("##") if c.isalpha()]
    return all(unicodedata.name(c, "").startswith(("LATIN", "ARABIC")) for c in letters)
