"""The usage warnings that a client's calls give."""

from __future__ import annotations

__all__ = ("usage_warnings",)

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pytest_kv import KVUsageWarning


@contextmanager
def usage_warnings() -> Iterator[list[str]]:
    """The usage warnings in this block. They break no clause, but may explain what does."""
    told: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always", KVUsageWarning)
        show: Callable[..., None] = warnings.showwarning

        def note(message: Warning | str, category: type[Warning], *args: Any, **more: Any) -> None:
            if issubclass(category, KVUsageWarning):
                told.append(str(message))
            else:
                show(message, category, *args, **more)

        warnings.showwarning = note
        yield told
