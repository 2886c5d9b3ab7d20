"""Clauses about many keys in one call."""

from __future__ import annotations

__all__ = (
    "call_budget",
    "delete_many_deletes_all",
    "get_many_gets_all",
    "is_single",
    "put_many_puts_all",
)

from collections.abc import Mapping, Sequence
from itertools import chain

from hypothesis.strategies import SearchStrategy

from pytest_kv import Limits
from pytest_kv import strategies as kvst
from pytest_kv._internal import shortened
from pytest_kv.contract._cases import run_drawn, run_each
from pytest_kv.contract._claims import check_said_done, check_succeeded, check_values
from pytest_kv.contract._clauses.clause import accepted, accepts_all, clause
from pytest_kv.contract._habits import to_bytes
from pytest_kv.contract._open_run import case_run
from pytest_kv.contract._outcome import Outcome
from pytest_kv.contract._record import Named, Pairs
from pytest_kv.contract._run import CALL_BUDGET, CaseRun
from pytest_kv.contract._subject import Subject
from pytest_kv.contract._tricky_keys import TRICKY
from pytest_kv.strategies import KeyBatch

_LIMITS = Limits()
_BULK, _PAGE, _GET = _LIMITS.bulk_items, _LIMITS.list_names, _LIMITS.bulk_get_keys

_FEW = (1, 2, 3, _GET - 1, _GET, _GET + 1, _PAGE + 1)
_DELETED = (*_FEW, _BULK, _BULK + 1, 2 * _BULK + 1)
_PUT = (*_FEW, _BULK + 1, 2 * _BULK)
"""Fewer counts than for keys, because a client takes much longer for a pair than for a key."""
_READ = (1, 2, 3, _GET - 1, _GET, _GET + 1, 2 * _GET, 5 * _GET // 2)
_QUICK = (1, 3, _GET + 1, _BULK + 1)
_PROBE = 3 * _GET
"""The number of keys in the call that shows whether a client makes a request for each key."""

_REPEATING = (["k0", "k0", "k1"], ["k0", "k1", "k0", "k2"], ["k0", "k1", "k1", "k2"])
"""A key that is repeated at once, later, and in the middle: a client may lose its neighbours."""
_ALIKE = (
    ("a", "A"),
    ("caf\u00e9", "cafe\u0301"),
    ("a/b", "a%2Fb", "a%2fb"),
    ("a b", "a+b", "a%20b"),
    ("k", "k ", " k"),
    ("/k", "k/", "//k"),
    ("1", "01", "1.0"),
)
"""Keys that a careless client takes for each other when they are in one call."""

_BULK_OPERATIONS = frozenset({"bulk_put", "bulk_delete", "bulk_get"})


def call_budget(keys: int) -> int:
    """The number of KV calls that a client may make for ``keys`` keys: 60, and 3 for each key."""
    return CALL_BUDGET + 3 * keys


def is_single(subject: Subject, method: str) -> bool:
    """Whether the client makes at least one KV call for each key of a ``*_many`` method.

    Raises Broken when the client exceeds its call budget.
    """
    with case_run(subject) as run:
        keys = run.assign("keys", KeyBatch(subject.at_most(_PROBE)))
        argument = _numbered(keys) if method == "put_many" else keys
        earlier = len(run.account.calls)
        run.call(method, argument, budget=call_budget(_PROBE))
        return len(run.calls_since(earlier)) >= len(keys.value)


def _numbered(keys: Named) -> Pairs:
    """A mapping with a different value for each key, so that swapped values are seen."""
    pairs = {key: f"v{number}" for number, key in enumerate(keys.value)}
    return Pairs.of(pairs, "f'v{n}'", f"for n, key in enumerate({keys.code})")


def _all_but_one(keys: Named) -> Pairs:
    """A mapping of all keys but the second, which is missing."""
    pairs = {key: f"v{number}" for number, key in enumerate(keys.value) if number != 1}
    return Pairs.of(pairs, "f'v{n}'", f"for n, key in enumerate({keys.code}) if n != 1")


def _counts(subject: Subject, method: str, many: Sequence[int]) -> Sequence[int]:
    few = subject.is_binding or is_single(subject, method)
    counts = _FEW if few else _QUICK if subject.quick else many
    return _within(subject, counts)


def _within(subject: Subject, counts: Sequence[int]) -> Sequence[int]:
    """The counts, each lowered to the most keys that the client takes by design."""
    return sorted({subject.at_most(count) for count in counts})


def _batches(
    subject: Subject, counts: Sequence[int], *, unique: bool = False
) -> list[Sequence[str]]:
    """A batch of each count, then batches with tricky, repeated and similar keys, and no key.

    The plain batches come first: a mistake with rare keys must not hide one with all keys.
    ``unique`` leaves out the batches with repeated keys, which a mapping cannot have.
    """
    most = counts[-1]
    tricky = [KeyBatch(2, first=[name]) for name in accepted(subject, TRICKY)]
    alike = [accepted(subject, names) for names in _ALIKE]
    repeating = [] if unique else _REPEATING
    odd = [*tricky, *repeating, *alike, [*chain.from_iterable(alike)]]
    large = [KeyBatch(most - 1, duplicates=2)] if most > _PAGE and not unique else []
    return [*map(KeyBatch, counts), *(batch for batch in odd if len(batch) <= most), *large, []]


@clause("delete_many")
def delete_many_deletes_all(subject: Subject) -> None:
    """delete_many() deletes every key it is given, however many, and nothing else."""
    counts = _counts(subject, "delete_many", _DELETED)
    run_each(subject, _batches(subject, counts), _delete_many)
    run_drawn(subject, _drawn(subject), _delete_many)


def _delete_many(run: CaseRun, batch: Sequence[str]) -> None:
    keys = run.assign("keys", batch)
    run.seed(_all_but_one(keys))
    run.seed_bystanders(batch)
    before = run.stored.entries()
    argument = Named(list(batch), keys.code)
    outcome = run.call("delete_many", argument, budget=call_budget(len(batch)))
    run.check_untouched(before, *batch)
    _check_not_refused(run)
    check_succeeded(run, outcome, keys=len(batch))
    left = [key for key, value in run.stored.values(batch).items() if value is not None]
    if left or len(batch) == 1:  # One of several keys was missing, so a client may return False.
        check_said_done(run, outcome, keys=len(batch))
    if left:
        run.fail(
            f"{outcome.code} returned, but {_still_there(left, batch)}",
            assertion=run.stored.value_assertion(left[0], None),
        )


def _still_there(left: Sequence[str], batch: Sequence[str]) -> str:
    first = shortened(left[0], 80)
    if len(set(batch)) == 1:
        return f"{first} is still there"
    which = first if len(left) == 1 else f"the first of them {first}"
    return f"{_count_of(left, batch)} still there, {which}"


@clause("put_many")
def put_many_puts_all(subject: Subject) -> None:
    """put_many() stores every pair it is given, however many and however large."""
    counts = _counts(subject, "put_many", _PUT)
    run_each(subject, _batches(subject, counts, unique=True), _put_many)
    if counts[-1] > _PAGE + 1:
        run_each(subject, (_LIMITS.request_bytes,), _put_more_bytes)
    run_drawn(subject, _drawn(subject, unique=True), _put_many)


def _drawn(subject: Subject, *, unique: bool = False) -> SearchStrategy[list[str]]:
    """Batches with odd and repeated names. Only fixed cases have large counts: they take long."""
    most = subject.at_most(_PAGE + 1)
    return kvst.key_batches(max_size=most, unique=unique).filter(accepts_all(subject))


def _put_many(run: CaseRun, batch: Sequence[str]) -> None:
    keys = run.assign("keys", batch)
    run.seed_bystanders(batch)
    before = run.stored.entries()
    pairs = _numbered(keys)
    outcome = run.call("put_many", pairs, budget=call_budget(len(batch)))
    run.check_untouched(before, *batch)
    _check_not_refused(run)
    check_succeeded(run, outcome, keys=len(batch))
    _check_stored(run, outcome, pairs.value)


def _put_more_bytes(run: CaseRun, limit: int) -> None:
    """A few pairs whose values are too large for one request."""
    count = run.subject.at_most(limit // _LIMITS.value_bytes + 2)
    value = "v" * (limit // count + 1)
    while (size := len(to_bytes(run.habits.content(value)) or b"")) > _LIMITS.value_bytes:
        value = value[: len(value) * _LIMITS.value_bytes // size - 1]
    code = f"{{f'k{{n}}': 'v' * {len(value):_} for n in range({count})}}"
    pairs = Named({f"k{n}": value for n in range(count)}, code)
    outcome = run.call("put_many", pairs)
    _check_not_refused(run)
    check_succeeded(run, outcome)
    _check_stored(run, outcome, pairs.value)


def _check_stored(run: CaseRun, outcome: Outcome, pairs: Mapping[str, str]) -> None:
    stored = run.stored.values(pairs)
    wrong = [key for key, value in pairs.items() if stored[key] != value.encode()]
    check_said_done(run, outcome, keys=len(pairs))
    if wrong:
        key = wrong[0]
        value = stored[key]
        found = "nothing" if value is None else shortened(value, 80)
        several = f"{_count_of(wrong, pairs)} not stored as given: " if len(pairs) > 1 else ""
        run.fail(
            f"{outcome.code} returned, but {several}{found} is stored under {shortened(key, 80)}",
            assertion=run.stored.value_assertion(key, pairs[key].encode()),
        )


@clause("get_many")
def get_many_gets_all(subject: Subject) -> None:
    """get_many() returns the value of every key that exists, past 100 keys, and no other key."""
    counts = _within(subject, _READ)
    run_each(subject, _batches(subject, counts), _get_many)
    run_drawn(subject, _drawn(subject), _get_many)


def _get_many(run: CaseRun, batch: Sequence[str]) -> None:
    keys = run.assign("keys", batch)
    run.seed(_all_but_one(keys))
    before = run.stored.entries()
    argument = Named(list(batch), keys.code)
    outcome = run.call("get_many", argument, budget=call_budget(len(batch)))
    run.check_untouched(before)
    _check_not_refused(run)
    if batch:  # KV refuses a bulk get without keys, so a client may raise for it.
        check_succeeded(run, outcome, keys=len(batch))
    check_values(run, outcome, batch)


def _check_not_refused(run: CaseRun) -> None:
    """Raise Broken when KV refused a bulk request, even if the client recovered."""
    for call in run.account.calls:
        is_bulk = call.operation in _BULK_OPERATIONS
        # KV refuses a bulk get without keys, which asks for nothing.
        is_empty = call.operation == "bulk_get" and not call.keys
        if is_bulk and not is_empty and call.error is not None:
            none_failed = f"assert not any(call.error for call in {run.calls_code})"
            run.fail(f"KV refused a bulk request: {call}", assertion=none_failed)


def _count_of(some: Sequence[str], keys: Sequence[str] | Mapping[str, str]) -> str:
    return f"{len(some):,} of {len(set(keys)):,} keys {'is' if len(some) == 1 else 'are'}"
