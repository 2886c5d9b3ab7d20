"""The result of a call of the client, and the exception for a clause that it breaks."""

from __future__ import annotations

__all__ = ("Broken", "Outcome")

from dataclasses import dataclass
from typing import Any

from pytest_kv._internal import shortened


class Broken(AssertionError):
    """A client breaks a clause; the message says how, and contains a test that shows it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one call of the client: a value or an exception."""

    code: str
    """The call as an expression."""
    step: int
    """The index of the call in the record."""
    value: Any = None
    error: Exception | None = None

    @property
    def raised(self) -> bool:
        """Whether the client raised; then it claims nothing."""
        return self.error is not None

    def __str__(self) -> str:
        if self.error is None:
            return f"returned {_shown(self.value)}"
        words = str(self.error)
        said = f": {words.splitlines()[0][:200]}" if words else ""
        return f"raised {type(self.error).__name__}{said}"


def _shown(value: object) -> str:
    if isinstance(value, str | bytes):
        return shortened(value, 200)
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
