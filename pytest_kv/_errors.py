"""The error that KV throws, and the warning that the fake gives."""

from __future__ import annotations

__all__ = ("JsException", "KVError", "KVUsageWarning", "warn_of_usage")

import sys
import warnings
from types import FrameType

_PACKAGES_BETWEEN = frozenset(
    {
        *("pytest_kv", "respx", "httpx", "httpcore", "httpx2", "httpcore2", "cloudflare"),
        *("asyncio", "anyio", "trio", "contextlib"),
    }
)
"""The packages whose frames lie between the caller's line and the fake."""

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


class JsException(Exception):
    """An error that JavaScript throws: ``pyodide.ffi.JsException``, where Pyodide is simulated.

    It is never Python's TypeError, whatever its ``name`` says (O).
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        """JavaScript's name of the error: ``"TypeError"``, ``"Error"`` or ``"SyntaxError"``."""
        self.message = message
        """The error's own words."""

    def __reduce__(self) -> tuple[type[JsException], tuple[str, str]]:
        return (type(self), (self.name, self.message))


class KVError(JsException):
    """An error thrown by a Workers KV binding; ``str()`` of it is ``Name: message``.

    In production it is a JavaScript error that Pyodide raises as ``JsException``. It is never
    Python's TypeError, whatever its ``name`` says, so ``except TypeError`` does not catch it (R).
    """


class KVUsageWarning(UserWarning):
    """In production this would silently do something that the caller most likely did not want."""


def warn_of_usage(message: str) -> None:
    """Warn at the line of the caller's code."""
    depth, frame = 1, sys._getframe()
    while frame.f_back is not None and _is_between(frame):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, KVUsageWarning, stacklevel=depth)


def _is_between(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] in _PACKAGES_BETWEEN
