"""Lists of names and values: what a form and the query of a URL are."""

from __future__ import annotations

__all__ = ("Pairs", "URLSearchParams", "pairs_from")

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

from pytest_kv.workers._objects import JsArray, JsObject, JsProxy, jsnull, members, throw, to_text

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True


class Pairs(JsProxy):
    """A list of names and values in which a name may stand more than once."""

    def __init__(self) -> None:
        self._pairs: list[tuple[str, Any]] = []

    def get(self, name: str) -> Any:
        """The first value of this name, or null."""
        return next((value for known, value in self._pairs if known == name), jsnull)

    def getAll(self, name: str) -> JsArray:
        made: JsArray = JsArray.new(*(value for known, value in self._pairs if known == name))
        return made

    def has(self, name: str) -> bool:
        return any(known == name for known, _ in self._pairs)

    def append(self, name: str, value: Any) -> None:
        self._pairs.append((name, to_text(value)))

    def set(self, name: str, value: Any) -> None:
        """Replace every value of this name by one."""
        self.delete(name)
        self.append(name, value)

    def delete(self, name: str) -> None:
        self._pairs = [pair for pair in self._pairs if pair[0] != name]

    def keys(self) -> Iterator[str]:
        return iter([name for name, _ in self._pairs])

    def values(self) -> Iterator[Any]:
        return iter([value for _, value in self._pairs])

    def entries(self) -> Iterator[JsArray]:
        return iter([JsArray.new(*pair) for pair in self._pairs])

    def __iter__(self) -> Iterator[Any]:
        return self.entries()


def pairs_from(given: Any) -> Iterator[tuple[str, str]]:
    """The pairs in an object, or in an iterable of pairs, as JavaScript reads them."""
    if isinstance(given, JsObject):
        given = members(given).items()
    for pair in given:
        if isinstance(pair, str) or len(pair) != 2:
            throw("TypeError", f"each item must be a pair of name and value, not {pair!r}")
        name, value = pair
        yield to_text(name), to_text(value)


class URLSearchParams(Pairs):
    """The query of a URL, or a form without files."""

    def __init__(self, given: Any = "") -> None:
        super().__init__()
        if isinstance(given, str):
            self._pairs.extend(parse_qsl(given.removeprefix("?"), keep_blank_values=True))
        else:
            self._pairs.extend(pairs_from(given))

    def toString(self) -> str:
        return urlencode(self._pairs)

    def __iter__(self) -> Iterator[str]:
        # Pyodide sees a mapping in it, as in a Map (O).
        return self.keys()
