"""Sequences that are always run: the limits to the byte that random sequences seldom meet."""

from __future__ import annotations

__all__ = ("landmarks",)

from collections.abc import Iterator

from tests.oracle.notation import Call, Json, Sequence

_VALUE_LIMIT_BYTES = 25 * 1024 * 1024
_WIDTHS = {1: "x", 2: "é", 3: "€", 4: "😀"}
_LIST_LIMIT = 1000


def landmarks() -> Iterator[Sequence]:
    """The sequences, each on a namespace of its own."""
    yield from (_key_lengths(size, char) for size, char in _WIDTHS.items())
    yield _value_lengths()
    yield from _too_long_and_worse()
    yield _bulk_sizes()
    yield _full_pages()


def _repeat(char: str, count: int) -> Json:
    return {"$repeat": [char, count]}


def _key_lengths(size: int, char: str) -> Sequence:
    """Names and prefixes of 509 to 516 bytes in characters of this many bytes."""
    keys = [_repeat(char, 512 // size + more) for more in (-1, 0, 1)]
    calls = [Call(op, (key, *value)) for key in keys for op, value in _SINGLE_OPERATIONS]
    calls += [Call("get", ([key],)) for key in keys]
    calls += [Call("list", ({"prefix": key},)) for key in keys]
    return Sequence(tuple(calls))


_SINGLE_OPERATIONS: tuple[tuple[str, tuple[Json, ...]], ...] = (
    ("put", ("v",)),
    ("get", ()),
    ("getWithMetadata", ()),
    ("delete", ()),
)


def _value_lengths() -> Sequence:
    """Values of the limit and one character more."""
    calls: list[Call] = []
    for size, char in _WIDTHS.items():
        count = _VALUE_LIMIT_BYTES // size
        calls += [Call("put", ("k", _repeat(char, count + more))) for more in (0, 1)]
    return Sequence(tuple(calls))


def _too_long_and_worse() -> Iterator[Sequence]:
    """A value over the limit together with another mistake, each within its own second."""
    too_long = _repeat("x", _VALUE_LIMIT_BYTES + 1)
    yield Sequence((Call("put", ("", too_long)),))
    yield Sequence((Call("put", ("\ud800", too_long)),))
    yield Sequence((Call("put", ("k", too_long, {"expirationTtl": 59})),))
    yield Sequence((Call("put", ("k", too_long, {"metadata": _repeat("x", 1023)})),))


def _bulk_sizes() -> Sequence:
    """A bulk get of the limit, and of one UTF-16 unit more, and what wins over that refusal."""
    half = _VALUE_LIMIT_BYTES // 2
    calls = [
        Call("put", ("text", _repeat("x", half))),
        Call("put", ("wide", _repeat("😀", half // 2))),
        Call("put", ("mark", "\ufeff")),
        Call("put", ("one", "1")),
        Call("put", ("none", "")),
    ]
    bulks: tuple[tuple[list[Json], tuple[Json, ...]], ...] = (
        (["text", "text", "none"], ()),
        (["text", "wide", "mark"], ()),
        (["text", "one", "text"], ()),
        (["wide", "text", "one"], ()),
        (["text", "wide", "one", "."], ()),
        (["text", "wide", "one"], ("json",)),
        (["one", "one"], ("json",)),
    )
    calls += [Call("getWithMetadata", (keys, *options)) for keys, options in bulks]
    return Sequence(tuple(calls))


def _full_pages() -> Sequence:
    """Pages around 1,000 names: the last one full, and one name more."""
    names = [f"k{index:04}" for index in range(_LIST_LIMIT + 1)]
    pages: list[Json] = [{}, {"limit": 0}, {"limit": 999}, {"limit": 1000}, {"limit": 1001}]
    calls = [Call("put", (name, "")) for name in names[:-1]]
    calls += [Call("list", (page,)) for page in pages]
    calls.append(Call("put", (names[-1], "")))
    for page in pages:
        calls += [Call("list", (page,)), Call("list", (page,), None, use_cursor=True)]
    return Sequence(tuple(calls))
