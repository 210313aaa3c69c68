"""Who has which passage open, and what each person put aside; in memory only, nothing here is a decision."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

PRESENT_SECONDS: Final = 60
MOST: Final = 5000


class Desk:
    """Keeps parallel reviewers apart: the queue passes over what somebody else has open.

    >>> desk = Desk()
    >>> desk.open("p1", "Ana"); desk.open("p1", "Ben")
    >>> desk.others("p1", "Ana")
    ['Ben']
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._skipped: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, passage: str, reviewer: str) -> None:
        with self._lock:
            self._note(passage, reviewer)

    def _note(self, passage: str, reviewer: str) -> None:
        self._open[passage, reviewer] = self._clock()
        self._open.move_to_end((passage, reviewer))
        while len(self._open) > MOST:
            self._open.popitem(last=False)

    def claim(self, passage: str, reviewer: str) -> bool:
        """Opens a passage for a reviewer unless somebody else has it open: of two who ask at once one gets it.

        >>> desk = Desk()
        >>> desk.claim("p1", "Ana"), desk.claim("p1", "Ben"), desk.claim("p1", "Ana")
        (True, False, True)
        """
        since = self._clock() - PRESENT_SECONDS
        with self._lock:
            if any(what == passage and who != reviewer and at > since for (what, who), at in self._open.items()):
                return False
            self._note(passage, reviewer)
            return True

    def leave(self, passage: str, reviewer: str) -> None:
        with self._lock:
            self._open.pop((passage, reviewer), None)

    def others(self, passage: str, reviewer: str) -> list[str]:
        """Names of the others who have the passage open."""
        since = self._clock() - PRESENT_SECONDS
        with self._lock:
            return sorted(
                who for (what, who), at in self._open.items() if what == passage and who != reviewer and at > since
            )

    def taken(self, reviewer: str) -> set[str]:
        """Passages that others have open now."""
        since = self._clock() - PRESENT_SECONDS
        with self._lock:
            return {what for (what, who), at in self._open.items() if who != reviewer and at > since}

    def skip(self, session: str, passage: str) -> None:
        """Puts a passage aside for this session: it comes again when nothing else is left."""
        with self._lock:
            mine = self._skipped.setdefault(session, OrderedDict())
            mine[passage] = None
            mine.move_to_end(passage)
            if len(mine) > MOST:
                mine.popitem(last=False)
            while len(self._skipped) > 500:
                self._skipped.popitem(last=False)

    def skipped(self, session: str) -> list[str]:
        """What was put aside, longest ago first."""
        with self._lock:
            return list(self._skipped.get(session, ()))

    def take_back(self, session: str) -> None:
        with self._lock:
            self._skipped.pop(session, None)
