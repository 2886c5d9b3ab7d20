"""The parts of a wrong request's path, and what they most likely stand for."""

from __future__ import annotations

__all__ = ("ACCOUNT", "KEY", "NAMESPACE", "Part", "read_path")

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from pytest_kv._core.text import shortened
from pytest_kv._report.known_ids import KnownIds, account_difference, namespace_difference

ACCOUNT, NAMESPACE, KEY = "{account_id}", "{namespace_id}", "{key}"

_COLLECTIONS = ("keys", "values", "metadata", "bulk")
_WORDS = ("client", "v4", "accounts", "storage", "kv", "namespaces", *_COLLECTIONS)
_WORDS_IN_NAMESPACE = (*_COLLECTIONS, "delete", "get")
# Two words may have been sent as one: bulk_delete in place of bulk/delete.
_PAIRS = ("client/v4", "v4/accounts", "storage/kv", "kv/namespaces")
_PAIRS_IN_NAMESPACE = ("bulk/delete", "bulk/get")
_ALSO_CALLED = {"list": "keys", "remove": "delete"}
_ID_BEHIND = {"accounts": ACCOUNT, "namespaces": NAMESPACE}
_SIMILAR = 0.75
_MOST_PARTS = 20
_SHOWN = 60


class Part(NamedTuple):
    """A part of a request's path."""

    text: str
    """The part as it was sent."""
    meaning: str
    """The part of an operation's path that it stands for, or its own text when that is unknown."""
    difference: str | None = None
    """How the text differs from its meaning."""


def read_path(path: str, known: KnownIds) -> list[Part]:
    """The parts of a path. A key is one part, and a double slash has an empty part in it."""
    parts = list(_parts(path, known))
    ids = {part.meaning: part.text for part in parts}
    if ids.get(NAMESPACE) != known.account_id or ids.get(ACCOUNT) not in known.titles:
        return parts
    told = {ACCOUNT: "the ids of the account and the namespace are swapped", NAMESPACE: None}
    return [part._replace(difference=told.get(part.meaning, part.difference)) for part in parts]


def _parts(path: str, known: KnownIds) -> Iterator[Part]:
    before = [""]
    texts = path.removeprefix("/").removesuffix("/").split("/", _MOST_PARTS)
    while texts:
        text, *texts = texts
        meaning = _meaning(text, before, "".join(texts[:1]), known)
        if meaning == KEY:
            yield Part("/".join([text, *texts]), KEY)
            return
        first, *others = [text] if meaning == text else meaning.split("/")
        yield Part(text, first, _difference(text, meaning, known))
        yield from (Part("", word) for word in others)
        before += [first, *others]


def _meaning(text: str, before: list[str], following: str, known: KnownIds) -> str:
    """What a part stands for; ``before`` is what the parts before it stand for."""
    last = before[-1]
    if last in {"values", "metadata"}:
        return KEY
    ids = {known.account_id, *known.titles}
    # If this part is a word, the id is missing. If a known id follows, this part is one too many.
    is_word = text in _WORDS and text not in known.titles.values()
    if last in _ID_BEHIND and not is_word and following not in ids:
        return _ID_BEHIND[last]
    if text in ids:
        return ACCOUNT if text == known.account_id else NAMESPACE
    is_in_namespace = NAMESPACE in before
    words = _WORDS_IN_NAMESPACE + _PAIRS_IN_NAMESPACE if is_in_namespace else _WORDS + _PAIRS
    word = text[:_SHOWN].casefold()  # no word is longer
    similar: list[str] = get_close_matches(_ALSO_CALLED.get(word, word), words, cutoff=_SIMILAR)
    if similar:
        return similar[0]
    # Most likely a key without its collection; but no key can follow "bulk".
    is_key = is_in_namespace and last != "bulk" and following not in _WORDS_IN_NAMESPACE
    return KEY if is_key and text else text


def _difference(text: str, meaning: str, known: KnownIds) -> str | None:
    if meaning == ACCOUNT:
        return account_difference(text, known)
    if meaning == NAMESPACE:
        return namespace_difference(text, known)
    return None if text == meaning else f"{shortened(text, _SHOWN)} in place of {meaning!r}"
