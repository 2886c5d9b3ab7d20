"""The test that a broken clause prints, and running it as if it were pasted."""

from __future__ import annotations

__all__ = ("printed_test", "run")

import asyncio
import inspect
import warnings
from collections.abc import Callable
from itertools import takewhile
from textwrap import dedent
from typing import Any

from pytest_kv import KVUsageWarning


def printed_test(message: str) -> str:
    """The test in the middle of the message of a broken clause."""
    head, _, rest = message.partition("To see it again")
    assert head, "a message begins with the claim"
    lines = rest.partition(":\n\n")[2].splitlines()
    return dedent("\n".join(takewhile(lambda line: not line or line.startswith(" "), lines)))


def run(code: str, make_client: Callable[[Any], Any], **hooks: object) -> None:
    """Run a printed test with a ``make_client`` and hooks, as if it were pasted beside them."""
    names: dict[str, Any] = {"make_client": make_client, **hooks}
    exec(code, names)  # it is what a user pastes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KVUsageWarning)
        result = names["test_it"]()
        if inspect.iscoroutine(result):
            asyncio.run(result)
