"""Which addresses may be asked. A manifest comes from others: it must not make this machine ask its own network.

A host is resolved once, every address it has is checked, and the connection goes to the address that was checked: a
name that resolves to something else a moment later gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pipeline.errors import FetchError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_INSIDE: Final = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
"""Names that no public server has."""

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address of a URL: what to connect to and what to call it."""

    url: str
    scheme: str
    host: str
    address: str
    port: int
    path: str

    @property
    def pinned(self) -> str:
        """The URL with the checked address in the place of the name."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        usual = {"http": 80, "https": 443}[self.scheme]
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"


def check_url(url: str, *, allow_private: bool = False) -> Target:
    """The URL's address, checked. Raises FetchError for another scheme, credentials, a name that does not resolve or
    any address inside a private, local or reserved network."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchError(f"'{url[:200]}' is not a web address: {error}.", hint="Check the manifest.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError(f"'{url[:200]}' is not a web address.", hint="It should begin with https://")
    if parts.username or parts.password:
        raise FetchError(f"The address of {parts.hostname} carries a password.", hint="Remove it.")
    port = port or {"http": 80, "https": 443}[parts.scheme]
    host = _ascii(parts.hostname)
    addresses = _resolve(host, port)
    if not allow_private:
        for address in addresses:
            if not is_public(address):
                raise FetchError(
                    f"{parts.hostname} leads to {address}, an address inside a private or local network.",
                    hint="Download it by hand and give the file, or use --allow-private if you trust the manifest.",
                )
    path = parts.path or "/"
    path = _encoded(path) + (f"?{_encoded(parts.query)}" if parts.query else "")
    return Target(url, parts.scheme, host, str(addresses[0]), port, path)


def problem_of(url: str, *, allow_private: bool = False) -> str:
    """What is wrong with an address, as far as it shows without asking anybody; empty where nothing is. The text
    never repeats a password.

    >>> problem_of("https://example.org/a.pdf"), problem_of("https://me:secret@example.org/a.pdf")
    ('', 'the address of example.org carries a name or password')
    >>> problem_of("http://127.1/a"), problem_of("https://example.org/a b.pdf")
    ('127.1 is inside a private or local network', 'the address has blanks (a blank is written %20)')
    """
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "that is not a web address"
    if parts.scheme not in ("http", "https") or not host:
        return "that is not a web address"
    if "@" in parts.netloc:
        return f"the address of {host} carries a name or password"
    if any(c.isspace() or not c.isprintable() for c in url):
        return "the address has blanks (a blank is written %20)"
    inside = host.endswith(_INSIDE) or host in ("localhost", "localhost.localdomain") or not _literal_is_public(host)
    return f"{host} is inside a private or local network" if inside and not allow_private else ""


def _literal_is_public(host: str) -> bool:
    """Whether a host that is an address, in any way of writing it, is a public one; names are."""
    try:
        return is_public(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return is_public(ipaddress.IPv4Address(socket.inet_aton(host)))
    except (OSError, UnicodeError):
        return True


def is_public(address: IPAddress) -> bool:
    """Reachable for everybody on the internet, also where an IPv6 address only wraps an IPv4 one.

    >>> [is_public(ipaddress.ip_address(a)) for a in ("8.8.8.8", "10.0.0.1", "::ffff:127.0.0.1", "169.254.169.254")]
    [True, False, False, False]
    """
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if wrapped is None and address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(wrapped)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _resolve(host: str, port: int) -> list[IPAddress]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(f"{host} cannot be found.", hint="Check the address and the connection.") from error
    # the scope of a link-local address ("%eth0") is no part of it
    addresses = dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found)
    # IPv4 first: an office network that promises IPv6 and does not carry it is the commoner failure
    return sorted(addresses, key=lambda a: a.version)


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError as error:
        raise FetchError(f"'{host[:100]}' is not the name of a host.", hint="Check the manifest.") from error


def _encoded(text: str) -> str:
    """Blanks and letters beyond ASCII as %XX; what is encoded already stays."""
    from urllib.parse import quote  # noqa: PLC0415

    return quote(text, safe="/%:=&?~#+!$,;'@()*[]")
