"""What is thrown, and where a warning points."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import inspect
import pickle
import sys
import traceback
import warnings

import pytest

from pytest_kv import KVAccount, KVError, KVNamespace, KVUsageWarning
from pytest_kv._errors import JsException, warn_of_usage


@pytest.fixture
def namespace() -> KVNamespace:
    return KVAccount().default_namespace


def test_an_error_has_a_name_and_a_message_and_is_both_in_text() -> None:
    error = KVError("TypeError", "Key name cannot be empty.")

    assert (error.name, error.message) == ("TypeError", "Key name cannot be empty.")
    assert str(error) == "TypeError: Key name cannot be empty."
    assert repr(error) == "KVError('TypeError: Key name cannot be empty.')"


@pytest.mark.parametrize("name", ["TypeError", "SyntaxError", "Error"])
def test_an_error_is_no_builtin_whatever_its_name(name: str) -> None:
    assert not isinstance(KVError(name, ""), TypeError | SyntaxError | ValueError)
    assert KVError.__mro__[1:3] == (JsException, Exception)


@pytest.mark.fidelity("binding-thrown-errors")
async def test_except_type_error_does_not_catch_what_kv_throws(namespace: KVNamespace) -> None:
    async def delete_carelessly() -> None:
        with contextlib.suppress(TypeError):
            await namespace.delete("")

    with pytest.raises(KVError, match=r"^TypeError: Key name cannot be empty\.$"):
        await delete_carelessly()


def test_an_error_survives_pickling_and_copying() -> None:
    error = KVError("Error", "KV GET failed: 404 namespace not found")

    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is KVError
        assert (other.name, other.message, str(other)) == (error.name, error.message, str(error))


def test_a_warning_is_a_user_warning() -> None:
    assert issubclass(KVUsageWarning, UserWarning)


def line() -> int:
    """The number of the caller's line."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def origins(record: pytest.WarningsRecorder) -> list[tuple[str, int]]:
    return [(warning.filename, warning.lineno) for warning in record]


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("put", ("k", "v", {"expiration_ttl": 60})),
        ("put", ("k", None)),
        ("get", (5,)),
        ("get", (["0"],)),
        ("getWithMetadata", ("k", {"cache_ttl": 60})),
        ("delete", (None,)),
        ("list", ({"Limit": 1},)),
    ],
)
async def test_a_warning_points_at_the_line_that_made_the_call(
    namespace: KVNamespace, method: str, arguments: tuple[object, ...]
) -> None:
    here = line()
    with pytest.warns(KVUsageWarning) as record:
        await getattr(namespace, method)(*arguments)

    assert origins(record) == [(__file__, here + 2)]


async def test_a_warning_points_into_the_code_under_test_not_at_the_test(
    namespace: KVNamespace,
) -> None:
    lines: list[int] = []

    async def code_under_test() -> None:
        lines.append(line() + 1)
        await namespace.put("k", None)  # type: ignore[call-overload]  # the mistake is tested

    with pytest.warns(KVUsageWarning) as record:
        await code_under_test()

    assert origins(record) == [(__file__, lines[0])]


def test_a_warning_of_a_coroutine_run_by_asyncio_points_at_the_line_that_runs_it(
    namespace: KVNamespace,
) -> None:
    here = line()
    with pytest.warns(KVUsageWarning) as record:
        asyncio.run(namespace.put("k", None))  # type: ignore[call-overload]  # the mistake is tested

    assert origins(record) == [(__file__, here + 2)]


def test_a_warning_is_given_even_when_no_line_is_the_callers() -> None:
    with pytest.warns(KVUsageWarning, match=r"^odd$") as record:
        exec("warn('odd')", {"__name__": "pytest_kv.somewhere", "warn": warn_of_usage})

    assert origins(record) == [(__file__, line() - 2)]


async def test_a_warning_that_is_an_error_stops_the_call(namespace: KVNamespace) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", KVUsageWarning)
        with pytest.raises(KVUsageWarning, match=r"has no option 'ttl' and KV ignores it$"):
            await namespace.put("k", "v", ttl=60)  # type: ignore[call-overload]  # the mistake is tested

    assert namespace.data == {}


async def test_the_modules_an_error_passes_through_are_hidden_from_tracebacks(
    namespace: KVNamespace,
) -> None:
    with pytest.raises(KVError) as caught:
        await namespace.get("..")

    own = [
        frame.f_globals.get("__tracebackhide__")
        for frame, _ in traceback.walk_tb(caught.tb)
        if frame.f_globals["__name__"].startswith("pytest_kv")
    ]
    assert own == [True] * len(own) != []
    assert sys.modules["pytest_kv._errors"].__dict__["__tracebackhide__"] is True
