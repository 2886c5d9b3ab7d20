"""Clients that give up while a server gives them no answer."""

from __future__ import annotations

__all__ = ("until_request_is_read",)

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from pytest_kv import KVServer
from pytest_kv._transports.endpoint import Endpoint


@contextmanager
def until_request_is_read(endpoint: Endpoint) -> Iterator[None]:
    """Stay in the block until a server has read the request of the block.

    On a slow machine a client may give up before that; then the planned fault has not struck yet.
    """
    if not isinstance(endpoint, KVServer):
        yield
        return
    is_read = Event()
    # A server writes this line when it has decided on its answer, or on giving none.
    endpoint._listener.log_line = lambda line: is_read.set()
    yield
    assert is_read.wait(60), "the request did not arrive"
