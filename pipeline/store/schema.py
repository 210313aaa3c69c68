"""The tables, as the newest migration leaves them. Lists and mappings are JSON text: the same on both databases.

`reviews`, `pair_reviews` and `edits` are only ever added to. `attachments`, `labels` and `label_codes` are derived
and rebuilt.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

HEAD: Final = "0006"
"""Revision of the newest migration; a test compares it with the migrations."""

metadata = MetaData()

documents = Table(
    "documents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("path", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("edition", Text),
    Column("country", Text),
    Column("year", Integer),
    Column("language", Text),
    Column("source_url", Text),
    Column("publisher", Text),
    Column("detected", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("pages", Integer, nullable=False),
    Column("pages_without_text", Text, nullable=False),
    Column("pages_failed", Text, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("tags", Integer, nullable=False),
    Column("read_fingerprint", Text, nullable=False),
    Column("tag_fingerprint", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("added_at", Text, nullable=False),
)

pages = Table(
    "pages",
    metadata,
    Column("document", Text, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("width", Float, nullable=False),
    Column("height", Float, nullable=False),
    Column("label", Text),
    Column("text", Text, nullable=False),
    Column("has_text", Boolean, nullable=False),
    Column("damaged", Boolean, nullable=False),
    Column("ocr", Boolean, nullable=False),
    Column("rotation", Integer, nullable=False),
    PrimaryKeyConstraint("document", "number"),
)

failures = Table(
    "failures",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("document", Text, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("page", Integer),
    Index("failures_document", "document"),
)

passages = Table(
    "passages",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("document", Text, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("sub", Integer, nullable=False),
    Column("origin", Text, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("page", Integer, nullable=False),
    Column("page_label", Text),
    Column("headings", Text, nullable=False),
    Column("language", Text),
    Column("regions", Text, nullable=False),
    Column("anchors", Text, nullable=False),
    Column("confidence", Float),
    Column("notes", Text, nullable=False),
    Index("passages_place", "document", "n", "sub"),
)
"""`origin` is `read` (as the reader made it) or `edit` (split, merged or cut by a person); `live` ones are shown.
`folded` is the text in lower case without accents, for substring filters."""

tags = Table(
    "tags",
    metadata,
    Column("passage", Text, ForeignKey("passages.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("scheme", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("by", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("passage", "position"),
    Index("tags_document", "document"),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("passage", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("quote", Text, nullable=False),
    Column("codes", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index("reviews_document", "document"),
    Index("reviews_reviewer", "reviewer", "id"),
    sqlite_autoincrement=True,
)

attachments = Table(
    "attachments",
    metadata,
    Column("review", Integer, ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True),
    Column("passage", Text),
    Column("how", Text, nullable=False),
    Column("similarity", Float, nullable=False),
    Index("attachments_passage", "passage"),
    Index("attachments_how", "how"),
)
"""Where a review holds now; `passage` is null for a stale one."""

edits = Table(
    "edits",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("document", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("quotes", Text, nullable=False),
    Column("parts", Text, nullable=False),
    Column("undoes", Integer),
    Column("note", Text, nullable=False),
    Index("edits_document", "document"),
    sqlite_autoincrement=True,
)

labels = Table(
    "labels",
    metadata,
    Column("passage", Text, ForeignKey("passages.id", ondelete="CASCADE"), primary_key=True),
    Column("document", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("sub", Integer, nullable=False),
    Column("language", Text),
    Column("status", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("doubt", Float, nullable=False),
    Column("reviewer", Text),
    Column("reviewed_at", Text),
    Column("note", Text, nullable=False),
    Column("codes", Text, nullable=False),
    Index("labels_place", "document", "n", "sub"),
    Index("labels_progress", "document", "status"),
    Index("labels_score", "score"),
    Index("labels_doubt", "doubt"),
    Index("labels_reviewed", "reviewed_at"),
)

label_codes = Table(
    "label_codes",
    metadata,
    Column("passage", Text, ForeignKey("labels.passage", ondelete="CASCADE"), nullable=False),
    Column("scheme", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("document", Text, nullable=False),
    PrimaryKeyConstraint("passage", "scheme", "code"),
    Index("label_codes_code", "scheme", "code", "passage"),
    Index("label_codes_place", "document", "scheme", "code", "passage"),
)

people = Table(
    "people",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("added_at", Text, nullable=False),
)
"""Who may sign in to the review pages; `password` is a hash."""

batches = Table(
    "batches",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("reviewer", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("reviews", Text, nullable=False),
    Column("undone_at", Text),
    Column("undone_by", Text),
    sqlite_autoincrement=True,
)
"""Decisions taken together; `reviews` lists their ids, so that all of them can be taken back together."""

search_stale = Table("search_stale", metadata, Column("document", Text, primary_key=True))
"""Documents that changed since the full-text index was last brought up to date (see `fulltext`)."""

edit_states = Table(
    "edit_states",
    metadata,
    Column("edit", Integer, ForeignKey("edits.id", ondelete="CASCADE"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("passages", Text, nullable=False),
    Index("edit_states_state", "state"),
)
"""What became of an edit of passages in the newest reading; derived."""

pair_reviews = Table(
    "pair_reviews",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("left_passage", Text, nullable=False),
    Column("right_passage", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("left_quote", Text, nullable=False),
    Column("right_quote", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index("pair_reviews_kind", "kind", "id"),
    sqlite_autoincrement=True,
)
"""Decisions about two passages that belong together (see `pairs`)."""
