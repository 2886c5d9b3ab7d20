"""Clients with habits and one realistic bug each; each docstring says which."""

from __future__ import annotations

__all__ = ("BROKEN_HABITS", "BrokenHabit")

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import unquote

from pytest_kv import KVApi
from pytest_kv.contract import Subject
from tests.contract.zoo import async_habits, habits
from tests.contract.zoo.correct import GET, Httpx, Remembering, Value, chunks, enveloped
from tests.contract.zoo.habits import CORRECT_HABITS


class BrokenHabit(NamedTuple):
    """A broken client, the clause that catches it, and the correct client that it is made of."""

    subject: Subject
    clause: str
    correct: Subject


BROKEN_HABITS: dict[str, BrokenHabit] = {}
"""The broken clients, by their names."""

_PLAIN_HTTPX = Subject(make_client=Httpx)


def caught_by(clause: str, habit: str | None = None) -> Any:
    """Register a client with the clause that catches it, and the habit of ``CORRECT_HABITS``."""

    def note(client: type) -> type:
        correct = _PLAIN_HTTPX if habit is None else CORRECT_HABITS[habit]
        subject = replace(correct, make_client=client)
        BROKEN_HABITS[client.__name__] = BrokenHabit(subject, clause, correct)
        return client

    return note


_PLAIN = "a_plain_entry_is_stored_as_said"
_DELETES = "deleting_removes_that_key_and_no_other"
_GONE = "a_deleted_key_is_gone_at_once"
_ROUND_TRIP = "every_key_round_trips"
_VALUES = "values_and_metadata_survive_exactly"
_EXPIRED = "expired_keys_are_gone"
_DELETE_MANY = "delete_many_deletes_all"
_PUT_MANY = "put_many_puts_all"
_GET_MANY = "get_many_gets_all"
_LIST = "list_gives_each_name_once"
_DELETE_PREFIX = "delete_prefix_deletes_what_is_under_it"
_WRITE = "a_write_that_returns_was_done"
_READ = "a_read_that_returns_tells_the_truth"
_SUCCESS = "an_answer_without_success_is_an_error"
_UNDONE = "keys_that_kv_left_undone_are_not_forgotten"
_MIXED = "calls_in_any_order_keep_their_promises"


# The namespace.


@caught_by(_PLAIN)
class FirstNamespace(Httpx):
    """It uses the first namespace of the account, and not the one that it was given."""

    def __init__(self, api: KVApi) -> None:
        super().__init__(api)
        all_of_them = f"{api.base_url}/accounts/{api.account_id}/storage/kv/namespaces"
        first = enveloped(self.http.get(all_of_them))["result"][0]["id"]
        self.http.base_url = f"{all_of_them}/{first}/"


@caught_by(_PLAIN, "read only")
class FirstNamespaceRead(habits.ReadOnly):
    """The same; it only reads."""

    inner = FirstNamespace


# A prefix that is forgotten or mistaken.


@caught_by(_DELETES, "prefix")
class DeletingUnderNoPrefix(habits.Affixed):
    """It forgets the prefix in ``delete``."""

    def delete(self, key: str) -> Any:
        return self.kv.delete(key)


@caught_by(_GET_MANY, "prefix")
class ReadingUnderNoPrefix(habits.Affixed):
    """It forgets the prefix in ``get_many``."""

    def get_many(self, keys: Sequence[str]) -> Any:
        return self.kv.get_many(keys)


@caught_by(_PUT_MANY, "prefix")
class WritingUnderNoPrefix(habits.Affixed):
    """It forgets the prefix in ``put_many``."""

    def put_many(self, mapping: Mapping[str, Value]) -> Any:
        return self.kv.put_many(mapping)


@caught_by(_LIST, "prefix")
class ListingUnderNoPrefix(habits.Affixed):
    """It forgets the prefix in ``list``, and shows the keys of others."""

    def list(self, prefix: str) -> Any:
        names = self.kv.list("")
        keys = [name.removeprefix(self.before) for name in names]
        return [key for key in keys if key.startswith(prefix)]


@caught_by(_LIST, "prefix")
class ListingStoredNames(habits.Affixed):
    """It lists the names under which the keys are stored."""

    def list(self, prefix: str) -> Any:
        return self.kv.list(f"{self.before}{prefix}")


@caught_by(_LIST, "prefix")
class WithoutSeparator(habits.Affixed):
    """It lists what begins with ``app``, and so the keys of ``app2:``."""

    def list(self, prefix: str) -> Any:
        names = self.kv.list("app")
        keys = [name.partition(":")[2] for name in names]
        return [key for key in keys if key.startswith(prefix)]


@caught_by(_LIST, "prefix")
class StrippingLetters(habits.Affixed):
    """It uses ``lstrip()``, which strips letters and not the prefix."""

    def list(self, prefix: str) -> Any:
        return [name.lstrip(self.before) for name in self.kv.list(f"{self.before}{prefix}")]


@caught_by(_LIST, "suffix")
class ForgettingTheSuffix(habits.Suffixed):
    """It lists names with another suffix, too."""

    def list(self, prefix: str) -> Any:
        names = self.kv.list(prefix)
        return [name[: len(name) - len(self.after)] for name in names]


@caught_by(_ROUND_TRIP, "prefix, binding")
class PrefixingOnlyOnce(async_habits.Affixed):
    """It adds no prefix to a key that begins with it, so two keys are one."""

    async def put(self, key: str, value: Value) -> Any:
        name = key if key.startswith("a") else self.stored_key(key)
        return await self.kv.put(name, value)


@caught_by(_ROUND_TRIP, "hash")
class ShortHash(habits.Hashed):
    """It keeps one byte of the hash, so that keys fall together."""

    def get(self, key: str) -> Any:
        return self.kv.get(self.stored_key(key)[:2])

    def put(self, key: str, value: Value) -> Any:
        return self.kv.put(self.stored_key(key), value)


@caught_by(_GET_MANY, "hash")
class HashingTheFirst(habits.Hashed):
    """It reads the first 100 keys only."""

    def get_many(self, keys: Sequence[str]) -> Any:
        return super().get_many(keys[:GET])


# A prefix whose listing is kept.


@caught_by(_LIST)
class KeepingLists(Httpx):
    """It keeps the list of a prefix, and serves it for a longer prefix, too."""

    def __init__(self, api: KVApi) -> None:
        super().__init__(api)
        self.listed: dict[str, Any] = {}

    def list(self, prefix: str) -> Any:
        for known, names in self.listed.items():
            if known and prefix.startswith(known):
                return names
        self.listed[prefix] = super().list(prefix)
        return self.listed[prefix]


# Deleting what is under a prefix.


@caught_by(_DELETE_PREFIX, "delete prefix")
class SweepingOnePage(habits.Sweeping):
    """It deletes only the first page."""

    def delete_prefix(self, prefix: str) -> Any:
        self.delete_many([key["name"] for key in self.page(prefix, "")["result"]])


@caught_by(_DELETE_PREFIX, "delete prefix")
class SweepingUntilEmpty(habits.Sweeping):
    """It reads the first page until it is empty, although keys may follow on the next."""

    def delete_prefix(self, prefix: str) -> Any:
        while page := self.page(prefix, "")["result"]:
            self.delete_many([key["name"] for key in page])


@caught_by(_DELETE_PREFIX, "delete prefix")
class SweepingWithoutPrefix(habits.Sweeping):
    """It sends the prefix only with the request for the first page."""

    def delete_prefix(self, prefix: str) -> Any:
        page = self.page(prefix, "")
        while True:
            self.delete_many([key["name"] for key in page["result"]])
            cursor = page["result_info"]["cursor"]
            if not cursor:
                return
            page = self.page("", cursor)


@caught_by(_DELETE_PREFIX, "delete prefix")
class SweepingAnyCase(habits.Sweeping):
    """It matches the prefix whether letters are large or small."""

    def delete_prefix(self, prefix: str) -> Any:
        names = [name for name in self.list("") if name.lower().startswith(prefix.lower())]
        self.delete_many(names)


@caught_by(_DELETE_PREFIX, "delete prefix")
class SweepingAnywhere(habits.Sweeping):
    """It finds the prefix anywhere in a name."""

    def delete_prefix(self, prefix: str) -> Any:
        self.delete_many([name for name in self.list("") if prefix in name])


@caught_by(_DELETE_PREFIX, "delete prefix")
class SweepingFolders(habits.Sweeping):
    """It adds a slash to the prefix."""

    def delete_prefix(self, prefix: str) -> Any:
        super().delete_prefix(prefix if prefix.endswith("/") else f"{prefix}/")


@caught_by(_DELETE_PREFIX, "delete prefix under a prefix")
class SweepingAll(habits.AffixedSweeping):
    """It deletes everything under its own prefix."""

    def delete_prefix(self, prefix: str) -> Any:
        self.kv.delete_prefix(self.before)


@caught_by(_DELETE_PREFIX, "delete prefix under a prefix")
class SweepingOthers(habits.AffixedSweeping):
    """It forgets its own prefix, and deletes the keys of others."""

    def delete_prefix(self, prefix: str) -> Any:
        self.kv.delete_prefix(prefix)


@caught_by(_DELETE_PREFIX, "delete prefix, binding")
class SweepingAThousand(async_habits.Sweeping):
    """It deletes 1,000 keys at most."""

    async def delete_prefix(self, prefix: str) -> Any:
        await self.delete_many((await self.list(prefix))[:1_000])


# Expiration and metadata.


@caught_by(_EXPIRED, "options")
class LosingTtlInBulk(habits.Options):
    """It loses the TTL of ``put_many``."""

    def put_many(self, mapping: Mapping[str, Value], *, expiration_ttl: int | None = None) -> None:
        super().put_many(mapping)


@caught_by(_EXPIRED, "options")
class MillisecondsInBulk(habits.Options):
    """It sends the TTL of ``put_many`` in milliseconds."""

    def put_many(self, mapping: Mapping[str, Value], *, expiration_ttl: int | None = None) -> None:
        ttl = None if expiration_ttl is None else expiration_ttl * 1000
        super().put_many(mapping, expiration_ttl=ttl)


@caught_by(_EXPIRED, "options")
class TtlForTheFirst(habits.Options):
    """It sends the TTL of ``put_many`` with the first key only."""

    def put_many(self, mapping: Mapping[str, Value], *, expiration_ttl: int | None = None) -> None:
        first = dict([*mapping.items()][:1])
        super().put_many(first, expiration_ttl=expiration_ttl)
        super().put_many({key: mapping[key] for key in mapping if key not in first})


@caught_by(_EXPIRED, "options")
class LosingShortTtl(habits.Options):
    """It leaves out a TTL that KV would refuse, so the entry stays for ever."""

    def put(
        self,
        key: str,
        value: Value,
        *,
        metadata: object = None,
        expiration_ttl: int | None = None,
    ) -> None:
        ttl = None if expiration_ttl is None or expiration_ttl < 60 else expiration_ttl
        super().put(key, value, metadata=metadata, expiration_ttl=ttl)


@caught_by(_EXPIRED, "options under a prefix")
class LosingShortTtlInBulk(habits.AffixedOptions):
    """The same in ``put_many``, under a prefix."""

    def put_many(self, mapping: Mapping[str, Value], *, expiration_ttl: int | None = None) -> None:
        ttl = None if expiration_ttl is None or expiration_ttl < 60 else expiration_ttl
        super().put_many(mapping, expiration_ttl=ttl)


@caught_by(_VALUES, "options")
class LosingMetadata(habits.Options):
    """It loses the metadata of ``put``."""

    def put(
        self,
        key: str,
        value: Value,
        *,
        metadata: object = None,
        expiration_ttl: int | None = None,
    ) -> None:
        super().put(key, value, expiration_ttl=expiration_ttl)


@caught_by(_VALUES, "options")
class LosingEmptyMetadata(habits.Options):
    """It loses metadata that is empty or zero."""

    def put(
        self,
        key: str,
        value: Value,
        *,
        metadata: object = None,
        expiration_ttl: int | None = None,
    ) -> None:
        super().put(key, value, metadata=metadata or None, expiration_ttl=expiration_ttl)


# The form of values.


@caught_by(_PUT_MANY, "json")
class PlainInBulk(habits.Jsoned):
    """It does not encode the values of ``put_many``."""

    def put_many(self, mapping: Mapping[str, Value]) -> Any:
        return self.kv.put_many(mapping)


@caught_by(_VALUES, "json")
class EmptyIsNone(habits.Jsoned):
    """It reads an empty text as None."""

    def value_of(self, content: Any) -> Any:
        return json.loads(content) or None


@caught_by(_VALUES, "json, binding")
class EncodingTwice(async_habits.Jsoned):
    """It decodes a value that looks like JSON once more."""

    def value_of(self, content: Any) -> Any:
        value = json.loads(content)
        try:
            return str(json.loads(value))
        except ValueError:
            return value


@caught_by(_GET_MANY, "base64")
class EncodedInBulk(habits.Encoded):
    """It decodes in ``get``, but not in ``get_many``."""

    def get_many(self, keys: Sequence[str]) -> Any:
        return self.kv.get_many(keys)


@caught_by(_PUT_MANY, "gzip")
class UnzippedInBulk(habits.Zipped):
    """It does not compress the values of ``put_many``."""

    def put_many(self, mapping: Mapping[str, Value]) -> Any:
        return self.kv.put_many(mapping)


@caught_by(_VALUES, "gzip")
class ZippingTheEnd(habits.Zipped):
    """It loses the end of a long value."""

    def put(self, key: str, value: Value) -> Any:
        return super().put(key, value[:1024])


# After an error.


@caught_by(_READ, "best effort")
class EmptyAfterError(habits.BestEffort):
    """After an error it returns an empty value."""

    def get(self, key: str) -> Any:
        try:
            return self.kv.get(key)
        except Exception:
            return b""


@caught_by(_READ, "best effort")
class AnyAfterError(habits.BestEffort):
    """After an error it returns the value of another key."""

    def get(self, key: str) -> Any:
        try:
            return self.kv.get(key)
        except Exception:
            names = self.list("")
            return self.kv.get(names[0]) if names else None


@caught_by(_READ, "best effort, binding")
class MessageAfterError(async_habits.BestEffort):
    """After an error it returns the words of the error."""

    async def get(self, key: str) -> Any:
        try:
            return await self.kv.get(key)
        except Exception as error:
            return str(error)


@caught_by(_WRITE, "best effort")
class ClearingAfterError(habits.BestEffort):
    """After an error it deletes every key."""

    def put(self, key: str, value: Value) -> Any:
        try:
            self.kv.put(key, value)
        except Exception:
            super().delete_many(self.list(""))


@caught_by(_READ, "best effort")
class InventingAfterError(habits.BestEffort):
    """After an error it lists the prefix as if it were a key."""

    def list(self, prefix: str) -> Any:
        try:
            return self.kv.list(prefix)
        except Exception:
            return [prefix]


@caught_by(_READ)
class BestEffortUnsaid(Httpx):
    """It is a cache, and its author does not say so."""

    def get(self, key: str) -> Any:
        try:
            return super().get(key)
        except Exception:
            return None


# What a cache remembers.


@caught_by(_GONE, "cache")
class RememberingDeleted(habits.Caching):
    """It remembers a value that it has deleted itself."""

    def delete(self, key: str) -> None:
        Httpx.delete(self, key)


@caught_by(_GONE, "cache, binding")
class RememberingDeletedMany(async_habits.Caching):
    """It remembers values that it has deleted together."""

    async def delete_many(self, keys: Sequence[str]) -> None:
        for key in keys:
            await self.kv.delete(key)


@caught_by(_ROUND_TRIP, "cache")
class RememberingPut(habits.Caching):
    """It remembers a value that it has written over itself."""

    def put(self, key: str, value: Value) -> None:
        Httpx.put(self, key, value)


@caught_by(_MIXED, "cache")
class RememberingPutMany(habits.Caching):
    """It remembers a value that it has written over with others."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        Httpx.put_many(self, mapping)


@caught_by(_MIXED, "cache")
class RememberingSwept(habits.Caching):
    """It remembers values that it has deleted by their prefix."""

    def delete_prefix(self, prefix: str) -> Any:
        Httpx.delete_many(self, self.list(prefix))


@caught_by(_EXPIRED)
class RememberingForHours(habits.Caching):
    """It remembers a value for longer than the entry lasts."""

    def get(self, key: str) -> Any:
        if key in self.read:
            return self.read[key][1]
        return Remembering.get(self, key)


# Bools.


@caught_by(_WRITE, "bools")
class TrueAfterError(habits.Bools):
    """It says True for a write that failed."""

    def is_done(self, act: Callable[..., Any], *args: Any) -> bool:
        super().is_done(act, *args)
        return True


@caught_by(_WRITE, "bools, binding")
class TrueForSome(async_habits.Bools):
    """It says True when one of the writes was done."""

    async def delete_many(self, keys: Sequence[str]) -> Any:
        done = [await self.delete(key) for key in keys]
        return any(done) or not keys


@caught_by(_UNDONE, "bools")
class TrueForUndone(habits.Bools):
    """It says True although KV left keys undone."""

    def delete_many(self, keys: Sequence[str]) -> Any:
        return self.is_done(self.send, keys)

    def send(self, keys: Sequence[str]) -> None:
        for chunk in chunks(keys, 10_000):
            enveloped(self.kv.http.post("bulk/delete", json=chunk))


@caught_by(_WRITE, "everything")
class TrueForEverything(habits.Everything):
    """It says True for a ``put`` that failed; it has many habits."""

    def put(self, key: str, value: Value) -> Any:
        super().put(key, value)
        return True


# Limits.


@caught_by(_DELETE_MANY, "100 keys")
class DroppingSilently(habits.Limited):
    """It drops the keys beyond half of what it takes."""

    def delete_many(self, keys: Sequence[str]) -> Any:
        return super().delete_many(self.checked(keys)[:50])


@caught_by(_GET_MANY, "100 keys")
class CountingWrongly(habits.Limited):
    """It takes 99 keys, and its author says 100."""

    most = 99


@caught_by(_DELETE_MANY)
class DroppingBeyond(Httpx):
    """It drops the keys beyond the first 100 without a word."""

    def delete_many(self, keys: Sequence[str]) -> None:
        super().delete_many(keys[:GET])


# Many keys.


@caught_by(_DELETE_MANY)
class DroppingNeighbours(Httpx):
    """For a repeated key it drops the next one."""

    def delete_many(self, keys: Sequence[str]) -> None:
        seen: set[str] = set()
        left, is_next_dropped = [], False
        for key in keys:
            if not is_next_dropped and key not in seen:
                left.append(key)
            is_next_dropped = key in seen
            seen.add(key)
        super().delete_many(left)


@caught_by(_GET_MANY)
class StoppingAtRepeat(Httpx):
    """It stops at the first repeated key."""

    def get_many(self, keys: Sequence[str]) -> Any:
        wanted: list[str] = []
        for key in keys:
            if key in wanted:
                break
            wanted.append(key)
        return super().get_many(wanted)


def _folded(fold: Callable[[str], str], keys: Sequence[str]) -> list[str]:
    """One key of those that ``fold`` makes equal."""
    return list({fold(key): key for key in keys}.values())


@caught_by(_DELETE_MANY)
class OneOfEachCase(Httpx):
    """Of keys that differ in case it deletes one."""

    def delete_many(self, keys: Sequence[str]) -> None:
        super().delete_many(_folded(str.casefold, keys))


@caught_by(_DELETE_MANY, "prefix")
class OneOfEachForm(habits.Affixed):
    """Of keys that differ in their Unicode form it deletes one."""

    def delete_many(self, keys: Sequence[str]) -> Any:
        super().delete_many(_folded(lambda key: unicodedata.normalize("NFC", key), keys))


@caught_by(_PUT_MANY)
class OneOfEachQuoted(Httpx):
    """Of keys that differ in percent signs it writes one."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        super().put_many({key: mapping[key] for key in _folded(unquote, [*mapping])})


@caught_by(_PUT_MANY, "json")
class OneOfEachStripped(habits.Jsoned):
    """Of keys that differ in the spaces around them it writes one."""

    def put_many(self, mapping: Mapping[str, Value]) -> Any:
        super().put_many({key: mapping[key] for key in _folded(str.strip, [*mapping])})


@caught_by(_GET_MANY)
class OneOfEachForBoth(Httpx):
    """Of keys that differ in case it reads one, for all of them."""

    def get_many(self, keys: Sequence[str]) -> Any:
        found = {key.lower(): value for key, value in super().get_many(keys).items()}
        return {key: found[key.lower()] for key in keys if key.lower() in found}


@caught_by(_GET_MANY, "prefix and json, binding")
class OneOfEachSpace(async_habits.AffixedJson):
    """Of keys that differ in ``+`` and spaces it reads one."""

    async def get_many(self, keys: Sequence[str]) -> Any:
        return await super().get_many(_folded(lambda key: key.replace("+", " "), keys))


@caught_by(_SUCCESS, "prefix")
class TrustingStatusInBulk(habits.Affixed):
    """It treats a 200 with ``success`` false as a success of a bulk write."""

    def put_many(self, mapping: Mapping[str, Value]) -> Any:
        for chunk in chunks(mapping.items(), 10_000):
            pairs = [{"key": self.stored_key(key), "value": value} for key, value in chunk]
            answer = self.kv.http.put("bulk", json=pairs).raise_for_status().json()
            if (answer["result"] or {}).get("unsuccessful_keys"):
                raise RuntimeError("not all keys were done")


# What only one clause sees.


@caught_by(_DELETES)
class DeletingWhatItKnows(Httpx):
    """It deletes only keys that it has read or written itself."""

    def __init__(self, api: KVApi) -> None:
        super().__init__(api)
        self.known: set[str] = set()

    def get(self, key: str) -> Any:
        self.known.add(key)
        return super().get(key)

    def put(self, key: str, value: Value) -> None:
        self.known.add(key)
        super().put(key, value)

    def delete(self, key: str) -> None:
        if key in self.known:
            super().delete(key)


@caught_by(_ROUND_TRIP)
class SplittingLines(Httpx):
    """It writes the names that it lists into lines, and splits the lines."""

    def list(self, prefix: str) -> Any:
        return "\n".join(super().list(prefix)).splitlines()
