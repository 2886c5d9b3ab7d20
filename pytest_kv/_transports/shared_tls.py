"""One TLS context for all the httpx clients that the contract makes.

httpx loads every certificate of its bundle for each client, 10 to 80 ms, and the contract makes
hundreds of clients that never speak TLS. In a block of :func:`shared_tls_context` this module
replaces one name, ``httpx._transports.default.create_ssl_context``, through which the transports
of httpx get their context. ``httpx.create_ssl_context`` and ``ssl`` stay as they are, so a context
that a client makes itself is its own.

Only a transport that asks for the defaults, ``verify=True`` and no ``cert``, gets the shared
context, since httpx itself changes nothing in it then. It is shared only while the environment is
the same.

One risk remains: a client that reaches into its transport and changes the context there changes it
for the next clients, too. httpcore does so when it connects (it sets ALPN). That is harmless in
the contract, where nothing connects by TLS, but not in a user's suite with a real host beside the
API. So ``mock_api()`` does not share.
"""

from __future__ import annotations

__all__ = ("shared_tls_context",)

import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from httpx._transports import default

_Create = Callable[..., ssl.SSLContext]

_NAME = "create_ssl_context"
_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_DEFAULTS = {"verify", "cert", "trust_env"}


class _Shared:
    """Stands in for httpx's function while at least one block is open."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._blocks = 0
        self._create: _Create = getattr(default, _NAME)
        self._key: object = None
        self._context: ssl.SSLContext | None = None

    def __call__(self, *args: Any, **keywords: Any) -> ssl.SSLContext:
        # Someone who replaced the name inside a block may put this object back after it.
        if not self._blocks or args or not _asks_for_defaults(keywords):
            return self._create(*args, **keywords)
        with self._lock:
            key = (self._create, ssl.SSLContext, keywords["trust_env"], _environment())
            if self._context is None or key != self._key:
                self._context, self._key = self._create(**keywords), key
            return self._context

    def enter(self) -> None:
        """Open a block."""
        with self._lock:
            self._blocks += 1
            found = getattr(default, _NAME)
            if self._blocks == 1 and found is not self:
                self._create = found
                setattr(default, _NAME, self)

    def leave(self) -> None:
        """Close a block; the last one puts httpx's function back."""
        with self._lock:
            self._blocks -= 1
            if not self._blocks and getattr(default, _NAME) is self:
                setattr(default, _NAME, self._create)


_SHARED = _Shared()


@contextmanager
def shared_tls_context() -> Iterator[None]:
    """Share the default TLS context between the httpx clients that are made in this block."""
    _SHARED.enter()
    try:
        yield
    finally:
        _SHARED.leave()


def _asks_for_defaults(keywords: dict[str, Any]) -> bool:
    return keywords.keys() == _DEFAULTS and keywords["verify"] is True and keywords["cert"] is None


def _environment() -> tuple[str | None, ...]:
    return tuple(map(os.environ.get, _VARIABLES))
