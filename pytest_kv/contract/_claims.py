"""Checks the claims that a client makes when it returns: they must match what is stored."""

from __future__ import annotations

__all__ = (
    "TEXT_ONLY_HINT",
    "best_effort_hint",
    "check_names",
    "check_read",
    "check_said_done",
    "check_succeeded",
    "check_values",
    "is_text",
)

from collections import Counter
from collections.abc import Iterable, Mapping

from pytest_kv._internal import key_list, shortened
from pytest_kv.contract._habits import to_bytes
from pytest_kv.contract._outcome import Outcome
from pytest_kv.contract._record import code_of
from pytest_kv.contract._run import CaseRun

_FEW_NAMES = 10
TEXT_ONLY_HINT = " (set binary = False for a client of text only)"
_BEST_EFFORT_HINT = " (for a cache that may lose what it holds, set best_effort = True)"


def is_text(value: str | bytes) -> bool:
    """Whether a value is text, or bytes of UTF-8."""
    try:
        value if isinstance(value, str) else value.decode()
    except UnicodeDecodeError:
        return False
    return True


def check_succeeded(run: CaseRun, outcome: Outcome, *, keys: int = 1) -> None:
    """Raise Broken when the client raised although nothing was wrong."""
    __tracebackhide__ = True
    if outcome.raised:
        claim = f"{outcome.code} {outcome}, and nothing was wrong{_keys_hint(keys)}"
        run.fail(claim, assertion=outcome.code, outcome=outcome)


def check_said_done(run: CaseRun, outcome: Outcome, *, keys: int = 1) -> None:
    """Raise Broken when a write returned False although nothing was wrong."""
    __tracebackhide__ = True
    if outcome.failed:
        run.fail(
            f"{outcome.code} {outcome}, and nothing was wrong{_keys_hint(keys)}",
            assertion=f"assert {outcome.code} is not False",
            outcome=outcome,
        )


def _keys_hint(keys: int) -> str:
    return " (if it takes fewer keys by design, set max_keys)" if keys > 1 else ""


def check_read(run: CaseRun, outcome: Outcome, key: str) -> None:
    """Raise Broken when ``get`` returned a wrong result; a client that raised claims nothing.

    After an error, a best-effort client may return None, or a value that the key had before.
    """
    __tracebackhide__ = True
    subject, stored = run.subject, run.stored.value(key)
    if outcome.error is not None:
        if subject.is_missing(outcome.error) and stored is not None and not run.is_lenient:
            said = f"{outcome.code} {outcome}, which says that the key is missing, but"
            run.fail(
                f"{said} {shortened(stored, 80)} is stored{best_effort_hint(run)}",
                assertion=_equals(run, outcome, stored),
                outcome=outcome,
            )
        return
    if outcome.value is None and (subject.missing is None or run.is_lenient):
        if stored is not None and not run.is_lenient:
            run.fail(
                f"{outcome.code} returned None, but {shortened(stored, 80)} is stored"
                f"{best_effort_hint(run)}",
                assertion=_equals(run, outcome, stored),
                outcome=outcome,
            )
        return
    _check_value(run, outcome, key, stored)


def _check_value(run: CaseRun, outcome: Outcome, key: str, stored: bytes | None) -> None:
    __tracebackhide__ = True
    found = to_bytes(outcome.value)
    if found is not None and run.may_return(key, found):
        return
    if stored is None:
        run.fail(
            f"{outcome.code} {outcome}, but there is no such key",
            assertion=_is_missing(run, outcome),
            outcome=outcome,
        )
    if found is None:
        run.fail(
            f"{outcome.code} {outcome}; an adapter returns str, bytes or None",
            assertion=f"assert isinstance({outcome.code}, str | bytes | None)",
            outcome=outcome,
        )
    if found != stored:
        hint = "" if is_text(stored) else TEXT_ONLY_HINT
        run.fail(
            f"{outcome.code} {outcome}, but {shortened(stored, 80)} is stored{hint}",
            assertion=_equals(run, outcome, stored),
            outcome=outcome,
        )


def best_effort_hint(run: CaseRun) -> str:
    """The hint for a cache: only after something went wrong, and unless ``best_effort`` is set."""
    return _BEST_EFFORT_HINT if run.is_troubled and not run.is_lenient else ""


def check_values(run: CaseRun, outcome: Outcome, keys: Iterable[str]) -> None:
    """Raise Broken when ``get_many`` of ``keys`` returned a wrong result.

    A missing key may be left out or be None. A client that raised claims nothing.
    """
    __tracebackhide__ = True
    if outcome.raised:
        return
    if not isinstance(outcome.value, Mapping):
        run.fail(
            f"{outcome.code} {outcome}; an adapter returns a mapping of key to value",
            assertion=f"assert hasattr({outcome.code}, 'items')",
            outcome=outcome,
        )
    found = {key: value for key, value in outcome.value.items() if value is not None}
    for key, stored in run.stored.values(dict.fromkeys(keys)).items():
        value = found.pop(key, None)
        given = to_bytes(value)
        if given == stored and (value is None) == (stored is None):
            continue
        if (run.is_lenient and value is None) or (given is not None and run.may_return(key, given)):
            continue
        said = "left out" if value is None else f"has {_quoted(value)} for"
        holds = "there is no such key" if stored is None else f"{shortened(stored, 80)} is stored"
        expected = "is None" if stored is None else _is_value(run, stored)
        run.fail(
            f"{outcome.code} {said} {shortened(key, 80)}, but {holds}",
            assertion=f"found = {outcome.code}\nassert found.get({code_of(key)}) {expected}",
            outcome=outcome,
        )
    if found:
        run.fail(
            f"{outcome.code} returned keys that it was not asked for: {key_list(list(found))}",
            assertion=f"found = {outcome.code}\n"
            f"assert found.get({code_of(next(iter(found)))}) is None",
            outcome=outcome,
        )


def check_names(run: CaseRun, outcome: Outcome, prefix: str) -> None:
    """Raise Broken unless ``list`` returned each key with the prefix once, as the client knows it.

    A client that raised claims nothing. After an error, a best-effort client may leave keys out.
    """
    __tracebackhide__ = True
    if outcome.raised:
        return
    expected = [key for key in run.stored.known_keys() if key.startswith(prefix)]
    names = outcome.value
    if not all(isinstance(name, str) for name in names):
        run.fail(
            f"{outcome.code} {outcome}; an adapter lists names, each a str",
            assertion=f"assert all(isinstance(name, str) for name in {outcome.code})",
            outcome=outcome,
        )
    counted = Counter(_as_known(run, names, expected))
    wrong = []
    missing = [name for name in expected if name not in counted]
    if missing and not run.is_lenient:
        wrong.append(f"left out {_some(missing)}")
    if repeated := [name for name, times in counted.items() if times > 1]:
        wrong.append(f"returned {_some(repeated)} more than once")
    if strange := sorted(counted.keys() - set(expected)):
        wrong.append(f"returned {_some(strange)}, which {_is(strange)} not there")
    if wrong:
        hint = best_effort_hint(run) if missing else ""
        run.fail(
            f"{outcome.code} {' and '.join(wrong)}{hint}",
            assertion=_has_names(run, outcome, _names_code(run, expected, prefix)),
            outcome=outcome,
        )


def _as_known(run: CaseRun, names: Iterable[str], expected: Iterable[str]) -> list[str]:
    """The names, with the expected key for each that the client stores under the same name."""
    if not run.habits.has_names:
        return [*names]
    known = {run.habits.name(key): key for key in expected}
    return [known.get(run.habits.name_or_none(name) or "", name) for name in names]


def _has_names(run: CaseRun, outcome: Outcome, expected: str) -> str:
    """The assertion about listed names; a lenient one allows that names are left out."""
    if not run.is_lenient:
        return f"assert sorted({outcome.code}) == {expected}"
    return (
        f"names = {outcome.code}\n"
        f"assert {{*names}} <= {{*{expected}}}\n"
        "assert len(names) == len({*names})"
    )


def _names_code(run: CaseRun, names: list[str], prefix: str) -> str:
    if len(names) <= _FEW_NAMES:
        return code_of(names)
    if run.habits.has_names:
        condition = f" if key.startswith({prefix!r})" if prefix else ""
        return f"sorted(key for key in keys{condition})"
    condition = f" if name.startswith({prefix!r})" if prefix else ""
    return f"sorted(name for name in {run.stored.code}{condition})"


def _some(names: list[str]) -> str:
    if len(names) == 1:
        return shortened(names[0], 80)
    return key_list(names, 3)


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _quoted(value: object) -> str:
    return shortened(value, 80) if isinstance(value, str | bytes) else repr(value)[:80]


def _is_value(run: CaseRun, stored: bytes) -> str:
    """The end of an expression that compares a value; a text may be str or bytes."""
    allowed = [code_of(stored)]
    if is_text(stored):
        allowed.insert(0, code_of(stored.decode()))
    if run.is_lenient:
        allowed.append("None")
    return f"in ({', '.join(allowed)})" if len(allowed) > 1 else f"== {allowed[0]}"


def _equals(run: CaseRun, outcome: Outcome, stored: bytes) -> str:
    return f"assert {outcome.code} {_is_value(run, stored)}"


def _is_missing(run: CaseRun, outcome: Outcome) -> str:
    missing = run.subject.missing
    if missing is None:
        return f"assert {outcome.code} is None"
    kinds = missing if isinstance(missing, tuple) else (missing,)
    names = ", ".join(kind.__name__ for kind in kinds)
    return f"with pytest.raises({names}):\n    {outcome.code}"
