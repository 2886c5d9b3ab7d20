"""Transfers of libcurl, which looks names up, connects and verifies in C.

Before each transfer these options of its handle are set, and afterwards they are again as the
client has set them:

- ``CONNECT_TO`` leads the API's host to our server, or to a port of this machine that nobody can
  listen on. So a redirect of another server does not lead to the real host, either.
- For a URL of the host, ``CAINFO_BLOB`` trusts nothing but our certificate, and ``PROXY`` is empty.

What a client set before the first block opened cannot be read, so afterwards such an option is not
set.
"""

from __future__ import annotations

__all__ = (
    "CAINFO_BLOB",
    "CONNECT_TO",
    "COULDNT_CONNECT",
    "Library",
    "Transfers",
    "handle_patches",
    "removing",
)

import errno
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, cast
from urllib.parse import unquote
from weakref import WeakKeyDictionary, WeakSet

from pytest_kv._rest.routes import HOST
from pytest_kv._transports.certificates import certificate
from pytest_kv._transports.host_claims import Claim, Claims, Server, claim_on
from pytest_kv._transports.host_connections import HTTPS_PORT, NO_TLS
from pytest_kv._transports.patch import Patch

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

_PROXY, _URL, CONNECT_TO, _CURLU, CAINFO_BLOB = 10004, 10002, 10243, 10282, 40309
"""The numbers of libcurl's options, from its ``curl.h``."""

COULDNT_CONNECT = 7
"""The number of this error of libcurl."""

_KEPT = (_PROXY, _URL, CONNECT_TO, _CURLU, CAINFO_BLOB)

_NAMES = (HOST, f"{HOST}.")
"""With a dot at its end it is another name to libcurl."""

_NOWHERE = "127.0.0.1:0"
"""Nobody can listen on port 0, so a connection to it fails at once."""

_SECURE = ("https", "wss")

_LED = (
    f"another server has led {{package}} to {HOST}: kv_intercept answers it only for a URL that it "
    "is given. Request that URL itself, or use kv_server."
)
_TOO_OLD = (
    f"kv_intercept cannot answer for {HOST}: this {{package}} has no option CAINFO_BLOB. Install a "
    "newer one, or use kv_server."
)
_URL_PARTS = re.compile(
    r"\s*(?:([a-z][a-z\d+-]*):/{1,3})?(?:[^/?#]*@)?([^/?#:@]*)(?::(\d+))?", re.IGNORECASE
)
"""Scheme, host and port; libcurl takes a URL without a scheme, and one with too few or too many
slashes."""


class Library(NamedTuple):
    """What transfers need of one package for libcurl."""

    package: str
    put: Callable[[Any, int, Any], object]
    """Sets an option of a handle; None unsets it."""
    url: Callable[[Any], str | bytes]
    """The URL that a handle was given, or if it has begun a transfer, the one it was led to."""
    error: type[Exception]
    """The class of the package's errors."""
    failed: Callable[[str], Exception]
    """Makes such an error with these words, which is an OSError, too."""
    has_blobs: bool = True
    """Whether it has the option ``CAINFO_BLOB``."""


class Transfers:
    """The transfers of one package's handles, while a block is open."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._given: WeakKeyDictionary[Any, dict[int, Any]] = WeakKeyDictionary()
        """Options that the client has set, of each handle."""
        self._ours: WeakKeyDictionary[Any, dict[int, Any]] = WeakKeyDictionary()
        """Options that we have set, of each handle in a transfer."""
        self._errors: WeakKeyDictionary[Any, Exception] = WeakKeyDictionary()
        """The error of each handle in a multi whose transfer cannot succeed."""
        self._in_multi: WeakSet[Any] = WeakSet()

    def keep(self, handle: Any, option: int, value: Any = None) -> None:
        """Record that the client has set an option, or unset it."""
        if option in _KEPT:
            self._given.setdefault(handle, {})[option] = value

    def copy(self, handle: Any, other: Any) -> None:
        """Record that ``other`` was made as a copy of ``handle``."""
        self._given[other] = dict(self._given.get(handle, {}))

    def forget(self, handle: Any) -> None:
        """Record that no option of a handle is set any more."""
        self._given.pop(handle, None)
        self._ours.pop(handle, None)
        self._errors.pop(handle, None)

    def begin(self, handle: Any) -> None:
        """Set our options before a transfer; raise the package's error if it cannot succeed."""
        claim, port = self._claim(handle)
        self._set(handle, {} if claim is None else self._trusting(claim, port))

    def begin_in_multi(self, handle: Any) -> None:
        """Set our options before a transfer in a multi, which fails there if it cannot succeed.

        Clients expect no error of a transfer where they add its handle to a multi.
        """
        claim, port = self._claim(handle)
        try:
            ours = {} if claim is None else self._trusting(claim, port)
        except self._library.error as error:
            self._errors[handle] = error
            # Its connection fails at once.
            ours = {CONNECT_TO: _nowhere(), _PROXY: ""}
        self._set(handle, ours)
        self._in_multi.add(handle)

    def _claim(self, handle: Any) -> tuple[Claim | None, int]:
        given = self._given.get(handle, {})
        host, port = _host_and_port(given.get(_CURLU) or given.get(_URL) or self._url(handle))
        return claim_on(host), port

    def _set(self, handle: Any, ours: dict[int, Any]) -> None:
        given = self._given.get(handle, {}).get(CONNECT_TO) or ()
        ours = ours | {CONNECT_TO: [*ours.get(CONNECT_TO, _destinations()), *given]}
        for option, value in ours.items():
            self._library.put(handle, option, value)
        self._ours[handle] = ours

    def end(self, handle: Any) -> None:
        """Put the client's options back after a transfer."""
        given = self._given.get(handle, {})
        self._errors.pop(handle, None)
        self._in_multi.discard(handle)
        for option in self._ours.pop(handle, {}):
            self._library.put(handle, option, given.get(option))

    def stop(self) -> None:
        """Put the client's options back for the transfers that are still in a multi."""
        for handle in list(self._in_multi):
            with suppress(self._library.error):  # another thread uses it, or it is closed
                self.end(handle)

    def led(self, handle: Any) -> Exception | None:
        """The error of a transfer that led to the API's host and could not succeed."""
        if handle in self._errors:
            return self._errors[handle]
        host, _ = _host_and_port(self._url(handle))
        claim = claim_on(host)
        ours = self._ours.get(handle)
        if claim is None or ours is None or CAINFO_BLOB in ours:
            return None
        return self._failed(claim, _LED)

    def performed(self, perform: Callable[[], Any], handle: Any) -> Any:
        """Return what ``perform``, which makes a whole transfer, returns."""
        self.begin(handle)
        try:
            return perform()
        except self._library.error as error:
            led = self.led(handle)
            if led is None:
                raise
            raise led from error
        finally:
            self.end(handle)

    def _url(self, handle: Any) -> str | bytes:
        try:
            return self._library.url(handle)
        except self._library.error:  # pycurl, for an empty URL
            return ""

    def _trusting(self, claim: Claim, port: int) -> dict[int, Any]:
        if not self._library.has_blobs or not isinstance(claim.outcome, Server):
            raise self._failed(claim, _TOO_OLD)
        if port != HTTPS_PORT:
            raise self._failed(claim, NO_TLS.format(port=port))
        return {CAINFO_BLOB: certificate().authority, _PROXY: ""}

    def _failed(self, claim: Claim, words: str) -> Exception:
        package = self._library.package
        words = words.format(package=package)
        error = claim.error(errno.EHOSTUNREACH, words, client=package)
        return self._library.failed(str(error.strerror))


def _destinations() -> list[str]:
    """Where the API's host leads to, as entries of ``CONNECT_TO``; the first that fits counts."""
    outcome = None if Claims.deciding is None else Claims.deciding.outcome
    if outcome is None:
        return []
    if not isinstance(outcome, Server):
        return _nowhere()
    return [f"{name}:{HTTPS_PORT}:{outcome.host}:{outcome.port}" for name in _NAMES] + _nowhere()


def _nowhere() -> list[str]:
    return [f"{name}::{_NOWHERE}" for name in _NAMES]


def _host_and_port(url: Any) -> tuple[str, int]:
    """The host and the port of a URL, which is a text, bytes or an object of pycurl."""
    url = getattr(url, "url", url)
    text = url.decode("latin-1") if isinstance(url, bytes) else str(url)
    scheme, host, port = cast("re.Match[str]", _URL_PARTS.match(text)).groups()
    usual = HTTPS_PORT if (scheme or "").lower() in _SECURE else 80
    return unquote(host), int(port or usual)


def handle_patches(kind: type, transfers: Transfers) -> Iterator[Patch]:
    """Patch the methods of a package's class of handles."""
    for name, wrapped in _WRAPPED.items():
        if hasattr(kind, name):
            yield Patch(kind, name, wrapped, transfers)


def _setopt(original: Callable[..., Any], transfers: Transfers) -> Callable[..., Any]:
    def setopt(self: Any, option: Any, *value: Any) -> Any:
        result = original(self, option, *value)
        transfers.keep(self, option, *value)
        return result

    return setopt


def _reset(original: Callable[..., Any], transfers: Transfers) -> Callable[..., Any]:
    def reset(self: Any) -> Any:
        result = original(self)
        transfers.forget(self)
        return result

    return reset


def _duphandle(original: Callable[..., Any], transfers: Transfers) -> Callable[..., Any]:
    def duphandle(self: Any) -> Any:
        other = original(self)
        transfers.copy(self, other)
        return other

    return duphandle


def _perform(original: Callable[..., Any], transfers: Transfers) -> Callable[..., Any]:
    def perform(self: Any, *args: Any, **options: Any) -> Any:
        return transfers.performed(partial(original, self, *args, **options), self)

    return perform


_WRAPPED = {
    **dict.fromkeys(("setopt", "setopt_string", "unsetopt"), _setopt),
    "reset": _reset,
    "duphandle": _duphandle,
    **dict.fromkeys(("perform", "perform_rb", "perform_rs"), _perform),
}


def removing(original: Callable[..., Any], transfers: Transfers) -> Callable[..., Any]:
    """A wrapper of a method that ends a handle's transfer."""

    def remove(self: Any, handle: Any) -> Any:
        result = original(self, handle)
        transfers.end(handle)
        return result

    return remove
