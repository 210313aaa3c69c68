"""Public sources: a manifest of where they are, and a careful download.

manifest    which sources there are: the project's list and the workspace's own
fetch       one address -> one checked file
keep        fetch sources into a workspace; verify what is there
"""

from __future__ import annotations

from pipeline.corpus.fetch import Fetched, Fetcher
from pipeline.corpus.keep import Verified, fetch_inputs, fetch_sources, is_url, verify_sources
from pipeline.corpus.manifest import Source, add_sources, load_sources, read_manifest

__all__ = [
    "Fetched",
    "Fetcher",
    "Source",
    "Verified",
    "add_sources",
    "fetch_inputs",
    "fetch_sources",
    "is_url",
    "load_sources",
    "read_manifest",
    "verify_sources",
]
