"""Sequences that are always run: the limits to the byte, which random sequences seldom meet."""

from __future__ import annotations

__all__ = ("fixed_sequences",)

from collections.abc import Iterator

from tests.explorer.calls import Call, Sequence
from tests.oracle.notation import Json

_VALUE_LIMIT_BYTES = 25 * 1024 * 1024
_WIDTHS = {1: "x", 2: "é", 3: "€", 4: "😀"}
_KEY_LIMIT_BYTES = 512
_METADATA_LIMIT_BYTES = 1024
_PAGE = 1000
_BULK_ITEMS = 10_000


def fixed_sequences() -> Iterator[Sequence]:
    """The sequences, each on namespaces that are empty at the start."""
    for size, char in _WIDTHS.items():
        for more in (-1, 0, 1):
            yield _key_of_length({"$repeat": [char, _KEY_LIMIT_BYTES // size + more]})
    for size, char in _WIDTHS.items():
        yield _metadata_lengths(size, char)
    yield _times()
    yield _value_lengths()
    yield _bulk_get_sizes()
    yield _bulk_get_counts()
    yield _bulk_counts()
    yield _full_pages()


def _json(method: str, path: tuple[Json, ...], body: Json) -> Call:
    return Call(method, ("{ns}", *path), (), {"json": body})


def _put(key: Json, value: Json) -> Call:
    return Call("PUT", ("{ns}", "values", key), (), {"text": value})


def _key_of_length(key: Json) -> Sequence:
    """Every operation on one name."""
    return Sequence.of(
        _json("PUT", ("bulk",), [{"key": key, "value": "v"}]),
        _json("POST", ("bulk", "get"), {"keys": [key]}),
        Call("GET", ("{ns}", "keys"), (("prefix", key),)),
        _json("POST", ("bulk", "delete"), [key]),
        *(Call(method, ("{ns}", "values", key)) for method in ("PUT", "GET", "DELETE")),
    )


def _metadata_lengths(size: int, char: str) -> Sequence:
    """Metadata around the limit, in a bulk write and in a form; the quotes count."""
    calls = []
    for more in (-1, 0, 1):
        text: Json = {"$repeat": [char, (_METADATA_LIMIT_BYTES - 2) // size + more]}
        in_form: list[Json] = [["value", "v"], ["metadata", {"$join": ['"', text, '"']}]]
        calls.append(_json("PUT", ("bulk",), [{"key": "a", "value": "v", "metadata": text}]))
        calls.append(Call("PUT", ("{ns}", "values", "b"), (), {"form": in_form}))
    return Sequence(tuple(calls))


def _times() -> Sequence:
    """Each member that sets the expiration of a pair in a bulk write, alone and together."""
    ttls: tuple[Json, ...] = (-1, 0, 1, 59, 59.999, 60, 60.999, 61)
    offsets = (-1, -0.001, 0, 0.999, 1, 59, 59.999, 60, 60.999, 61)
    pairs: list[dict[str, Json]] = [{"expiration_ttl": ttl} for ttl in ttls]
    for offset in offsets:
        pairs.append({"expiration": {"$now": offset}})
        pairs.append({"expiration": {"$now": offset}, "expiration_ttl": 60})
    calls = []
    for index, pair in enumerate(pairs):
        named: dict[str, Json] = {"key": f"k{index}", "value": "", **pair}
        calls += [_json("PUT", ("bulk",), [named]), Call("GET", ("{ns}", "keys"))]
    return Sequence(tuple(calls))


def _value_lengths() -> Sequence:
    """Values of as many bytes as the limit, and of one byte more, alone and in a form."""
    calls = []
    for more in (0, 1):
        value: Json = {"$repeat": ["x", _VALUE_LIMIT_BYTES + more]}
        calls.append(_put("k", value))
        form: Json = [["value", value, "blob"]]
        calls.append(Call("PUT", ("{ns}", "values", "form"), (), {"form": form}))
    return Sequence((*calls, _json("POST", ("bulk", "delete"), ["k", "form"])))


def _bulk_get_sizes() -> Sequence:
    """A bulk get whose size is at the limit, and one character over it."""
    half: Json = {"$repeat": ["x", _VALUE_LIMIT_BYTES // 2]}
    calls = [_put("half", half), _put("one", "1")]
    calls += [_json("POST", ("bulk", "get"), {"keys": keys}) for keys in _KEYS_OF_THE_LIMIT]
    return Sequence((*calls, _json("POST", ("bulk", "delete"), ["half"])))


_KEYS_OF_THE_LIMIT: tuple[list[Json], ...] = (["half", "half"], ["half", "one", "half"])


def _bulk_get_counts() -> Sequence:
    """Bulk gets from no key up to one key over the limit."""
    counts = (0, 1, 99, 100, 101)
    calls = (_json("POST", ("bulk", "get"), {"keys": {"$range": ["k", n]}}) for n in counts)
    return Sequence((_put("k7", "v"), *calls))


def _bulk_counts() -> Sequence:
    """Bulk writes and bulk deletes of no item, of as many items as the limit, and of one more.

    The items are copies of one item: the explorer takes minutes for 10,000 keys.
    """
    pair: Json = {"key": "k", "value": "v"}
    calls = []
    for count in (0, _BULK_ITEMS, _BULK_ITEMS + 1):
        calls.append(Call("PUT", ("{ns}", "bulk"), (), {"copies": [pair, count]}))
        calls.append(Call("POST", ("{ns}", "bulk", "delete"), (), {"copies": ["k", count]}))
    return Sequence(tuple(calls))


def _full_pages() -> Sequence:
    """Pages around 1,000 names: the last one full, and one name more."""
    limits: tuple[Json, ...] = (0, 9, 10, 999, 1000, 1001)
    queries = [(), *((("limit", limit),) for limit in limits)]
    pages = [Call("GET", ("{ns}", "keys"), query) for query in queries]
    cursor = ("cursor", {"$cursor": True})
    pairs: list[Json] = [{"key": f"k{index:04}", "value": ""} for index in range(_PAGE)]
    calls = [_json("PUT", ("bulk",), pairs), *pages, _put("z", "")]
    for page, query in zip(pages, queries, strict=True):
        calls += [page, Call("GET", ("{ns}", "keys"), (*query, cursor))]
    return Sequence(tuple(calls))
