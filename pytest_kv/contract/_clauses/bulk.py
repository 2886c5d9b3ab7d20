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

from pytest_kv import Limits
from pytest_kv import strategies as kvst
from pytest_kv._internal import shortened
from pytest_kv.contract._cases import run_drawn, run_each
from pytest_kv.contract._claims import check_succeeded, check_values, to_bytes
from pytest_kv.contract._clauses.clause import accepted, accepts_all, clause
from pytest_kv.contract._record import Named
from pytest_kv.contract._run import CALL_BUDGET, CaseRun, case_run
from pytest_kv.contract._subject import Subject
from pytest_kv.contract._tricky_keys import TRICKY
from pytest_kv.strategies import KeyBatch

_LIMITS = Limits()
_BULK, _PAGE, _GET = _LIMITS.bulk_items, _LIMITS.list_names, _LIMITS.bulk_get_keys

_FEW = (0, 1, 2, 3, _GET - 1, _GET, _GET + 1, _PAGE + 1)
_MANY = (*_FEW, _BULK - 1, _BULK, _BULK + 1, 2 * _BULK, 2 * _BULK + 1, 5 * _BULK // 2)
_READ = (0, 1, 2, 3, _GET - 1, _GET, _GET + 1, 2 * _GET, 5 * _GET // 2)
_PROBE = 3 * _GET
"""The number of keys in the call that shows whether a client makes a request for each key."""

_BULK_OPERATIONS = frozenset({"bulk_put", "bulk_delete", "bulk_get"})


def call_budget(keys: int) -> int:
    """The number of KV calls that a client may make for ``keys`` keys: 60, and 3 for each key."""
    return CALL_BUDGET + 3 * keys


def is_single(subject: Subject, method: str) -> bool:
    """Whether the client makes at least one KV call for each key of a ``*_many`` method.

    Raises Broken when the client exceeds its call budget.
    """
    with case_run(subject) as run:
        keys = run.assign("keys", KeyBatch(_PROBE))
        argument = _numbered(keys) if method == "put_many" else keys
        run.call(method, argument, budget=call_budget(_PROBE))
        return len(run.account.calls) >= _PROBE


def _numbered(keys: Named) -> Named:
    """A mapping with a different value for each key, so that swapped values are seen."""
    pairs = {key: f"v{number}" for number, key in enumerate(keys.value)}
    return Named(pairs, f"{{key: f'v{{n}}' for n, key in enumerate({keys.code})}}")


def _all_but_one(keys: Named) -> Named:
    """A mapping of all keys but the second, which is missing."""
    pairs = {key: f"v{number}" for number, key in enumerate(keys.value) if number != 1}
    return Named(pairs, f"{{key: f'v{{n}}' for n, key in enumerate({keys.code}) if n != 1}}")


def _counts(subject: Subject, method: str) -> Sequence[int]:
    return _FEW if subject.is_binding or is_single(subject, method) else _MANY


def _batches(subject: Subject, counts: Sequence[int]) -> list[KeyBatch]:
    """A batch of each count, a batch with each tricky key, and batches with duplicates."""
    tricky = [KeyBatch(2, first=[name]) for name in accepted(subject, TRICKY)]
    repeating = [KeyBatch(4, duplicates=1), KeyBatch(counts[-1], duplicates=2)]
    return sorted([*map(KeyBatch, counts), *tricky, *repeating], key=len)


@clause("delete_many")
def delete_many_deletes_all(subject: Subject) -> None:
    """delete_many() deletes every key it is given, however many, and nothing else."""
    counts = _counts(subject, "delete_many")
    run_each(subject, _batches(subject, counts), _delete_many)
    drawn = kvst.key_batches(max_size=counts[-1]).filter(accepts_all(subject))
    run_drawn(subject, drawn, _delete_many)


def _delete_many(run: CaseRun, batch: Sequence[str]) -> None:
    keys = run.assign("keys", batch)
    run.seed(_all_but_one(keys))
    run.seed(dict.fromkeys(_bystanders(batch), "stays"))
    before = run.data()
    argument = Named(list(batch), keys.code)
    outcome = run.call("delete_many", argument, budget=call_budget(len(batch)))
    run.check_untouched(before, *batch)
    _check_request_sizes(run)
    check_succeeded(run, outcome)
    data = run.data()
    left = [key for key in dict.fromkeys(batch) if key in data]
    if left:
        run.fail(
            f"{outcome.code} returned, but {_still_there(left, batch)}",
            assertion=run.value_assertion(left[0], None),
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
    counts = _counts(subject, "put_many")
    run_each(subject, _batches(subject, counts), _put_many)
    if counts is _MANY:
        run_each(subject, (_LIMITS.request_bytes,), _put_more_bytes)
    drawn = kvst.key_batches(max_size=_PAGE + 1, unique=True).filter(accepts_all(subject))
    run_drawn(subject, drawn, _put_many)


def _put_many(run: CaseRun, batch: Sequence[str]) -> None:
    keys = run.assign("keys", batch)
    run.seed(dict.fromkeys(_bystanders(batch), "stays"))
    before = run.data()
    pairs = _numbered(keys)
    outcome = run.call("put_many", pairs, budget=call_budget(len(batch)))
    run.check_untouched(before, *batch)
    _check_request_sizes(run)
    check_succeeded(run, outcome)
    _check_stored(run, outcome.code, pairs.value)


def _put_more_bytes(run: CaseRun, limit: int) -> None:
    """A few pairs whose values are too large for one request."""
    value, count = "v" * _LIMITS.value_bytes, limit // _LIMITS.value_bytes + 1
    code = f"{{f'k{{n}}': 'v' * {len(value):_} for n in range({count})}}"
    pairs = Named({f"k{n}": value for n in range(count)}, code)
    outcome = run.call("put_many", pairs)
    _check_request_sizes(run)
    check_succeeded(run, outcome)
    _check_stored(run, outcome.code, pairs.value)


def _check_stored(run: CaseRun, code: str, pairs: Mapping[str, str]) -> None:
    data = run.data()
    wrong = [key for key, value in pairs.items() if key not in data or data[key].text != value]
    if wrong:
        key = wrong[0]
        found = shortened(data[key].value, 80) if key in data else "nothing"
        several = f"{_count_of(wrong, pairs)} not stored as given: " if len(pairs) > 1 else ""
        run.fail(
            f"{code} returned, but {several}{found} is stored under {shortened(key, 80)}",
            assertion=run.value_assertion(key, to_bytes(pairs[key])),
        )


@clause("get_many")
def get_many_gets_all(subject: Subject) -> None:
    """get_many() returns the value of every key that exists, past 100 keys, and no other key."""
    run_each(subject, _batches(subject, _READ), _get_many)
    drawn = kvst.key_batches(max_size=_READ[-1]).filter(accepts_all(subject))
    run_drawn(subject, drawn, _get_many)


def _get_many(run: CaseRun, batch: Sequence[str]) -> None:
    keys = run.assign("keys", batch)
    run.seed(_all_but_one(keys))
    before = run.data()
    argument = Named(list(batch), keys.code)
    outcome = run.call("get_many", argument, budget=call_budget(len(batch)))
    run.check_untouched(before)
    _check_request_sizes(run)
    if batch:  # KV itself refuses a bulk get without keys, so a client may do so too.
        check_succeeded(run, outcome)
    check_values(run, outcome, batch)


def _bystanders(batch: Sequence[str]) -> list[str]:
    """Keys that look like those of the batch and are not in it."""
    near = [f"{key}x" for key in (*batch[:2], *batch[-1:])]
    fitting = [key for key in near if len(key.encode()) <= _LIMITS.key_bytes]
    return [key for key in dict.fromkeys(["bystander", *fitting]) if key not in set(batch)]


def _check_request_sizes(run: CaseRun) -> None:
    """Raise Broken when KV refused a bulk request for its size, even if the client recovered."""
    for call in run.account.calls:
        is_bulk = call.operation in _BULK_OPERATIONS
        # KV refuses a bulk get without keys for another reason than its size.
        is_empty = call.operation == "bulk_get" and not call.keys
        if is_bulk and not is_empty and call.error is not None:
            none_failed = f"assert not any(call.error for call in {run.calls_code})"
            run.fail(f"a request held more than KV takes: {call}", assertion=none_failed)


def _count_of(some: Sequence[str], keys: Sequence[str] | Mapping[str, str]) -> str:
    return f"{len(some):,} of {len(set(keys)):,} keys {'is' if len(some) == 1 else 'are'}"
