"""Namespaces with something in them, each example's own."""

from __future__ import annotations

__all__ = ("namespaces", "seeded_namespace")

from collections.abc import Mapping

from hypothesis import strategies as st

from pytest_kv import Entry, KVAccount, KVNamespace, Limits
from pytest_kv.strategies import _entries, _keys
from pytest_kv.strategies._bounds import check_bounds, shown_as_called


def seeded_namespace(
    entries: Mapping[str, str | bytes | Entry], *, limits: Limits | None = None
) -> KVNamespace:
    """The default namespace of a new account, holding ``entries``; as an example is printed.

    Raises ValueError or TypeError for what :meth:`KVNamespace.seed` does.
    """
    namespace = KVAccount(limits=limits).default_namespace
    namespace.seed(entries)
    return namespace


@shown_as_called
def namespaces(
    *,
    keys: st.SearchStrategy[str] | None = None,
    entries: st.SearchStrategy[Entry] | None = None,
    min_size: int = 0,
    max_size: int = 10,
    limits: Limits | None = None,
) -> st.SearchStrategy[KVNamespace]:
    """Namespaces of ``min_size`` to ``max_size`` entries, each in a new account of its own.

    Nothing a test does to one is in the next: no entry, call, planned fault or time. The names and
    entries are those of :func:`keys` and :func:`entries` unless strategies for others are given.
    Shrinks to an empty namespace, and prints as ``seeded_namespace({'0': Entry(b'')})``.

    Raises InvalidArgument for bounds that cannot be, at once.
    """
    check_bounds(0, min_size=min_size, max_size=max_size)
    seeds = st.dictionaries(
        _keys.keys(limits=limits) if keys is None else keys,
        _entries.entries(limits=limits) if entries is None else entries,
        min_size=min_size,
        max_size=max_size,
    )
    if limits is None:
        return st.builds(seeded_namespace, seeds)
    return st.builds(seeded_namespace, seeds, limits=st.just(limits))
