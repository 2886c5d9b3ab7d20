"""The handlers of the REST face, one for each operation."""

from __future__ import annotations

__all__ = ("HANDLERS", "Handler")

from collections.abc import Callable

from pytest_kv._rest.call import RestCall
from pytest_kv._rest.handlers import bulk, namespaces, pairs
from pytest_kv._rest.http import Response

Handler = Callable[[RestCall], Response]

HANDLERS: dict[str, Handler] = {
    "list_namespaces": namespaces.list_namespaces,
    "create_namespace": namespaces.create_namespace,
    "get_namespace": namespaces.get_namespace,
    "rename_namespace": namespaces.rename_namespace,
    "remove_namespace": namespaces.remove_namespace,
    "list": pairs.list_keys,
    "get": pairs.get,
    "get_metadata": pairs.get_metadata,
    "put": pairs.put,
    "delete": pairs.delete,
    "bulk_put": bulk.bulk_put,
    "bulk_delete": bulk.bulk_delete,
    "bulk_delete_older": bulk.bulk_delete,
    "bulk_get": bulk.bulk_get,
}
"""The handler of each operation in :data:`pytest_kv._rest.routes.OPERATIONS`."""
