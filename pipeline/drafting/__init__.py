"""From the workspace to progress tables and drafts: joins the store with the stages that compare, draft and write."""

from __future__ import annotations

from pipeline.drafting.progress import compare_documents, decide, find_document, progress_row

__all__ = ["compare_documents", "decide", "find_document", "progress_row"]
