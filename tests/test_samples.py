"""The sample documents, their sources and truths, and the manifest of public sources agree with each other."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from corpus.glyphs import FAMILIES
from corpus.make_samples import make, meta_of

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
SAMPLES = CORPUS / "samples"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.pdf"))
LONG = 90
"""Letters: more than the title of a convention, less than a sentence of a report."""
STATUSES = {"closed", "partly", "unchanged", "regressed", "not_found", "new"}


def truth(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / "truth" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def squeezed(text: str) -> str:
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text))


def test_every_sample_has_source_and_truth() -> None:
    assert len(NAMES) >= 7
    for name in NAMES:
        assert (SAMPLES / f"{name}.md").is_file()
        assert (SAMPLES / "truth" / f"{name}.json").is_file()
        assert f"`{name}`" in (SAMPLES / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_small_and_of_no_real_country(name: str) -> None:
    facts = truth(name)
    assert (SAMPLES / f"{name}.pdf").stat().st_size < 300_000
    assert re.fullmatch("X[A-Z]{2}", facts["country"])


@pytest.mark.parametrize("name", NAMES)
def test_the_same_source_gives_the_same_pdf(name: str, tmp_path: Path) -> None:
    if not all(Path(f).is_file() for family in ("noto", "serif", "dejavu") for f in FAMILIES[family]):
        pytest.skip("the fonts of the samples are not installed (Debian: apt-get install fonts-noto-core)")
    pdf, _ = make(SAMPLES / f"{name}.md", tmp_path)
    assert pdf.read_bytes() == (SAMPLES / f"{name}.pdf").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_another_reader_finds_each_passage_on_its_page(name: str) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (Debian: apt-get install poppler-utils)")
    facts = truth(name)
    if facts["language"] == "ar":
        pytest.skip("pdftotext prints Arabic in another order")
    text = subprocess.run(
        ["pdftotext", "-raw", str(SAMPLES / f"{name}.pdf"), "-"], capture_output=True, check=True
    ).stdout.decode("utf-8")
    pages = [squeezed(page) for page in text.split("\f")]
    for passage in facts["passages"]:
        if passage["kind"] in {"row", "header", "contents"}:
            continue
        words = squeezed(re.sub(r"<([^>]+)>", r" \1", passage.get("marked", passage["text"])))
        place = passage["page"] - 1
        assert words[:30] in pages[place], (passage["page"], passage["text"])
        last = squeezed(passage["text"].split()[-1])
        assert last in pages[passage["pages"][-1] - 1], (passage["pages"], passage["text"])


def test_findings_of_the_pair_are_matched() -> None:
    matches = json.loads((SAMPLES / "truth" / "matches_saldora_2019_2024.json").read_text(encoding="utf-8"))
    assert len(matches) >= 40
    assert {m["status"] for m in matches} == STATUSES
    for match in matches:
        assert (match["baseline"] is None) == (match["status"] == "new")
        assert (match["followup"] is None) == (match["status"] == "not_found")


def test_the_review_cites_the_profile_three_times() -> None:
    passages = truth("saldora_vnr_2022")["passages"]
    grades = [p["cites_mgi"] for p in passages if "cites_mgi" in p]
    assert grades == ["substantive", "passing", "reference"]
    named = [p for p in passages if "Migration Governance Indicators" in p["text"]]
    assert [p["cites_mgi"] for p in named] == grades


def test_no_passage_is_taken_from_the_shared_documents(shared: Path) -> None:
    known = set()
    for path in sorted((shared / "labels").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = squeezed(json.loads(line)["text"]).lower()
            known.update(text[n : n + 60] for n in range(0, max(len(text) - 60, 1), 60))
    for name in NAMES:
        text = squeezed(" ".join(p["text"] for p in truth(name)["passages"])).lower()
        assert not {piece for piece in known if len(piece) == LONG and piece in text}


def test_manifest_has_its_columns_and_begins_with_the_four_reviews() -> None:
    with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "url",
        "title",
        "country",
        "year",
        "kind",
        "language",
        "licence",
        "sha256",
        "pages",
        "note",
    ]
    assert [row["country"] for row in rows[:4]] == ["DOM", "KWT", "LSO", "TLS"]
    assert all(row["url"].startswith("https://") for row in rows)
    assert len({row["url"] for row in rows}) == len(rows)
    assert {row["kind"] for row in rows} <= {"mgi", "vnr", "vlr", "other", "index"}


def test_intent_at_the_end_of_a_line() -> None:
    text, meta = meta_of("Fees were abolished and a fund will follow. {V1 taken,planned,finance 8.8 gcm6 =P1:partly}")
    assert text == "Fees were abolished and a fund will follow."
    assert meta["categories"] == ["action", "support"]
    assert meta["action_status"] == ["taken", "planned"]
    assert (meta["baseline"], meta["status"]) == ("P1", "partly")


def test_the_readme_names_documents_that_are_there() -> None:
    """The folder holds other files, too: given whole, a first run would end with refused files."""
    text = (CORPUS.parent / "README.md").read_text(encoding="utf-8")
    line = next(one for one in text.splitlines() if "mgi run corpus" in one)
    named = [word.replace("\\", "/") for word in line.split() if word.startswith("corpus")]
    assert len(named) > 1
    assert all(name.endswith(".pdf") and (CORPUS.parent / name).is_file() for name in named)
