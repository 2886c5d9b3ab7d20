"""The answers that a test gives for paths of Cloudflare's API that are not KV's."""

from __future__ import annotations

__all__ = ("OtherPaths",)

import inspect
import json
import re
from collections.abc import Callable
from urllib.parse import quote

from pytest_kv._core.text import nearest_first
from pytest_kv._rest.http import Request, Response
from pytest_kv._rest.routes import BASE_PATH, BASE_URL, NAMESPACES_PATH

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_PATH = re.compile(r"/[!-~]*")
_KVS_OWN = re.compile(rf"/accounts/[^/]*{re.escape(NAMESPACES_PATH)}(/|$)")
_WITHOUT_BODY = (204, 304)


class OtherPaths:
    """Keeps the answer for each method and path, as a handler."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, str], Callable[[Request], Response]] = {}

    def add(self, method: str, path: str, answer: object) -> None:
        """See ``KVServer.answer``."""
        _check_method(method)
        _check_path(path)
        asked = f"{method.upper()} {path}"
        if _KVS_OWN.match(path):
            raise ValueError(f"{asked} is KV's own: plan a fault for it instead")
        self._handlers[method.upper(), f"{BASE_PATH}{path}"] = _handler(answer, asked)

    def response(self, request: Request) -> Response | None:
        """The response of a handler; None where there is none for the request."""
        if not self._handlers:
            return None
        handler = self._handlers.get((request.method, request.target.partition("?")[0]))
        return None if handler is None else handler(request)


def _check_method(method: object) -> None:
    if not isinstance(method, str):
        raise TypeError(f"a method is a text such as 'GET', not {method!r}")
    if method.upper() not in _METHODS:
        known = ", ".join(nearest_first(method, _METHODS))
        raise ValueError(f"there is no method {method!r}; there are {known}")


def _check_path(path: object) -> None:
    example = "'/user/tokens/verify'"
    if not isinstance(path, str):
        raise TypeError(f"a path is a text such as {example}, not {path!r}")
    if not path.startswith("/") or set("?#") & set(path) or path.startswith(f"{BASE_PATH}/"):
        raise ValueError(f"{path!r} is no path below {BASE_URL}, such as {example}")
    if not _PATH.fullmatch(path):
        sent = quote(path, safe="/%:@!$&'()*+,;=~", errors="replace")
        raise ValueError(f"no client sends the path {path!r} like this: write {sent!r}")


def _handler(answer: object, asked: str) -> Callable[[Request], Response]:
    if not callable(answer):
        response = _response(answer, f"the answer to {asked}")
        return lambda request: response
    if inspect.iscoroutinefunction(answer):
        raise TypeError(f"the function for {asked} is async, but a thread calls it: write a def")
    try:
        inspect.signature(answer).bind(None)
    except TypeError:
        raise TypeError(f"the function for {asked} takes one argument, the request") from None
    except ValueError:  # a function of C may have no signature
        pass
    return lambda request: _response(answer(request), f"what the function for {asked} returned")


def _response(answered: object, whose: str) -> Response:
    """The response; TypeError or ValueError, with ``whose`` as its subject, for a wrong answer."""
    status, body = _parts(answered, whose)
    content_type, data = _body(body, whose)
    if data and status in _WITHOUT_BODY:
        raise ValueError(f"{whose} has a body, but status {status} has none: write ({status}, b'')")
    return Response(status, {"content-type": content_type}, data)


def _parts(answered: object, whose: str) -> tuple[int, object]:
    if not isinstance(answered, tuple):
        return 200, answered
    if len(answered) != 2:
        raise TypeError(f"{whose} is a tuple of {len(answered)}: write (status, body)")
    status, body = answered
    if not isinstance(status, int) or isinstance(status, bool):
        raise TypeError(f"{whose} has the status {status!r}: a status is a number such as 503")
    if not 200 <= status <= 599:
        raise ValueError(f"{whose} has the status {status}: a status is from 200 to 599")
    return status, body


def _body(body: object, whose: str) -> tuple[str, bytes]:
    """The content type and the bytes."""
    if isinstance(body, bytes):
        return "application/octet-stream", body
    try:
        if isinstance(body, str):
            return "text/plain; charset=utf-8", body.encode()
        return "application/json", json.dumps(body, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise ValueError(f"{whose} has a text that UTF-8 cannot encode") from None
    except (TypeError, ValueError, RecursionError) as error:
        told = f"{whose} is neither bytes nor a text nor JSON: {error}"
        raise (TypeError if isinstance(error, TypeError) else ValueError)(told) from None
