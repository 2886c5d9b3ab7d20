"""The API's methods and paths in one table, and the route of a request."""

from __future__ import annotations

__all__ = (
    "BASE_PATH",
    "BASE_URL",
    "HOST",
    "NAMESPACES_PATH",
    "OPERATIONS",
    "UNKNOWN",
    "Route",
    "find_route",
)

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from pytest_kv._core.account import hex_id
from pytest_kv._rest.errors import Problem, RestError

HOST = "api.cloudflare.com"
BASE_PATH = "/client/v4"
BASE_URL = f"https://{HOST}{BASE_PATH}"

NAMESPACES_PATH = "/storage/kv/namespaces"

OPERATIONS = {
    ("GET", ""): "list_namespaces",
    ("POST", ""): "create_namespace",
    ("GET", "/{ns}"): "get_namespace",
    ("PUT", "/{ns}"): "rename_namespace",
    ("DELETE", "/{ns}"): "remove_namespace",
    ("GET", "/{ns}/keys"): "list",
    ("GET", "/{ns}/values/{key}"): "get",
    ("PUT", "/{ns}/values/{key}"): "put",
    ("DELETE", "/{ns}/values/{key}"): "delete",
    ("GET", "/{ns}/metadata/{key}"): "get_metadata",
    ("PUT", "/{ns}/bulk"): "bulk_put",
    ("POST", "/{ns}/bulk/delete"): "bulk_delete",
    ("DELETE", "/{ns}/bulk"): "bulk_delete_older",
    ("POST", "/{ns}/bulk/get"): "bulk_get",
}
"""The operations by method and by the path behind ``…/storage/kv/namespaces`` (D)."""

UNKNOWN = "unknown"
"""The operation of a request that KV has no route for."""

_SHAPES = {path for _, path in OPERATIONS}
_DASHED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEYED = ("values", "metadata")


class Route(NamedTuple):
    """The operation that a request asks for, with the ids and the key in its path."""

    operation: str
    account_id: str
    namespace_id: str | None = None
    """In the form in which KV shows it, where it can be read."""
    raw_key: str | None = None
    collapsed: bool = False
    """Whether the path ends in ``/{ns}/``: a client makes this path from a key such as ``..``."""

    @property
    def key(self) -> str | None:
        """The key, percent-decoded once; bytes that are not UTF-8 become lone surrogates."""
        if self.raw_key is None:
            return None
        raw = self.raw_key.encode("utf-8", "surrogatepass")
        return unquote_to_bytes(raw).decode("utf-8", "surrogateescape")


def find_route(method: str, target: str) -> Route | RestError:
    """The route of a request, or the error that KV answers when it has none (R)."""
    path = target.partition("?")[0]
    account_id, separator, below = path.removeprefix(f"{BASE_PATH}/accounts/").partition("/")
    below = separator + below
    if not path.startswith(f"{BASE_PATH}/accounts/"):
        return RestError.of(Problem.NO_ROUTE)
    if not hex_id(account_id):
        return RestError.of(Problem.BAD_ACCOUNT_ID, path=path)
    if not _is_under(below, NAMESPACES_PATH):
        return RestError.of(Problem.NO_ROUTE)
    shape, namespace_id, raw_key = _shape(below.removeprefix(NAMESPACES_PATH))
    if shape not in _SHAPES:
        return RestError.of(Problem.NO_ROUTE)
    if raw_key == "":
        return RestError.of(Problem.NO_KEY)
    operation = OPERATIONS.get((method, shape))
    if operation is None:
        return RestError.of(Problem.WRONG_METHOD)
    collapsed = shape == "/{ns}" and path.endswith("/")
    if namespace_id is not None:
        namespace_id = _canonical(namespace_id)
    return Route(operation, account_id, namespace_id, raw_key, collapsed)


def _canonical(namespace_id: str) -> str:
    """The id as KV shows it, for one in capitals or with the dashes of a UUID (I)."""
    plain = namespace_id.lower()
    if _DASHED.fullmatch(plain):
        plain = plain.replace("-", "")
    return plain if hex_id(plain) else namespace_id


def _is_under(path: str, parent: str) -> bool:
    return path == parent or path.startswith(f"{parent}/")


def _shape(path: str) -> tuple[str, str | None, str | None]:
    if path in {"", "/"}:
        return "", None, None
    namespace_id, _, below = path[1:].partition("/")
    collection, _, raw_key = below.partition("/")
    if collection in _KEYED and below != collection:
        # An unescaped slash at its beginning is lost (R; of several, all: I). Any other is part of
        # the key, which goes to the end of the path (I).
        return f"/{{ns}}/{collection}/{{key}}", namespace_id, raw_key.lstrip("/")
    return f"/{{ns}}/{below}".rstrip("/"), namespace_id, None
