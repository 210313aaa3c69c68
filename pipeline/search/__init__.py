"""Find passages, passages alike, and where the Migration Governance Indicators are cited.

find        a query in any language -> ranked passages with highlights and facets
similar     a passage -> passages of other documents alike in meaning
citations   the workspace's reviews -> where they cite the indicators, graded
"""

from __future__ import annotations

from pipeline.search.citations import CitationOptions, FoundCitation, citations
from pipeline.search.filters import make_filter
from pipeline.search.find import FindResult, Hit, find, refresh
from pipeline.search.reference import references, short_reference
from pipeline.search.similar import similar

__all__ = [
    "CitationOptions",
    "FindResult",
    "FoundCitation",
    "Hit",
    "citations",
    "find",
    "make_filter",
    "references",
    "refresh",
    "short_reference",
    "similar",
]
