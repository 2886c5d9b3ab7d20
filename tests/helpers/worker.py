"""A binding as a Worker's code calls it: without annotations, and on any event loop or none."""

from __future__ import annotations

__all__ = ("Binding", "run")

from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


class Binding(Protocol):
    """The five methods, to be called with whatever code without annotations passes."""

    async def get(self, *arguments: object, **keywords: object) -> Any:
        """Read."""

    async def getWithMetadata(self, *arguments: object, **keywords: object) -> Any:
        """Read with metadata."""

    async def put(self, *arguments: object, **keywords: object) -> Any:
        """Write."""

    async def delete(self, *arguments: object, **keywords: object) -> Any:
        """Delete."""

    async def list(self, *arguments: object, **keywords: object) -> Any:
        """List."""


def run(coroutine: Coroutine[object, object, Result]) -> Result:
    """The coroutine's result, by hand: it must not wait for anything."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: Result = stop.value
        return result
    raise RuntimeError("the coroutine waits for an event loop")
