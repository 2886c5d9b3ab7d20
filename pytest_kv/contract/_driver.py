"""Calling a client that may be sync or async, whatever runs the tests."""

from __future__ import annotations

__all__ = ("Driver", "Run", "refuse_a_running_loop")

import asyncio
import inspect
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any

Run = Callable[[Coroutine[Any, Any, Any]], Any]
"""What runs a coroutine to its end, such as ``trio_run``."""


def refuse_a_running_loop() -> None:
    """RuntimeError where an asyncio loop runs already, since a second one cannot run inside it."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        "the contract runs clients on a loop of its own, and one is running here: call it from "
        "a plain function, or with asyncio.to_thread()"
    )


class Driver:
    """Runs what a client returns to its end, on an event loop that is made when first needed.

    A client keeps one loop for its whole life, since its connections belong to it.
    """

    def __init__(self, run: Run | None = None) -> None:
        self._run = run
        self._runner: asyncio.Runner | None = None
        self.is_async = False
        """Whether anything had to be awaited so far."""
        self._spelling = "{}"

    def __enter__(self) -> Driver:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            self._runner.close()

    def finish(self, value: Any) -> Any:
        """What ``value`` comes to once awaited, or once an async iterator has run out."""
        self._spelling = "{}"
        if inspect.isawaitable(value):
            self._spelling = "await {}"
            return self._to_end(self._awaited(value))
        if isinstance(value, AsyncIterable):
            self._spelling = "[name async for name in {}]"
            return self._to_end(_collected(value))
        return value

    def awaited(self, code: str) -> str:
        """The expression for what was finished last, as it has to be spelled to get its result."""
        return self._spelling.replace("{}", code)

    async def _awaited(self, value: Awaitable[Any]) -> Any:
        result = await value
        if isinstance(result, AsyncIterable):
            self._spelling = "[name async for name in await {}]"
            return await _collected(result)
        return result

    def _to_end(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        self.is_async = True
        if self._run is not None:
            return self._run(coroutine)
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(coroutine)


async def _collected(values: AsyncIterable[Any]) -> list[Any]:
    return [value async for value in values]
