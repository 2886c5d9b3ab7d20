"""Clauses about many keys at once."""

from __future__ import annotations

__all__ = (
    "calls_for",
    "delete_many_deletes_all",
    "get_many_gets_all",
    "is_single",
    "put_many_puts_all",
)

from collections.abc import Mapping, Sequence

from pytest_kv import Limits
from pytest_kv import strategies as kvst
from pytest_kv._internal import shortened
from pytest_kv.contract._cases import draw, each
from pytest_kv.contract._claims import check_done, check_values, to_bytes
from pytest_kv.contract._clauses.clause import all_accepted, clause, legal
from pytest_kv.contract._record import Named
from pytest_kv.contract._run import CALLS_GIVEN, Trial, trial
from pytest_kv.contract._subject import Subject
from pytest_kv.contract._tricky_keys import TREACHEROUS
from pytest_kv.strategies import KeyBatch

_LIMITS = Limits()
_BULK, _PAGE, _GET = _LIMITS.bulk_items, _LIMITS.list_names, _LIMITS.bulk_get_keys

_FEW = (0, 1, 2, 3, _GET - 1, _GET, _GET + 1, _PAGE + 1)
_MANY = (*_FEW, _BULK - 1, _BULK, _BULK + 1, 2 * _BULK, 2 * _BULK + 1, 5 * _BULK // 2)
_READ = (0, 1, 2, 3, _GET - 1, _GET, _GET + 1, 2 * _GET, 5 * _GET // 2)
_PROBE = 3 * _GET
"""How many keys a client is given to see how many calls it makes."""


def calls_for(keys: int) -> int:
    """How many calls a client is given for so many keys: each alone, and tried again twice."""
    return CALLS_GIVEN + 3 * keys


def is_single(subject: Subject, method: str) -> bool:
    """Whether the client makes a call for each key; :class:`Broken` when it has no end."""
    with trial(subject) as stage:
        keys = stage.let("keys", KeyBatch(_PROBE))
        given = _numbered(keys) if method == "put_many" else keys
        stage.call(method, given, calls=calls_for(_PROBE))
        return len(stage.account.calls) >= _PROBE


def _numbered(keys: Named) -> Named:
    """A mapping whose values differ, so that one under another's key is seen."""
    pairs = {key: f"v{number}" for number, key in enumerate(keys.value)}
    return Named(pairs, f"{{key: f'v{{n}}' for n, key in enumerate({keys.code})}}")


def _all_but_one(keys: Named) -> Named:
    """Seeds for all keys but the second, which is missing."""
    pairs = {key: f"v{number}" for number, key in enumerate(keys.value) if number != 1}
    return Named(pairs, f"{{key: f'v{{n}}' for n, key in enumerate({keys.code}) if n != 1}}")


def _counts(subject: Subject, method: str) -> Sequence[int]:
    return _FEW if subject.is_binding or is_single(subject, method) else _MANY


def _batches(subject: Subject, counts: Sequence[int]) -> list[KeyBatch]:
    """As many keys as each count says; odd ones among the first, and some that are repeated."""
    odd = [KeyBatch(2, first=[name]) for name in legal(subject, TREACHEROUS)]
    repeating = [KeyBatch(4, duplicates=1), KeyBatch(counts[-1], duplicates=2)]
    return sorted([*map(KeyBatch, counts), *odd, *repeating], key=len)


@clause("delete_many")
def delete_many_deletes_all(subject: Subject) -> None:
    """delete_many() deletes every key it is given, however many, and nothing else."""
    counts = _counts(subject, "delete_many")
    each(subject, _batches(subject, counts), _delete_many)
    drawn = kvst.key_batches(max_size=counts[-1]).filter(all_accepted(subject))
    draw(subject, drawn, _delete_many)


def _delete_many(stage: Trial, batch: Sequence[str]) -> None:
    keys = stage.let("keys", batch)
    stage.seed(_all_but_one(keys))
    bystanders = _bystanders(batch)
    stage.seed(dict.fromkeys(bystanders, "stays"))
    before = stage.data()
    argument = Named(list(batch), keys.code)
    outcome = stage.call("delete_many", argument, calls=calls_for(len(batch)))
    stage.check_untouched(before, *batch)
    _check_sizes(stage)
    check_done(stage, outcome)
    left = [key for key in dict.fromkeys(batch) if key in stage.data()]
    if left:
        stage.fail(
            f"{outcome.code} returned, but {_of(left, batch)} still there, {_first(left)}",
            see=stage.stored(left[0], None),
        )


@clause("put_many")
def put_many_puts_all(subject: Subject) -> None:
    """put_many() stores every pair it is given, however many and however large."""
    counts = _counts(subject, "put_many")
    each(subject, _batches(subject, counts), _put_many)
    if counts is _MANY:
        each(subject, (_LIMITS.request_bytes,), _put_more_bytes)
    drawn = kvst.key_batches(max_size=_PAGE + 1, unique=True).filter(all_accepted(subject))
    draw(subject, drawn, _put_many)


def _put_many(stage: Trial, batch: Sequence[str]) -> None:
    keys = stage.let("keys", batch)
    stage.seed(dict.fromkeys(_bystanders(batch), "stays"))
    before = stage.data()
    pairs = _numbered(keys)
    outcome = stage.call("put_many", pairs, calls=calls_for(len(batch)))
    stage.check_untouched(before, *batch)
    _check_sizes(stage)
    check_done(stage, outcome)
    _check_stored(stage, outcome.code, pairs.value)


def _put_more_bytes(stage: Trial, limit: int) -> None:
    """Values that no single request can hold, in few pairs."""
    value, number = "v" * _LIMITS.value_bytes, limit // _LIMITS.value_bytes + 1
    code = f"{{f'k{{n}}': 'v' * {len(value):_} for n in range({number})}}"
    pairs = Named({f"k{n}": value for n in range(number)}, code)
    outcome = stage.call("put_many", pairs)
    _check_sizes(stage)
    check_done(stage, outcome)
    _check_stored(stage, outcome.code, pairs.value)


def _check_stored(stage: Trial, code: str, pairs: Mapping[str, str]) -> None:
    data = stage.data()
    wrong = [key for key, value in pairs.items() if key not in data or data[key].text != value]
    if wrong:
        key = wrong[0]
        found = shortened(data[key].value, 80) if key in data else "nothing"
        stage.fail(
            f"{code} returned, but {_of(wrong, pairs)} not stored as given: "
            f"{found} is under {shortened(key, 80)}",
            see=stage.stored(key, to_bytes(pairs[key])),
        )


@clause("get_many")
def get_many_gets_all(subject: Subject) -> None:
    """get_many() has the value of every key that is there, past 100 keys, and no other."""
    each(subject, _batches(subject, _READ), _get_many)
    drawn = kvst.key_batches(max_size=_READ[-1]).filter(all_accepted(subject))
    draw(subject, drawn, _get_many)


def _get_many(stage: Trial, batch: Sequence[str]) -> None:
    keys = stage.let("keys", batch)
    stage.seed(_all_but_one(keys))
    before = stage.data()
    outcome = stage.call("get_many", Named(list(batch), keys.code), calls=calls_for(len(batch)))
    stage.check_untouched(before)
    _check_sizes(stage)
    check_done(stage, outcome)
    check_values(stage, outcome, batch)


def _bystanders(batch: Sequence[str]) -> list[str]:
    """Keys beside those of the batch, and like them."""
    near = [f"{key}x" for key in (*batch[:2], *batch[-1:])]
    fitting = [key for key in near if len(key.encode()) <= _LIMITS.key_bytes]
    return [key for key in dict.fromkeys(["bystander", *fitting]) if key not in set(batch)]


def _check_sizes(stage: Trial) -> None:
    """No request held more than KV takes, whatever the client made of the refusal."""
    for call in stage.account.calls:
        if call.operation in _BULKS and call.error is not None and _NO_KEYS not in call.error:
            see = f"assert not any(call.error for call in {stage.calls_code})"
            stage.fail(f"a request held more than KV takes: {call}", see=see)


_BULKS = frozenset({"bulk_put", "bulk_delete", "bulk_get"})
_NO_KEYS = "10029"
"""The code for a bulk get of no keys, which is not too many."""


def _of(some: Sequence[str], keys: Sequence[str] | Mapping[str, str]) -> str:
    number = len(set(keys))
    if number == 1:
        return "it is"
    return f"{len(some):,} of {number:,} keys {'is' if len(some) == 1 else 'are'}"


def _first(keys: Sequence[str]) -> str:
    first = shortened(keys[0], 80)
    return first if len(keys) == 1 else f"the first of them {first}"
