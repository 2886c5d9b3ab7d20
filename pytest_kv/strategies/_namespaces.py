"""Namespaces with entries in them, a new one for each example."""

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
    """The default namespace of a new account, with ``entries`` in it.

    A failing example of :func:`namespaces` is printed as a call of this function. Raises the
    ValueError or TypeError of :meth:`KVNamespace.seed`.
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
    """Namespaces of ``min_size`` to ``max_size`` entries, each in a new account.

    An example shares nothing with the next: no entries, calls, planned faults or time. Keys and
    entries come from :func:`keys` and :func:`entries`, or from the strategies that are given.
    Shrinks to an empty namespace, and prints as ``seeded_namespace({'0': Entry(b'')})``.

    Raises InvalidArgument immediately for bounds that contradict each other.
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
