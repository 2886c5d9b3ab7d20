"""Where servers of ours listen in this process, so that ``kv_api`` lets requests to them out."""

from __future__ import annotations

__all__ = ("is_own_server", "own_server")

from collections.abc import Iterator
from contextlib import contextmanager

# respx is mounted for the whole process, so this is what the whole process runs.
_RUNNING: set[tuple[str, int | None]] = set()
_THIS_MACHINE = "127.0.0.1"


@contextmanager
def own_server(host: str, port: int) -> Iterator[None]:
    """Let requests to a server of ours out for as long as the block runs."""
    _RUNNING.add((host, port))
    try:
        yield
    finally:
        _RUNNING.discard((host, port))


def is_own_server(host: str, port: int | None) -> bool:
    """Whether a server of ours listens there; ``localhost`` is this machine's usual address."""
    return ((_THIS_MACHINE if host == "localhost" else host), port) in _RUNNING
