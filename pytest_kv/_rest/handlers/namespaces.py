"""The operations on the namespaces themselves."""

from __future__ import annotations

__all__ = (
    "create_namespace",
    "get_namespace",
    "list_namespaces",
    "remove_namespace",
    "rename_namespace",
)

from collections.abc import Mapping
from typing import TypeVar

from pytest_kv._core.namespace import MODES, Mode, Namespace
from pytest_kv._rest.bodies import json_body, malformed, object_member
from pytest_kv._rest.call import RestCall
from pytest_kv._rest.envelope import NOTHING, success
from pytest_kv._rest.errors import Problem, RestError
from pytest_kv._rest.http import Response
from pytest_kv._rest.query import to_integer

_T = TypeVar("_T")
_PER_PAGE = 20
_ORDERS = {"": "id", "id": "id", "title": "title"}
_DIRECTIONS = {"": False, "asc": False, "desc": True}
_JURISDICTIONS = {"eu", "fedramp", "us"}
_OUT_OF_RANGE = {
    "page": Problem.BAD_PAGE,
    "per_page": Problem.BAD_PER_PAGE,
    "order": Problem.BAD_ORDER,
    "direction": Problem.BAD_DIRECTION,
}


def list_namespaces(call: RestCall) -> Response:
    """One page of the account's namespaces, in the order of their ids by default (X)."""
    page = _number(call, "page", 1, most=None)
    per_page = _number(call, "per_page", _PER_PAGE, most=call.rules.limits.namespaces_per_page)
    namespaces = _sorted(call)
    shown = namespaces[(page - 1) * per_page : page * per_page]
    info = {
        "count": len(shown),
        "page": page,
        "per_page": per_page,
        "total_count": len(namespaces),
    }
    return success([_described(namespace) for namespace in shown], info)


def create_namespace(call: RestCall) -> Response:
    """Create a namespace; it keeps its jurisdiction or its mode (D)."""
    body = _body(call)
    jurisdiction = object_member(body, "jurisdiction", str, "") or None
    if jurisdiction is not None and jurisdiction not in _JURISDICTIONS:
        raise RestError.of(Problem.BAD_PARAMETER, name="jurisdiction", given=jurisdiction)
    mode = _mode(body)
    if mode is not None and jurisdiction is not None:
        raise malformed("mode and jurisdiction exclude each other")
    created = call.account.create_namespace(
        _title(body), jurisdiction=jurisdiction, mode=mode or "classic"
    )
    return success(_described(created))


def get_namespace(call: RestCall) -> Response:
    """One namespace."""
    return success(_described(call.namespace))


def rename_namespace(call: RestCall) -> Response:
    """Give the namespace a new title."""
    namespace = call.namespace
    return success(_described(call.account.rename_namespace(namespace.id, _title(_body(call)))))


def remove_namespace(call: RestCall) -> Response:
    """Remove a namespace and its keys; warn when the client most likely meant a key (R).

    Most clients turn ``values/..`` into a path that ends in a slash. httpx removes the slash too,
    so its request looks like a wanted removal; the report of a failing test then says so.
    """
    namespace = call.namespace
    call.account.remove_namespace(namespace.id)
    if call.route.collapsed:
        call.warning = (
            f"DELETE {call.request.target} removes the whole namespace {namespace.title!r}. A path "
            "that ends like this is what a client makes of a key with dot segments, such as '..' "
            "or 'x/../..': it was collapsed before it was sent. Percent-encode the slashes of a "
            "key, and refuse the keys '.' and '..'."
        )
    return NOTHING


def _described(namespace: Namespace) -> dict[str, object]:
    described = {
        "id": namespace.id,
        "title": namespace.title,
        "supports_url_encoding": True,
        "mode": namespace.mode,
    }
    if namespace.jurisdiction is not None:
        described["jurisdiction"] = namespace.jurisdiction
    return described


def _body(call: RestCall) -> dict[str, object]:
    return json_body(call.request, dict, "an object with a title")


def _title(body: dict[str, object]) -> str:
    return object_member(body, "title", str, "")


def _mode(body: dict[str, object]) -> Mode | None:
    given = object_member(body, "mode", str, "")
    for mode in MODES:
        if given == mode:
            return mode
    if given:
        raise RestError.of(Problem.BAD_PARAMETER, name="mode", given=given)
    return None


def _sorted(call: RestCall) -> list[Namespace]:
    order = _choice(call, "order", _ORDERS)
    return sorted(
        call.account.namespaces.values(),
        key=lambda namespace: str(getattr(namespace, order)),
        reverse=_choice(call, "direction", _DIRECTIONS),
    )


def _choice(call: RestCall, name: str, choices: Mapping[str, _T]) -> _T:
    given = call.query.text(name)
    if given not in choices:
        raise RestError.of(_OUT_OF_RANGE[name], given=given)
    return choices[given]


def _number(call: RestCall, name: str, default: int, *, most: int | None) -> int:
    given = call.query.given(name)
    number = default if given is None else to_integer(given)
    if number is None or number < 1 or (most is not None and number > most):
        raise RestError.of(_OUT_OF_RANGE[name], given=given)
    return number
