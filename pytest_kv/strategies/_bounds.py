"""What the strategies share: limits, checks of arguments, favoured sizes, and a short ``repr``."""

from __future__ import annotations

__all__ = (
    "PRODUCTION",
    "UTF8_CHARACTERS",
    "applied",
    "at_bounds",
    "check_bounds",
    "fitted",
    "shown_as_called",
    "texts_of_bytes",
    "utf8_length",
)

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_kv import Limits

PRODUCTION = Limits()
"""The limits of strategies whose caller gives no others."""

UTF8_CHARACTERS = st.characters(exclude_categories=["Cs"])
"""Every character that UTF-8 can express.

They are those of ``codec="utf-8"``, which takes Hypothesis a second to find out in a new folder.
"""

_P = ParamSpec("_P")
_T = TypeVar("_T")
_U = TypeVar("_U")

_UNITS = ("0", "é", "€", "😀", "0é€😀", "/", "%")


def shown_as_called(
    function: Callable[_P, st.SearchStrategy[_T]],
) -> Callable[_P, st.SearchStrategy[_T]]:
    """Make the ``repr`` of a strategy the call that made it, as Hypothesis' own strategies do."""

    @wraps(function)
    def called(*args: _P.args, **kwargs: _P.kwargs) -> st.SearchStrategy[_T]:
        strategy = function(*args, **kwargs)

        def drawn(draw: st.DrawFn, /, **_: object) -> _T:
            return draw(strategy)

        drawn.__name__ = function.__name__
        return st.composite(drawn)(**kwargs)

    return called


def check_bounds(least: int, most: int | None = None, /, **bounds: int) -> None:
    """Raise InvalidArgument unless the bounds are ascending ints from ``least`` to ``most``."""
    lower = least
    lower_name = ""
    for name, bound in bounds.items():
        if type(bound) is not int:
            raise InvalidArgument(f"Expected {name} to be an int, not {bound!r}")
        if bound < least:
            raise InvalidArgument(f"Cannot have {name}={bound} < {least}")
        if most is not None and bound > most:
            raise InvalidArgument(f"Cannot have {name}={bound} > {most}, which is KV's limit")
        if bound < lower:
            raise InvalidArgument(f"Cannot have {name}={bound} < {lower_name}={lower}")
        lower, lower_name = bound, name


def at_bounds(low: int, high: int, *favoured: int) -> st.SearchStrategy[int]:
    """Integers in a range. Each favoured one is as likely as all that are not favoured together.

    Favoured values still shrink to the smallest failing one: Hypothesis can replay the value of
    ``integers(n, n)`` in ``integers(low, high)``, which ``just(n)`` would not allow.
    """
    exact = sorted({n for n in favoured if low <= n <= high})
    return st.one_of(st.integers(low, high), *(st.integers(n, n) for n in exact))


@st.composite
def applied(draw: st.DrawFn, change: Callable[[_T], _U], strategy: st.SearchStrategy[_T]) -> _U:
    """Like ``strategy.map(change)``, but a failure prints the changed value without ``change``."""
    return change(draw(strategy))


@st.composite
def texts_of_bytes(
    draw: st.DrawFn, sizes: st.SearchStrategy[int], beginnings: st.SearchStrategy[str]
) -> str:
    """Texts of ``sizes`` bytes of UTF-8, in characters of one to four bytes."""
    size = draw(sizes)
    unit = draw(st.sampled_from(_UNITS))
    return fitted(draw(beginnings) + unit * (size // utf8_length(unit)), size, size)


def fitted(text: str, low: int, high: int) -> str:
    """``text`` cut to ``high`` bytes at most, at a whole character, then filled up to ``low``."""
    encoded = text.encode()
    if len(encoded) > high:
        text = encoded[:high].decode(errors="ignore")
    return text + "0" * (low - utf8_length(text))


def utf8_length(text: str) -> int:
    """The length of a text in bytes of UTF-8."""
    return len(text.encode())
