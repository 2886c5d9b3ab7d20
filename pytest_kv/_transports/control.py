"""Requests about the account itself, for tests in other languages; no route of KV is like them."""

from __future__ import annotations

__all__ = ("CONTROL_PATH", "Control")

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from inspect import signature
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from pytest_kv._account import KVAccount
from pytest_kv._binding.namespace import KVNamespace
from pytest_kv._core.entry import Entry
from pytest_kv._core.journal import Call
from pytest_kv._core.strict_json import read_json
from pytest_kv._core.text import shortened
from pytest_kv._rest.errors import RestError
from pytest_kv._rest.http import Request, Response
from pytest_kv._rest.seeding import seed_pairs

CONTROL_PATH = "/_pytest_kv"
"""The beginning of the path of each such request."""

_JSON = MappingProxyType({"content-type": "application/json"})
_PLANNERS = ("fail_next", "refuse_next", "drop_next", "time_out_next", "delay_next")
_KINDS: Mapping[str, tuple[type, ...]] = {
    "operation": (str,),
    "status": (int,),
    "times": (int, type(None)),
    "after": (int,),
    "done": (bool,),
    "key": (str,),
    "code": (int,),
    "message": (str,),
    "retry_after": (int,),
    "seconds": (int, float),
}
"""The types of each member of a fault; a JSON true or false is no number."""

_NAMES = {str: "a text", int: "a whole number", bool: "true or false", float: "a number"}


class _Wrong(Exception):
    """A request that is answered with a 4xx."""

    def __init__(self, told: str, status: int = 400) -> None:
        super().__init__(told)
        self.status = status


class Control:
    """Answers these requests for one account; ``begin`` is called after a reset."""

    def __init__(self, account: KVAccount, begin: Callable[[], object] = lambda: None) -> None:
        self._account = account
        self._begin = begin
        self._routes: dict[str, dict[str, Callable[[Request], object]]] = {
            "reset": {"POST": self._reset},
            "seed": {"POST": self._seed},
            "calls": {"GET": self._calls},
            "faults": {"POST": self._plan, "GET": self._missed},
        }

    def response(self, request: Request) -> Response | None:
        """The answer to a request below :data:`CONTROL_PATH`; None for every other request."""
        path = request.target.partition("?")[0]
        if path != CONTROL_PATH and not path.startswith(f"{CONTROL_PATH}/"):
            return None
        try:
            with self._account._core.lock:
                status, body = 200, self._action(request.method, path)(request)
        except _Wrong as wrong:
            status, body = wrong.status, {"error": str(wrong)}
        return Response(status, _JSON, json.dumps(body).encode())

    def _action(self, method: str, path: str) -> Callable[[Request], object]:
        methods = self._routes.get(path.removeprefix(CONTROL_PATH).removeprefix("/"))
        if methods is None:
            known = [f"{m} {CONTROL_PATH}/{name}" for name, ms in self._routes.items() for m in ms]
            told = f"there is no {shortened(path, 80)}, only {', '.join(known)}"
            raise _Wrong(told, 404)
        if method not in methods:
            raise _Wrong(f"{path} takes {' or '.join(methods)}, not {method}", 405)
        return methods[method]

    def _reset(self, request: Request) -> object:
        _query(request)
        self._account.reset()
        self._begin()
        return {}

    def _seed(self, request: Request) -> object:
        namespace = self._namespace(_query(request, "namespace")) or self._account.default_namespace
        try:
            return {"keys": seed_pairs(namespace._core, request.body)}
        except RestError as error:
            raise _Wrong(error.message) from None

    def _calls(self, request: Request) -> object:
        namespace = self._namespace(_query(request, "namespace"))
        calls = self._account.calls if namespace is None else namespace.calls
        return {"calls": [_told(call) for call in calls]}

    def _plan(self, request: Request) -> object:
        _query(request)
        fault = _object(request.body)
        method = fault.pop("method", None)
        if method == "fail_keys":
            self._plan_for_keys(fault)
            return {}
        if method not in _PLANNERS:
            known = ", ".join((*_PLANNERS, "fail_keys"))
            raise _Wrong(f"the method of a fault is one of {known}, not {json.dumps(method)}")
        plan = getattr(self._account, method)
        parameters = signature(plan).parameters
        _check_members(method, fault, tuple(parameters))
        missing = [n for n, p in parameters.items() if p.default is p.empty and n not in fault]
        if missing:
            raise _Wrong(f"{method} needs {' and '.join(missing)}")
        try:
            plan(**fault)
        except ValueError as error:
            raise _Wrong(str(error)) from None
        return {}

    def _plan_for_keys(self, fault: dict[str, Any]) -> None:
        keys = fault.pop("keys", None)
        if not isinstance(keys, list) or not keys or not all(isinstance(k, str) for k in keys):
            raise _Wrong("fail_keys needs keys, an array of texts")
        _check_members("fail_keys", fault, ("times",), ("keys", "times"))
        try:
            self._account.fail_keys(*keys, **fault)
        except ValueError as error:
            raise _Wrong(str(error)) from None

    def _missed(self, request: Request) -> object:
        _query(request)
        return {"missed": self._account._core.faults.missed() or None}

    def _namespace(self, query: Mapping[str, str]) -> KVNamespace | None:
        if "namespace" not in query:
            return None
        try:
            return self._account.namespace(query["namespace"])
        except KeyError as error:
            raise _Wrong(error.args[0], 404) from None


def _query(request: Request, *known: str) -> dict[str, str]:
    """The parameters of the query, which are some of ``known``."""
    path, _, query = request.target.partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(given.keys() - {*known})
    if unknown:
        takes = f"only {', '.join(known)}" if known else "no parameter"
        raise _Wrong(f"{path} takes {takes}, not {', '.join(unknown)}")
    return given


def _object(body: bytes) -> dict[str, Any]:
    try:
        read: object = read_json(body.decode())
    except ValueError:
        raise _Wrong("the body is not JSON in UTF-8") from None
    if not isinstance(read, dict):
        raise _Wrong('a fault is an object, such as {"method": "fail_next", "operation": "get"}')
    return read


def _check_members(
    method: str, fault: dict[str, Any], known: tuple[str, ...], told: tuple[str, ...] = ()
) -> None:
    for name, value in fault.items():
        if name not in known:
            raise _Wrong(f"{method} takes {', '.join(told or known)}, not {name}")
        kinds = _KINDS[name]
        is_one = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
        if not is_one:
            or_null = " or null" if type(None) in kinds else ""
            raise _Wrong(f"{name} is {_NAMES[kinds[0]]}{or_null}, not {json.dumps(value)}")


def _told(call: Call) -> dict[str, object]:
    told = call._asdict()
    del told["written"], told["expiration_ttls"]
    entries = {name: _of_entry(entry) for name, entry in call.entries.items()}
    return told | {"entries": entries, "expiration_ttl": call.expiration_ttl}


def _of_entry(entry: Entry) -> dict[str, object]:
    """An entry in the format of a bulk write."""
    told: dict[str, object] = {}
    try:
        told["value"] = entry.value.decode()
    except ValueError:
        told |= {"value": b64encode(entry.value).decode(), "base64": True}
    return told | {"metadata": entry.metadata, "expiration": entry.expiration}
