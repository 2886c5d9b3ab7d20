"""Clients that give up while a server gives them no answer."""

from __future__ import annotations

__all__ = ("until_request_is_read",)

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from pytest_kv import KVServer
from pytest_kv._transports.endpoint import Endpoint
from pytest_kv._transports.intercept import _BLOCKS, KVIntercept
from pytest_kv._transports.listener import Listener


@contextmanager
def until_request_is_read(endpoint: Endpoint) -> Iterator[None]:
    """Stay in the block until a server has read the request of the block.

    On a slow machine a client may give up before that; then the planned fault has not struck yet.
    """
    if isinstance(endpoint, KVServer):
        listener: Listener | None = endpoint._listener
    else:
        listener = _BLOCKS._listener if isinstance(endpoint, KVIntercept) else None
    if listener is None:
        yield
        return
    is_read = Event()
    # A server writes this line when it has decided on its answer, or on giving none.
    listener.log_line = lambda line: is_read.set()
    yield
    assert is_read.wait(60), "the request did not arrive"
