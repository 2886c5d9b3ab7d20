"""The envelope of every response except the one that is a value's own bytes (R)."""

from __future__ import annotations

__all__ = ("NOTHING", "failure", "success")

import json
from collections.abc import Mapping
from types import MappingProxyType

from pytest_kv._rest.http import Response

_JSON = MappingProxyType({"content-type": "application/json"})


def success(result: object, result_info: Mapping[str, object] | None = None) -> Response:
    """A 200 with ``result``; operations with pages also give ``result_info``."""
    body = {"success": True, "errors": [], "messages": [], "result": result}
    if result_info is not None:
        body["result_info"] = result_info
    return Response(200, _JSON, json.dumps(body).encode())


def failure(
    status: int, code: int, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A response with one error."""
    errors = [{"code": code, "message": message}]
    body = {"success": False, "errors": errors, "messages": [], "result": None}
    all_headers = MappingProxyType({**_JSON, **(headers or {})})
    return Response(status, all_headers, json.dumps(body).encode())


NOTHING = success({})
"""The response to a write or a delete."""
