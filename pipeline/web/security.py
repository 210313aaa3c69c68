"""Who is here, and is it really them: sessions, cross-site protection, passwords, sign-in limits, response headers."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

from itsdangerous import BadSignature, URLSafeTimedSerializer

from pipeline.errors import StoreError

Role = Literal["reviewer", "lead"]
SESSION_COOKIE: Final = "mgi_session"
SESSION_SECONDS: Final = 12 * 3600
MIN_PASSWORD: Final = 10

HEADERS: Final[dict[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""On every response. Drafts may be confidential: pages also carry `Cache-Control: no-store`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What the signed cookie carries. `stamp` ends the session when the person's password changes."""

    reviewer: str
    role: Role
    csrf: str
    stamp: str = ""


class Sessions:
    """Signs and reads session cookies; the key lives in the workspace, readable by its owner only."""

    def __init__(self, key: bytes, *, seconds: int = SESSION_SECONDS) -> None:
        self._serializer = URLSafeTimedSerializer(key, salt="mgi-review-session")
        self.seconds = seconds

    def open(self, reviewer: str, role: Role, *, stamp: str = "") -> Session:
        return Session(reviewer=reviewer, role=role, csrf=secrets.token_urlsafe(18), stamp=stamp)

    def write(self, session: Session) -> str:
        return str(self._serializer.dumps(asdict(session)))

    def read(self, cookie: str | None) -> Session | None:
        """The session, or None if there is none, it was forged or it is too old.

        >>> sessions = Sessions(b"k" * 32)
        >>> sessions.read(sessions.write(sessions.open("Ana", "lead"))).reviewer
        'Ana'
        >>> sessions.read("forged") is None
        True
        """
        if not cookie or len(cookie) > 4096:
            return None
        try:
            data = self._serializer.loads(cookie, max_age=self.seconds)
            return Session(**data)
        except (BadSignature, TypeError, json.JSONDecodeError):
            return None


def signing_key(folder: Path) -> bytes:
    """The workspace's key, made on first use. Raises StoreError if the folder cannot be written."""
    path = folder / "session.key"
    try:
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(32))
        key = path.read_bytes()
    except FileExistsError:
        key = path.read_bytes()
    except OSError as error:
        raise StoreError(f"Cannot keep the session key in {folder}: {error.strerror}.", hint="Check rights.") from error
    if len(key) < 32:
        raise StoreError(f"{path} is damaged.", hint="Delete it; everybody signs in again.")
    return key


def hash_password(password: str, *, cost: int = 15) -> str:
    """`scrypt$cost$salt$hash`; about 60 ms and 32 MB at the default cost."""
    salt = secrets.token_bytes(16)
    return f"scrypt${cost}${salt.hex()}${_scrypt(password, salt, cost).hex()}"


def check_password(password: str, stored: str | None) -> bool:
    """Takes as long for an unknown person (`stored` None) as for a wrong password.

    >>> check_password("correct horse", hash_password("correct horse", cost=10))
    True
    """
    try:
        method, cost, salt, digest = (stored or _NOBODY).split("$")
        right = hmac.compare_digest(_scrypt(password, bytes.fromhex(salt), int(cost)), bytes.fromhex(digest))
    except ValueError:
        return False
    return right and method == "scrypt" and stored is not None


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    n = 2 ** min(cost, 17)
    return hashlib.scrypt(password[:1024].encode(), salt=salt, n=n, r=8, p=1, maxmem=256 * n * 8, dklen=32)


_NOBODY: Final = f"scrypt$15${'00' * 16}${'00' * 32}"


def password_stamp(stored: str) -> str:
    """Changes whenever the password changes; tells nothing about it."""
    return hashlib.sha256(stored.encode()).hexdigest()[:12]


@dataclass(slots=True)
class RateLimit:
    """At most `most` events per key in `seconds`; the memory is bounded.

    >>> limit = RateLimit(most=2, seconds=60)
    >>> [limit.wait("ana") == 0 or limit.wait("ana") for _ in range(2) if limit.note("ana") is None][:1]
    [True]
    """

    most: int
    seconds: float
    clock: Callable[[], float] = time.monotonic
    _events: dict[str, deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, key: str) -> int:
        """Seconds until `key` may try again; 0 if it may now."""
        with self._lock:
            events = self._fresh(key)
            if len(events) < self.most:
                return 0
            return max(1, int(events[0] + self.seconds - self.clock()) + 1)

    def note(self, key: str) -> None:
        """Counts one event."""
        with self._lock:
            events = self._fresh(key)
            events.append(self.clock())
            self._events[key] = events
            if len(self._events) > 10_000:  # a flood of names must not fill the memory
                self._events.pop(next(iter(self._events)))

    def forget(self, key: str) -> None:
        with self._lock:
            self._events.pop(key, None)

    def _fresh(self, key: str) -> deque[float]:
        events = self._events.get(key, deque(maxlen=self.most))
        while events and events[0] <= self.clock() - self.seconds:
            events.popleft()
        return events


def same_token(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("")
    (True, True, False, False)
    """
    return host in {"localhost", "::1"} or host.startswith("127.")
