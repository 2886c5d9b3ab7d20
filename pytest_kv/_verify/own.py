"""What belongs to a run: its namespaces, and the check that it touches no other one."""

from __future__ import annotations

__all__ = ("OtherNamespace", "Own")

import re
import secrets
from urllib.parse import unquote

_NAMED = re.compile("/namespaces/+([^/]+)")


class OtherNamespace(Exception):
    """A request would touch what is not the run's own. It was not sent."""


class Own:
    """The namespaces that a run has created."""

    def __init__(self, base_path: str, account_id: str) -> None:
        self.title: str = f"pytest-kv-verify-{secrets.token_hex(8)}"
        """The title of the first one; those of the others begin with it."""
        self.missing_id: str = secrets.token_hex(16)
        """An id that no namespace has."""
        self.ids: list[str] = []
        """The ids of all that were created, in this order."""
        self.removed: set[str] = set()
        """The ids of those that were removed."""
        self.collection: str = f"{base_path}/accounts/{account_id}/storage/kv/namespaces"
        """The path of the account's namespaces."""

    @property
    def left(self) -> list[str]:
        """The ids of those that are still there, the newest first."""
        return [id for id in reversed(self.ids) if id not in self.removed]

    def check(self, method: str, target: str) -> None:
        """Raise :class:`OtherNamespace` for a request that may touch another namespace.

        A server may decode a path or remove its dot segments before it looks at the path, so that
        path must be allowed as well.
        """
        path = target.partition("?")[0]
        for read in (path, _normalised(path)):
            if not self._allows(method, read):
                raise OtherNamespace(f"{method} {target} is about a namespace of somebody else")

    def _allows(self, method: str, path: str) -> bool:
        if not all(map(self._is_harmless, _NAMED.findall(path))):
            return False
        if method == "GET":
            return True
        if path.rstrip("/") == self.collection:
            return method == "POST"
        return path.startswith(f"{self.collection}/")

    def _is_harmless(self, id: str) -> bool:
        """Whether this part of a path names a namespace of the run, or none at all."""
        digits = re.sub("[^0-9a-f]", "", id.lower())
        return len(digits) < 32 or digits in self.ids or digits == self.missing_id


def _normalised(path: str) -> str:
    """The path without percent-encoding and without dot segments, however often encoded."""
    decoded = unquote(path)
    while decoded != path:
        path, decoded = decoded, unquote(decoded)
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
