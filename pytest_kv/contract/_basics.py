"""What every clause builds on: the client reaches the fake, and stores a plain entry as said."""

from __future__ import annotations

__all__ = ("A_CALL_OF_EACH_METHOD", "PLAIN_KEY", "check_basics")

from collections.abc import Mapping
from typing import Any, NoReturn

from pytest_kv._internal import shortened
from pytest_kv.contract._habits import same_content, to_bytes
from pytest_kv.contract._open_run import case_run
from pytest_kv.contract._outcome import Broken, Outcome
from pytest_kv.contract._run import CaseRun
from pytest_kv.contract._subject import Subject
from pytest_kv.contract._tricky_keys import ORDINARY

PLAIN_KEY = "k"
A_CALL_OF_EACH_METHOD: Mapping[str, tuple[Any, ...]] = {
    "get": (PLAIN_KEY,),
    "list": ("",),
    "put": (PLAIN_KEY, "v"),
    "delete": (PLAIN_KEY,),
    "get_many": ([PLAIN_KEY],),
    "put_many": ({PLAIN_KEY: "v"},),
    "delete_many": ([PLAIN_KEY],),
    "delete_prefix": (PLAIN_KEY,),
}
"""Each method of an adapter, with the arguments of a simple call."""

_OTHER_FORM = "the client stores values in a form that stored_value does not say"
"""The cause does not quote the stored bytes: they may contain the time, and then change."""

_ADVICE = {
    "respx": 'For a client that is not built on httpx set over = "intercept", or over = "http" and '
    "let the client use api.base_url.",
    "http": "Let the client use api.base_url, the address of the fake; for one with Cloudflare's "
    'address written in, set over = "intercept".',
    "intercept": "Let the client use api.base_url, which is Cloudflare's own address.",
    "binding": "Let the client use the namespace that make_client receives.",
}


def check_basics(subject: Subject) -> None:
    """Raise Broken when the cases of a clause could say nothing about the client.

    Either no request of the client reaches the fake, or the client stores 'k' or 'v' in a form that
    no hook says. Raises TypeError or ValueError for a hook that returns what no store can hold.
    """
    __tracebackhide__ = True
    _check_refuses(subject)
    with case_run(subject) as run:
        run.habits.check(PLAIN_KEY)
        _check_reached(run)
    with case_run(subject) as run:
        key = PLAIN_KEY
        if run.has("put"):
            _check_put(run, key, run.call("put", key, "v"))
        elif run.has("put_many"):
            _check_put(run, key, run.call("put_many", {key: "v"}))
        else:
            _check_without_put(run, key)


def _check_refuses(subject: Subject) -> None:
    """Raise ValueError when the client refuses an ordinary key: most cases use such keys."""
    for key in filter(subject.refuses, ORDINARY):
        raise ValueError(
            f"refuses({key!r}) is true, but the contract uses ordinary keys such as this one: let "
            "make_client return an adapter that turns each key into one that the client takes, and "
            "say so with stored_key"
        )


def _check_reached(run: CaseRun) -> None:
    """Raise Broken when no method of the client makes a call that the fake receives."""
    __tracebackhide__ = True
    earlier, outcome = len(run.account.calls), None
    for method in filter(run.has, A_CALL_OF_EACH_METHOD):
        try:
            outcome = run.call(method, *A_CALL_OF_EACH_METHOD[method])
        except Broken as broken:
            # A client that was stopped after many calls has reached the fake.
            if not run.calls_since(earlier):
                raise Broken(f"{broken}\n\n{_ADVICE[run.subject.over]}") from None
        if run.calls_since(earlier):
            return
    assert outcome is not None, "a client has a method"
    run.fail(
        f"no request of the client reached the fake: {outcome.code} {outcome}. "
        f"{_ADVICE[run.subject.over]}",
        assertion=f"assert {run.calls_code}",
    )


def _check_put(run: CaseRun, key: str, outcome: Outcome) -> None:
    """Raise Broken when a plain entry has not the stored name and form that the hooks say."""
    __tracebackhide__ = True
    data, name = run.stored.entries(), run.habits.name(key)
    if outcome.raised:
        claim = f"{outcome.code} {outcome}, and nothing was wrong"
        cause = f"{outcome.code} raised {type(outcome.error).__name__}"
        _fail(run, claim, outcome.code, outcome, cause=cause)
    if name not in data:
        written = [call for call in run.account.calls if call.operation in {"put", "bulk_put"}]
        stored = [name for call in written for name in call.keys if name in data]
        if stored:
            _fail(
                run,
                _other_name(run, "stored", key, stored[-1]),
                run.stored.value_assertion(key, b"v"),
            )
        claim = f"{outcome.code} {outcome}, but nothing is stored under {shortened(name, 80)}"
        _fail(run, claim, run.stored.value_assertion(key, b"v"))
    expected = to_bytes(run.habits.content("v"))
    assert expected is not None, "the hook returned str or bytes"
    if not same_content(data[name].value, expected) and _reads_back(run, key):
        said = f", not as {shortened(expected, 80)} as stored_value says"
        _fail(
            run,
            f"the client stored the value 'v' as {shortened(data[name].value, 80)}"
            + (said if run.habits.has_contents else ": if that is by design, say stored_value"),
            run.stored.value_assertion(key, b"v"),
            cause=_OTHER_FORM,
        )


def _check_without_put(run: CaseRun, key: str) -> None:
    """Raise Broken when a client without a put uses another name or form than the hooks say."""
    __tracebackhide__ = True
    run.seed({key: "v"})
    if run.has("get"):
        outcome = run.call("get", key)
        _check_asked_name(run, key)
        _check_read(run, outcome, outcome.value)
    elif run.has("get_many"):
        outcome = run.call("get_many", [key])
        _check_asked_name(run, key)
        values = outcome.value if isinstance(outcome.value, Mapping) else {}
        _check_read(run, outcome, values.get(key), f".get({key!r})")
    elif run.has("delete"):
        run.call("delete", key)
        _check_asked_name(run, key)
    elif run.has("delete_many"):
        run.call("delete_many", [key])
        _check_asked_name(run, key)
    elif run.has("list"):
        _check_listed(run, key, run.call("list", ""))
    else:
        _check_prefix_deleted(run, key, run.call("delete_prefix", key))


def _reads_back(run: CaseRun, key: str) -> bool:
    """Whether the client reads its 'v' back, or has no ``get``; if not, the form is a mistake."""
    return not run.has("get") or to_bytes(run.call("get", key).value) == b"v"


def _check_read(run: CaseRun, outcome: Outcome, value: object, item: str = "") -> None:
    """Raise Broken unless the client reads 'v', or says that the key is missing.

    ``item`` is the code that takes the value out of the result.
    """
    __tracebackhide__ = True
    is_missing = outcome.error is not None and run.subject.is_missing(outcome.error)
    # A best-effort client may treat a form that it does not know as a missing key.
    is_none = value is None and not outcome.raised and not run.subject.best_effort
    if not is_missing and not is_none and to_bytes(value) != b"v":
        [entry] = run.stored.entries().values()
        _fail(
            run,
            f"{outcome.code} {outcome} for what is stored as {shortened(entry.value, 80)}: if the "
            "client stores values in another form, say stored_value",
            f"assert {outcome.code}{item} in ('v', b'v')",
            outcome,
            cause=_OTHER_FORM,
        )


def _check_listed(run: CaseRun, key: str, outcome: Outcome) -> None:
    """Raise Broken when a client that only lists does not list the key that is stored."""
    __tracebackhide__ = True
    if not outcome.raised and key not in outcome.value:
        _fail(
            run,
            f"{outcome.code} {outcome}, but {shortened(key, 80)} is stored{_other_names(run, key)}",
            f"assert {key!r} in {outcome.code}",
            outcome,
        )


def _check_prefix_deleted(run: CaseRun, key: str, outcome: Outcome) -> None:
    """Raise Broken when a client that only deletes prefixes does not delete the key."""
    __tracebackhide__ = True
    if not outcome.failed and run.stored.entry(key) is not None:
        _fail(
            run,
            f"{outcome.code} returned, but {shortened(key, 80)} is still there"
            f"{_other_names(run, key)}",
            run.stored.value_assertion(key, None),
        )


def _other_names(run: CaseRun, key: str) -> str:
    if run.habits.has_names:
        return f" under {shortened(run.habits.name(key), 80)}, as stored_key says"
    return ": if the client stores keys under other names, say stored_key"


def _check_asked_name(run: CaseRun, key: str) -> None:
    __tracebackhide__ = True
    names = [name for call in run.account.calls for name in call.keys]
    if names and run.habits.name(key) not in names:
        asked = f"assert {run.habits.name(key)!r} in {run.calls_code}[-1].keys"
        _fail(run, _other_name(run, "asked for", key, names[-1]), asked)


def _other_name(run: CaseRun, did: str, key: str, name: str) -> str:
    said = run.habits.name(key)
    advice = (
        f", not {shortened(said, 80)} as stored_key says"
        if run.habits.has_names
        else ": if that is by design, say stored_key"
    )
    under = "under " if did == "stored" else "as "
    return f"the client {did} {shortened(key, 80)} {under}{shortened(name, 80)}{advice}"


def _fail(
    run: CaseRun,
    claim: str,
    assertion: str,
    outcome: Outcome | None = None,
    *,
    cause: str | None = None,
) -> NoReturn:
    """Raise Broken with a cause, which is the claim unless another cause is given."""
    __tracebackhide__ = True
    try:
        run.fail(claim, assertion=assertion, outcome=outcome)
    except Broken as broken:
        raise Broken(str(broken), cause=cause or claim, method=broken.method) from None
