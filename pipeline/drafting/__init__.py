"""From the workspace to progress tables and drafts: joins the store with the stages that compare, draft and write."""

from __future__ import annotations

from pipeline.drafting.gather import gather
from pipeline.drafting.progress import compare_documents, decide, find_document, progress_row
from pipeline.drafting.report import report_html, write_report
from pipeline.drafting.verify import verify_quotes
from pipeline.drafting.write import write_draft

__all__ = [
    "compare_documents",
    "decide",
    "find_document",
    "gather",
    "progress_row",
    "report_html",
    "verify_quotes",
    "write_draft",
    "write_report",
]
