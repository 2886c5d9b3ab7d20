"""Waits for the results of a client that may be sync or async."""

from __future__ import annotations

__all__ = ("Driver", "RunCoroutine", "check_no_running_loop")

import asyncio
import inspect
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Iterator
from types import TracebackType
from typing import Any

RunCoroutine = Callable[[Coroutine[Any, Any, Any]], Any]
"""A function that runs a coroutine and returns its result, such as one that uses ``trio.run``."""


def check_no_running_loop() -> None:
    """Raise RuntimeError inside a running asyncio loop, where a second loop cannot run."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        "the contract runs clients on a loop of its own, and one is running here: call it from "
        "a plain function, or with asyncio.to_thread()"
    )


class Driver:
    """Waits for what a client returns, on an event loop that is made when it is first needed.

    A client keeps one loop for its whole life, because its connections belong to that loop.
    """

    def __init__(self, run: RunCoroutine | None = None) -> None:
        self._run = run
        self._runner: asyncio.Runner | None = None
        self.is_async = False
        """Whether the client has returned anything to await so far."""
        self._template = "{}"
        """The expression for the result of the last call; ``{}`` stands for the call."""

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
        """The result of ``value``: awaitables are awaited, iterators become lists."""
        self._template = "{}"
        if inspect.isawaitable(value):
            self._template = "await {}"
            return self._run_coroutine(self._awaited(value))
        if isinstance(value, AsyncIterable):
            self._template = "[name async for name in {}]"
            return self._run_coroutine(_collected(value))
        if isinstance(value, Iterator):
            self._template = "list({})"
            return list(value)
        return value

    def awaited(self, code: str) -> str:
        """The expression for the result of ``code``, the call that :meth:`finish` finished last."""
        return self._template.replace("{}", code)

    async def _awaited(self, value: Awaitable[Any]) -> Any:
        result = await value
        if isinstance(result, AsyncIterable):
            self._template = "[name async for name in await {}]"
            return await _collected(result)
        return result

    def _run_coroutine(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        self.is_async = True
        if self._run is not None:
            return self._run(coroutine)
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(coroutine)


async def _collected(values: AsyncIterable[Any]) -> list[Any]:
    return [value async for value in values]
