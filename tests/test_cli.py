"""The command line as a process: help, exit codes, one-line errors, nothing but JSON on stdout with --json."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli import COMMANDS
from tests.conftest import ROOT, mgi


def test_help_is_instant_and_names_every_verb() -> None:
    done = mgi("--help")
    assert done.returncode == 0
    for verb in COMMANDS:
        assert f"  {verb} " in done.stdout
    # what makes it instant: none of the heavy libraries is imported
    heavy = ("typer", "pandas", "spacy", "sqlalchemy", "onnxruntime")
    code = f"""
import sys
sys.argv = ["mgi", "--help"]
try:
    from pipeline.cli import main
    main()
except SystemExit:
    print([m for m in {heavy} if m in sys.modules])
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    done = mgi(verb, "--help")
    assert done.returncode == 0, done.stderr
    assert "xample" in done.stdout
    assert f"mgi {verb}" in done.stdout


def test_every_module_of_the_command_line_is_a_verb_or_part_of_one() -> None:
    folder = ROOT / "pipeline" / "cli"
    modules = {p.stem for p in folder.glob("*.py")} - {"__init__", "options"}
    assert modules >= set(COMMANDS)
    verbs = "\n".join((folder / f"{name}.py").read_text(encoding="utf-8") for name in COMMANDS)
    for name in modules - set(COMMANDS):
        assert re.search(rf"from pipeline\.cli(\.{name}\b| import [^\n]*\b{name}\b)", verbs), f"no verb uses {name}"


def test_unknown_verb_and_option_are_usage_errors() -> None:
    done = mgi("rnu")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Did you mean 'run'?" in done.stderr
    assert mgi("run", "--nope").returncode == 2
    assert mgi("run", "x.pdf", "--country", "Atlantis").returncode == 2


def test_unknown_option_in_configuration(tmp_path: Path) -> None:
    done = mgi("run", "x.pdf", "-w", str(tmp_path / "w"), "--set", "run.jbos=2")
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [done.stderr.strip()]
    assert "jobs" in done.stderr
    assert not (tmp_path / "w").exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="an administrator may write anywhere")
def test_unwritable_workspace_as_a_plain_user(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = mgi("run", str(ROOT / "corpus" / "samples"), "-w", str(tmp_path / "w"))
    assert done.returncode == 1
    assert "Cannot write" in done.stderr


def test_workspace_path_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "w").write_text("a file", encoding="utf-8")
    done = mgi("run", str(ROOT / "corpus" / "samples"), "-w", str(tmp_path / "w"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert (tmp_path / "w").read_text(encoding="utf-8") == "a file"


def test_doctor_and_config_speak_json() -> None:
    for arguments in (("doctor", "--json"), ("config", "show", "--json")):
        done = mgi(*arguments)
        assert done.returncode == 0, done.stderr
        assert all(isinstance(json.loads(line), dict) for line in done.stdout.splitlines())
