"""Correct clients with habits, over a binding."""

from __future__ import annotations

__all__ = (
    "Affixed",
    "AffixedJson",
    "BestEffort",
    "Bools",
    "Caching",
    "DefaultTtl",
    "Jsoned",
    "Mapped",
    "Sweeping",
)

import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from pytest_kv import KVNamespace
from tests.contract.zoo.correct import Binding, Value


class Mapped:
    """It hands everything on to another client; what is stored may have another form."""

    inner: ClassVar[Any] = Binding
    """Makes the other client."""

    def __init__(self, namespace: KVNamespace) -> None:
        self.kv = self.inner(namespace)

    @classmethod
    def stored_key(cls, key: str) -> str:
        return key

    @classmethod
    def stored_value(cls, value: Any) -> Value:
        return value  # type: ignore[no-any-return]  # a str or bytes is given

    def value_of(self, content: Any) -> Any:
        return content

    async def get(self, key: str) -> Any:
        content = await self.kv.get(self.stored_key(key))
        return None if content is None else self.value_of(content)

    async def put(self, key: str, value: Value) -> Any:
        return await self.kv.put(self.stored_key(key), self.stored_value(value))

    async def delete(self, key: str) -> Any:
        return await self.kv.delete(self.stored_key(key))

    async def list(self, prefix: str) -> Any:
        return await self.kv.list(prefix)

    async def delete_many(self, keys: Sequence[str]) -> Any:
        return await self.kv.delete_many([self.stored_key(key) for key in keys])

    async def put_many(self, mapping: Mapping[str, Value]) -> Any:
        pairs = {self.stored_key(key): self.stored_value(value) for key, value in mapping.items()}
        return await self.kv.put_many(pairs)

    async def get_many(self, keys: Sequence[str]) -> Any:
        found = await self.kv.get_many([self.stored_key(key) for key in keys])
        contents = {key: found.get(self.stored_key(key)) for key in keys}
        return {
            key: self.value_of(content) for key, content in contents.items() if content is not None
        }


class Affixed(Mapped):
    """Its keys have a prefix."""

    before: ClassVar[str] = "app:"

    @classmethod
    def stored_key(cls, key: str) -> str:
        return f"{cls.before}{key}"

    async def list(self, prefix: str) -> Any:
        names = await self.kv.list(f"{self.before}{prefix}")
        return [name.removeprefix(self.before) for name in names]


class Jsoned(Mapped):
    """Its values are JSON."""

    @classmethod
    def stored_value(cls, value: Any) -> Value:
        return json.dumps(value)

    def value_of(self, content: Any) -> Any:
        return json.loads(content)


class AffixedJson(Affixed, Jsoned):
    """Its keys have a prefix, and its values are JSON."""


class DefaultTtl(Binding):
    """Its entries last an hour."""

    async def put(self, key: str, value: Value) -> None:
        await self.kv.put(key, value, {"expirationTtl": 3600})

    async def put_many(self, mapping: Mapping[str, Value]) -> None:
        for key, value in mapping.items():
            await self.put(key, value)


class BestEffort(Mapped):
    """It is a cache: after an error a key is missing, or a write is lost."""

    async def get(self, key: str) -> Any:
        return await _unless_failed(super().get, key)

    async def put(self, key: str, value: Value) -> Any:
        await _unless_failed(super().put, key, value)

    async def delete(self, key: str) -> Any:
        await _unless_failed(super().delete, key)

    async def list(self, prefix: str) -> Any:
        return await _unless_failed(super().list, prefix) or []

    async def delete_many(self, keys: Sequence[str]) -> Any:
        await _unless_failed(super().delete_many, keys)

    async def put_many(self, mapping: Mapping[str, Value]) -> Any:
        await _unless_failed(super().put_many, mapping)

    async def get_many(self, keys: Sequence[str]) -> Any:
        return await _unless_failed(super().get_many, keys) or {}


async def _unless_failed(act: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    with suppress(Exception):
        return await act(*args)


class Bools(Mapped):
    """Its writes return True, or False for one that failed."""

    async def put(self, key: str, value: Value) -> Any:
        return await self.is_done(super().put, key, value)

    async def delete(self, key: str) -> Any:
        return await self.is_done(super().delete, key)

    async def delete_many(self, keys: Sequence[str]) -> Any:
        return await self.is_done(super().delete_many, keys)

    async def put_many(self, mapping: Mapping[str, Value]) -> Any:
        return await self.is_done(super().put_many, mapping)

    async def is_done(self, act: Callable[..., Awaitable[Any]], *args: Any) -> bool:
        try:
            await act(*args)
        except Exception:
            return False
        return True


class Caching(Binding):
    """It keeps values that it has read until its own next write, for 50 seconds at most."""

    def __init__(self, namespace: KVNamespace) -> None:
        super().__init__(namespace)
        self.read: dict[str, tuple[float, bytes]] = {}

    async def get(self, key: str) -> Any:
        since, value = self.read.get(key, (0.0, b""))
        if time.time() - since <= 50:
            return value
        found = await super().get(key)
        if found is not None:
            self.read[key] = (time.time(), found)
        return found

    async def put(self, key: str, value: Value) -> None:
        self.read.pop(key, None)
        await super().put(key, value)

    async def delete(self, key: str) -> None:
        self.read.pop(key, None)
        await super().delete(key)

    async def put_many(self, mapping: Mapping[str, Value]) -> None:
        for key in mapping:
            self.read.pop(key, None)
        await super().put_many(mapping)

    async def delete_many(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.read.pop(key, None)
        await super().delete_many(keys)


class Sweeping(Affixed):
    """It deletes what is under a prefix, under a prefix of its own."""

    async def delete_prefix(self, prefix: str) -> Any:
        await self.delete_many(await self.list(prefix))
