"""Where the data files of the project are: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def data_root() -> Path:
    """The folder that holds `models/`, `configs/` and `corpus/`."""
    package = Path(__file__).resolve().parent
    bundled = package / "_data"
    return bundled if bundled.is_dir() else package.parent


def resource(*parts: str) -> Path:
    """Path of a data file, e.g. `resource("models", "taxonomies", "categories.csv")`."""
    return data_root().joinpath(*parts)
