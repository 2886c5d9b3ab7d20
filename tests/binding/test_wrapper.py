"""What Cloudflare's wrapper made of Python's values in Pyodide is what the fake makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from pytest_kv import Entry, KVAccount, KVError, KVUsageWarning
from pytest_kv._binding.arguments import UNDEFINED, check_sendable, received
from pytest_kv._binding.conversions import to_bytes, to_number, to_string
from pytest_kv._binding.javascript import number_to_string
from pytest_kv._binding.json_stringify import BigIntError, stringify
from tests.helpers.worker import run
from tests.oracle.wrapper import WRAPPER_DATA, WrapperCase, WrapperData

_T = TypeVar("_T")

DATA: WrapperData = json.loads(WRAPPER_DATA.read_text(encoding="utf-8"))

# As in `tests/oracle/wrapper.mjs`, since the text of a class names its module.
NAMES: dict[str, Any] = {"__name__": "__main__"}
exec("\n".join(DATA["prelude"]), NAMES)


def cases(kind: list[WrapperCase]) -> pytest.MarkDecorator:
    # By number: what was given has signs in it that pytest does not find in a name it is handed.
    return pytest.mark.parametrize("case", kind, ids=map(str, range(len(kind))))


def outcome(act: Callable[[], object]) -> dict[str, object]:
    """What came of it, as it is recorded."""
    try:
        return {"ok": act()}
    except KVError as error:
        return {"raises": f"JsException: {error}"}
    except Exception as error:
        return {"raises": f"{type(error).__name__}: {error}"}


def thrown(convert: Callable[[object], _T], value: object) -> _T | dict[str, str]:
    try:
        return convert(value)
    except (KVError, BigIntError) as error:
        told = str(error) if isinstance(error, KVError) else f"TypeError: {error}"
        return {"throws": told}


def sent(given: str) -> dict[str, object]:
    value = eval(given, NAMES)
    check_sendable(value)
    # Text and numbers are values of `put` too; here only those of a buffer are asked for.
    content = None if isinstance(value, str | int | float | None) else to_bytes(value)
    return {
        "text": to_string(value),
        "number": thrown(lambda value: number_to_string(to_number(value)), value),
        "json": thrown(stringify, value),
        "bytes": None if content is None else list(content),
    }


@pytest.mark.fidelity(
    "binding-metadata-values",
    "binding-python-values",
    "binding-values-that-cannot-travel",
    "deviation-error-classes",
)
@cases(DATA["sent"])
def test_a_value_arrives_in_javascript_as_recorded(case: WrapperCase) -> None:
    assert {"given": case["given"], **outcome(lambda: sent(case["given"]))} == case


def read(text: str) -> object:
    namespace = KVAccount().default_namespace
    namespace.seed({"k": text})
    return run(namespace.get("k", "json"))


@pytest.mark.fidelity("binding-json-numbers", "binding-member-constructor")
@cases([case for case in DATA["received"] if "JsProxy" not in str(case.get("ok"))])
def test_json_comes_back_as_recorded(case: WrapperCase) -> None:
    assert {"given": case["given"], **outcome(lambda: repr(read(case["given"])))} == case


@pytest.mark.fidelity("deviation-constructor-name")
@cases([case for case in DATA["received"] if "JsProxy" in str(case.get("ok"))])
def test_an_object_that_would_stay_javascripts_is_a_dict_and_warned_of(case: WrapperCase) -> None:
    with pytest.warns(KVUsageWarning) as warned:
        assert read(case["given"]) == json.loads(case["given"])

    (warning,) = warned
    assert str(warning.message) == (
        "in production an object with a member 'constructor' that has a 'name' arrives as a "
        "JsProxy, which is no dict"
    )


def called(given: str) -> object:
    """What `put` is given, cut after the last argument that is there."""
    arguments: list[object] = []

    class Binding:
        def put(self, *given: object, **keywords: object) -> None:
            three = (*given, UNDEFINED, UNDEFINED, UNDEFINED)[:3]
            arguments.extend(received("put", three, given[3:], keywords))

    eval(given, {"kv": Binding()})
    return [argument for argument in arguments if argument is not UNDEFINED]


@pytest.mark.fidelity("binding-keywords")
@cases(DATA["called"])
@pytest.mark.filterwarnings("ignore::pytest_kv.KVUsageWarning")
def test_a_call_travels_as_recorded(case: WrapperCase) -> None:
    travelled = case["ok"]
    assert isinstance(travelled, list)

    assert called(case["given"]) == travelled[:3]


TRIPS = {"constructor": 1}
TRIPPED = "'int' object has no attribute 'name'"


@pytest.mark.fidelity("binding-member-constructor")
@pytest.mark.parametrize("method", ["get", "getWithMetadata"])
def test_a_value_of_many_can_trip_the_wrapper(method: str) -> None:
    namespace = KVAccount().default_namespace
    namespace.seed({"a": "1", "b": json.dumps([TRIPS])})

    with pytest.raises(AttributeError, match=TRIPPED):
        run(getattr(namespace, method)(["a", "b"], "json"))
    assert run(getattr(namespace, method)(["a", "b"]))


@pytest.mark.fidelity("binding-member-constructor")
def test_metadata_can_trip_the_wrapper() -> None:
    namespace = KVAccount().default_namespace
    namespace.seed({"a": Entry("1", metadata=TRIPS)})

    assert run(namespace.get("a")) == "1"
    for call in (
        namespace.getWithMetadata("a"),
        namespace.getWithMetadata(["a"]),
        namespace.list(),
    ):
        with pytest.raises(AttributeError, match=TRIPPED):
            run(call)
    assert [call.error for call in namespace.calls] == [None] * 4


def test_a_wrapper_that_tripped_says_over_what() -> None:
    with pytest.raises(AttributeError) as tripped:
        read(json.dumps(TRIPS))

    (note,) = tripped.value.__notes__
    assert note == (
        "The JSON has an object with a member 'constructor', over which Cloudflare's wrapper for "
        "Python Workers trips in production too; read the value as text and use json.loads()."
    )


@pytest.mark.fidelity("binding-member-constructor")
def test_a_constructor_of_null_is_an_error_of_javascript_inside_another_result() -> None:
    namespace = KVAccount().default_namespace
    namespace.seed({"a": '{"constructor": null}'})

    with pytest.raises(AttributeError, match="'JsNull' object has no attribute 'name'"):
        run(namespace.get("a", "json"))
    for call in (namespace.getWithMetadata("a", "json"), namespace.get(["a"], "json")):
        with pytest.raises(KVError, match="TypeError: Cannot read properties of null"):
            run(call)


def test_a_view_of_several_dimensions_is_no_value_either() -> None:
    namespace = KVAccount().default_namespace

    with pytest.raises(NotImplementedError, match="multi-dimensional"):
        run(namespace.put("k", memoryview(bytes(range(4))).cast("B", (2, 2))))
    assert namespace.data == {}
