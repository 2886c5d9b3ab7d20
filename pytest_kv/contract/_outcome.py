"""The result of a call of the client, and the exception for a clause that it breaks."""

from __future__ import annotations

__all__ = ("Broken", "Outcome")

from dataclasses import dataclass
from typing import Any

from pytest_kv._internal import shortened
from pytest_kv.contract._subject import WRITES

_MOST = 200
"""The most characters of a result or an error in a message."""


class Broken(AssertionError):
    """A client breaks a clause; the message says how, and contains a test that shows it."""

    def __init__(self, message: str, *, cause: str | None = None, method: str = "") -> None:
        super().__init__(message)
        self.cause = cause
        """The reason, if it breaks other clauses of this client, too."""
        self.method = method
        """The method of the client that was called last."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one call of the client: a value or an exception."""

    code: str
    """The call as an expression."""
    step: int
    """The index of the call in the record."""
    value: Any = None
    error: Exception | None = None
    method: str = ""
    """The method of the client that was called."""

    @property
    def is_write(self) -> bool:
        """Whether the method writes or deletes."""
        return self.method in WRITES

    @property
    def raised(self) -> bool:
        """Whether the client raised."""
        return self.error is not None

    @property
    def failed(self) -> bool:
        """Whether the client said that it failed; then it claims nothing. A write may say False."""
        return self.raised or (self.is_write and self.value is False)

    @property
    def is_bool(self) -> bool:
        """Whether the client says with True or False whether a write was done."""
        return self.is_write and isinstance(self.value, bool)

    def __str__(self) -> str:
        if self.error is None:
            return f"returned {_shown(self.value)}"
        words = str(self.error)
        said = f": {words.splitlines()[0][:_MOST]}" if words else ""
        return f"raised {type(self.error).__name__}{said}"


def _shown(value: object) -> str:
    if isinstance(value, str | bytes):
        return shortened(value, _MOST)
    text = repr(value)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"
