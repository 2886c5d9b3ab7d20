"""Answers of a test for paths of Cloudflare's API that are not KV's."""

from __future__ import annotations

__all__ = ("OtherPaths",)

import json
from collections.abc import Callable

from pytest_kv._rest.errors import Problem, RestError
from pytest_kv._rest.http import Request, Response
from pytest_kv._rest.routes import BASE_PATH, BASE_URL, find_route

_NOT_KVS = (Problem.NO_ROUTE, Problem.BAD_ACCOUNT_ID)

Handler = Callable[[Request], object]


class OtherPaths:
    """The handlers by method and path."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, str], Handler] = {}

    def add(self, method: str, path: str, answer: object) -> None:
        """See ``KVServer.answer``."""
        if not path.startswith("/") or "?" in path or path.startswith(f"{BASE_PATH}/"):
            example = "'/user/tokens/verify'"
            raise ValueError(f"{path!r} is no path below {BASE_URL}, such as {example}")
        target = f"{BASE_PATH}{path}"
        route = find_route(method.upper(), target)
        if not isinstance(route, RestError) or route.problem not in _NOT_KVS:
            raise ValueError(f"{method.upper()} {path} is KV's own: plan a fault for it instead")
        self._handlers[method.upper(), target] = _handler(answer)

    def response(self, request: Request) -> Response | None:
        """The response of a handler; None where there is none for the request."""
        if not self._handlers:
            return None
        handler = self._handlers.get((request.method, request.target.partition("?")[0]))
        return None if handler is None else _response(handler(request))


def _handler(answer: object) -> Handler:
    return answer if callable(answer) else lambda request: answer


def _response(answered: object) -> Response:
    status, body = answered if isinstance(answered, tuple) else (200, answered)
    if isinstance(body, bytes):
        return Response(status, {"content-type": "application/octet-stream"}, body)
    if isinstance(body, str):
        return Response(status, {"content-type": "text/plain; charset=utf-8"}, body.encode())
    return Response(status, {"content-type": "application/json"}, json.dumps(body).encode())
