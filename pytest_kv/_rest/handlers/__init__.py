"""The handlers of the REST face, one for each operation."""

from __future__ import annotations

__all__ = ("HANDLERS", "Handler", "keys_of")

from collections.abc import Callable
from contextlib import suppress

from pytest_kv._core.rules import Refused
from pytest_kv._rest.call import RestCall
from pytest_kv._rest.errors import RestError
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

_READERS: dict[str, Callable[[RestCall], object]] = {
    "put": pairs.read_write,
    "bulk_put": bulk.read_writes,
    "bulk_delete": bulk.read_names,
    "bulk_get": bulk.read_names_to_get,
}
"""What notes the keys and TTLs of a call that has more to read than the key in its path."""


def keys_of(call: RestCall) -> tuple[str, ...]:
    """The keys of a call that is not carried out yet, which are noted with their TTLs.

    Of a request that cannot be read, only the key in the path is known.
    """
    read = _READERS.get(call.operation)
    if read is not None and not call.is_read:
        with suppress(Refused, RestError):
            read(call)
    call.is_read = True
    return call.keys
