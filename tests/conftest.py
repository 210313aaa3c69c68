"""Shared fixtures. Tests of development documents skip, with the reason, where those are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of development documents and labels beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip(f"the development documents are not here ({SHARED.name}/ beside the checkout)")
    return SHARED
