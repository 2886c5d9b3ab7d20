"""The addresses of our own servers in this process; ``kv_api`` lets requests to them pass."""

from __future__ import annotations

__all__ = ("is_own_server", "own_server")

from collections.abc import Iterator
from contextlib import contextmanager

# respx works for the whole process, and so does this set.
_RUNNING: set[tuple[str, int | None]] = set()
_THIS_MACHINE = "127.0.0.1"


@contextmanager
def own_server(host: str, port: int) -> Iterator[None]:
    """Let requests to a server of ours pass during the block."""
    _RUNNING.add((host, port))
    try:
        yield
    finally:
        _RUNNING.discard((host, port))


def is_own_server(host: str, port: int | None) -> bool:
    """Whether a server of ours listens there; ``localhost`` stands for 127.0.0.1."""
    return ((_THIS_MACHINE if host == "localhost" else host), port) in _RUNNING
