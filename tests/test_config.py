"""Options: every default is in configs/default.toml, values are checked, origins are told."""

from __future__ import annotations

import dataclasses
import itertools
import tomllib
from pathlib import Path

import pytest

from pipeline.config import SECTIONS, load_config
from pipeline.errors import ConfigError
from pipeline.resources import resource


def test_default_toml_shows_every_option_with_its_default() -> None:
    shown = tomllib.loads(resource("configs", "default.toml").read_text(encoding="utf-8"))
    assert set(shown) == set(SECTIONS)
    for section, record in SECTIONS.items():
        defaults = dataclasses.asdict(record())
        written = {k: tuple(v) if isinstance(v, list) else v for k, v in shown[section].items()}
        # TOML has no null: an option whose default is None is shown commented out
        assert written == {k: v for k, v in defaults.items() if v is not None}, section


def test_every_key_of_default_toml_has_a_comment() -> None:
    lines = resource("configs", "default.toml").read_text(encoding="utf-8").splitlines()
    for above, line in itertools.pairwise(lines):
        if "=" in line and not line.startswith("#"):
            assert "#" in line or above.startswith("#"), line


def test_file_then_set_and_origins(tmp_path: Path) -> None:
    file = tmp_path / "office.toml"
    file.write_text("[run]\njobs = 3\ntimeout_seconds = 10\n", encoding="utf-8")
    rows = {k: (v, o) for k, v, o in load_config(file, ["run.jobs=2"]).rows()}
    assert rows["run.jobs"] == (2, "--set")
    assert rows["run.timeout_seconds"] == (10.0, str(file))
    assert rows["run.memory_mb"][1] == "default"


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("run.jbos=2", "Did you mean 'jobs'"),
        ("rnu.jobs=2", "Did you mean 'run'"),
        ("run.jobs=two", "should be int"),
        ("run.jobs=true", "should be int"),
        ("jobs", "is not section.key=value"),
    ],
)
def test_wrong_settings_are_named_with_the_next_step(setting: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load_config(None, [setting])


def test_wrong_file_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.toml"
    file.write_text("[run\njobs = 3", encoding="utf-8")
    with pytest.raises(ConfigError, match="not valid TOML") as error:
        load_config(file)
    assert "\n" not in str(error.value)
