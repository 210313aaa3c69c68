"""The wheel, installed without the checkout and run from an empty folder: it carries all the data it needs."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling builds the wheel")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=240)
    return next(folder.glob("*.whl"))


def test_wheel_carries_its_data_and_nothing_of_the_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in ("models/taxonomies/", "configs/default.toml", "models/lexicons/", "corpus/manifest.csv"):
        assert any(f"_data/{needed}" in n for n in names), needed
    assert not any(n.startswith(("tests/", "docs/")) for n in names)


@pytest.mark.slow
def test_installed_wheel_works_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = venv / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    site = next(iter((venv / "lib").rglob("site-packages")), venv / "Lib" / "site-packages")
    # the libraries come from this environment, the package itself from the wheel alone
    zipfile.ZipFile(wheel).extractall(site)
    (site / "libraries.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()

    def installed(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(python), "-m", "pipeline", *arguments]
        done = subprocess.run(command, cwd=empty, input=stdin, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stderr
        return done

    assert str(site) in installed("doctor").stdout
    text = json.dumps({"id": "a", "text": "There is no national strategy on migration (SDG target 10.7)."})
    tagged = json.loads(installed("tag", "--json", stdin=text + "\n").stdout)
    assert "10.7" in [t["code"] for t in tagged["sdg_targets"]]
    sample = min((ROOT / "corpus" / "samples").glob("*.pdf"), key=lambda p: p.stat().st_size)
    installed("run", str(sample), "-w", "w")
    assert (empty / "w" / "dataset" / "passages.csv").exists()
