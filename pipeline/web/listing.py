"""The list of passages as an address: filters and order in the query, read, checked and written back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from pipeline.store import Filter, Order
from pipeline.types import DocumentFacts, LabelledPassage, LabelStatus
from pipeline.web.site import Visit

PAGE_SIZE: Final = 25
STATUSES: Final[tuple[LabelStatus, ...]] = ("proposed", "accepted", "changed", "rejected")
ORDERS: Final[tuple[Order, ...]] = ("unsure", "document", "score", "recent")
CODE_NAMES: Final = ("category", "target", "goal", "action_status", "support_type", "gcm", "mgi_domain")
NAMES: Final = ("document", "country", "kind", "language", "status", *CODE_NAMES, "reviewer", "text")
DECIDED: Final[tuple[LabelStatus, ...]] = ("accepted", "changed", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """What the list shows. `chosen` holds the plain filters that are set, by name."""

    chosen: Mapping[str, str]
    min_score: float | None = None
    max_score: float | None = None
    order: Order = "unsure"
    page: int = 1

    def __getitem__(self, name: str) -> str:
        return self.chosen.get(name, "")

    @property
    def filter(self) -> Filter:
        wanted = {name: value for name, value in self.chosen.items() if name != "status"}
        status = self.chosen.get("status")
        statuses = DECIDED if status == "decided" else tuple(s for s in STATUSES if s == status)
        return Filter(
            **wanted,  # type: ignore[arg-type]
            status=statuses or None,
            min_score=self.min_score,
            max_score=self.max_score,
        )

    @property
    def narrow(self) -> bool:
        """Whether any filter is set."""
        return bool(self.chosen) or self.min_score is not None or self.max_score is not None

    def write(self, **changes: object) -> str:
        """The query string of this list, some values changed; empty values are left out."""
        values: dict[str, object] = dict(self.chosen)
        values |= {"min_score": self.min_score, "max_score": self.max_score}
        if self.order != "unsure":
            values["order"] = self.order
        if self.page > 1:
            values["page"] = self.page
        values |= changes
        return urlencode({name: str(value) for name, value in values.items() if value not in (None, "", 1)})

    def first_page(self) -> ListQuery:
        return replace(self, page=1)


def read_query(values: Mapping[str, str]) -> ListQuery:
    """Reads a query string's values; what is no valid value is left out, never an error.

    >>> query = read_query({"category": "gap", "min_score": "x", "order": "sideways", "page": "-3"})
    >>> query["category"], query.min_score, query.order, query.page
    ('gap', None, 'unsure', 1)
    """
    chosen = {name: values[name].strip()[:200] for name in NAMES if values.get(name, "").strip()}
    if chosen.get("status") not in (*STATUSES, "decided"):
        chosen.pop("status", None)
    order = next((o for o in ORDERS if o == values.get("order")), ORDERS[0])
    page = values.get("page", "1")
    return ListQuery(
        chosen={name: value.replace("\0", "") for name, value in chosen.items()},
        min_score=_share(values.get("min_score")),
        max_score=_share(values.get("max_score")),
        order=order,
        page=max(1, min(int(page), 1_000_000)) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
    )


def _share(text: str | None) -> float | None:
    try:
        value = float((text or "").replace(",", "."))
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


def document_name(facts: DocumentFacts) -> str:
    """A document's title, else the name of its file."""
    return facts.title or facts.path.replace("\\", "/").rsplit("/", 1)[-1] or facts.id


def next_passage(visit: Visit, query: ListQuery, current: str | None) -> LabelledPassage | None:
    """The next passage to decide in this list: undecided, not put aside, not open at somebody else.

    When nothing else is left, what was put aside comes back, longest ago first.
    """
    if query["status"] and query["status"] != "proposed":
        return _after(visit, query, current)
    wanted = replace(query.first_page(), chosen={**query.chosen, "status": "proposed"}).filter
    aside = set(visit.site.desk.skipped(visit.session.csrf)) | visit.site.desk.taken(visit.reviewer)
    order: Order = "unsure" if query.order == "recent" else query.order
    if order == "document" and current is not None and set(query.chosen) <= {"document", "status"}:
        following = visit.team.next_undecided(current, avoid=frozenset(aside))
        if following is not None and visit.site.desk.claim(following, visit.reviewer):
            return visit.store.get(following)
    avoid = aside | {current}
    step, offset = 4 + len(avoid), 0
    while True:
        batch = visit.store.labelled(wanted, order=order, limit=step, offset=offset)
        for found in batch:
            if found.passage.id not in avoid and visit.site.desk.claim(found.passage.id, visit.reviewer):
                return found
        if len(batch) < step:
            break
        offset += step
    for passage in visit.site.desk.skipped(visit.session.csrf):
        put_aside = visit.store.get(passage) if passage != current else None
        if put_aside is not None and put_aside.label.status == "proposed":
            return put_aside
    return None


def _after(visit: Visit, query: ListQuery, current: str | None) -> LabelledPassage | None:
    """The passage behind the current one in a list of decided passages."""
    seen = current is None
    for found in visit.store.labelled(query.filter, order=query.order, limit=2000):
        if seen:
            return found
        seen = found.passage.id == current
    return None
