"""Where a workspace's documents, passages, tags and decisions are kept: SQLite by default, PostgreSQL by URL."""

from pipeline.store.filters import Filter, Order
from pipeline.store.store import Store
from pipeline.store.values import PassageEdit, StoredDocument, StoredEdit, StoredReview

__all__ = ["Filter", "Order", "PassageEdit", "Store", "StoredDocument", "StoredEdit", "StoredReview"]
