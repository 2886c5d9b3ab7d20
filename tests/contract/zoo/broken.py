"""Clients of REST with one realistic bug each; every class says which."""

from __future__ import annotations

__all__ = ("BROKEN",)

import json
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import httpx

from pytest_kv import KVApi
from tests.contract.zoo.correct import (
    BULK,
    GET,
    Httpx,
    Sdk,
    TextOnly,
    Value,
    all_done,
    chunks,
    enveloped,
    pair,
    pairs_of,
)

BROKEN: dict[type, str] = {}
"""The clause that names the bug of each client."""


def caught_by(clause: str) -> Any:
    """Note the clause that names a client's bug."""

    def note(client: type) -> type:
        BROKEN[client] = clause
        return client

    return note


# Keys and the paths they end up in.

_DELETES = "deleting_removes_that_key_and_no_other"
_MISSING = "deleting_a_missing_key_succeeds"
_GONE = "a_deleted_key_is_gone_at_once"
_ENDPOINT = "no_key_reaches_another_endpoint"
_ROUND_TRIP = "every_key_round_trips"
_VALUES = "values_and_metadata_survive_exactly"
_EXPIRED = "expired_keys_are_gone"
_DELETE_MANY = "delete_many_deletes_all"
_PUT_MANY = "put_many_puts_all"
_GET_MANY = "get_many_gets_all"
_LIST = "list_gives_each_name_once"
_WRITE = "a_write_that_returns_was_done"
_READ = "a_read_that_returns_tells_the_truth"
_UNDONE = "keys_that_kv_left_undone_are_not_forgotten"
_ANY_ORDER = "calls_in_any_order_keep_their_promises"


@caught_by(_ENDPOINT)
class Collapsing(Httpx):
    """The key ``..`` removes the namespace: quoting leaves dots alone (needs.md A4)."""

    def path(self, key: str) -> str:
        return f"values/{quote(key, safe='')}"


@caught_by(_ROUND_TRIP)
class Unquoted(Httpx):
    """The key goes into the path as it is (needs.md A3)."""

    def path(self, key: str) -> str:
        super().path(key)
        return f"values/{key}"


@caught_by(_ENDPOINT)
class LeavingSlashes(Httpx):
    """``quote()`` leaves slashes alone, so ``x/../..`` removes the namespace."""

    def path(self, key: str) -> str:
        super().path(key)
        return f"values/{quote(key)}"


@caught_by(_ROUND_TRIP)
class Plussing(Httpx):
    """``quote_plus()`` is for queries: in a path a plus is a plus."""

    def path(self, key: str) -> str:
        super().path(key)
        return f"values/{quote_plus(key)}"


@caught_by(_ROUND_TRIP)
class QuotingTwice(Httpx):
    """The key is percent-encoded twice."""

    def path(self, key: str) -> str:
        super().path(key)
        return f"values/{quote(quote(key, safe=''), safe='')}"


@caught_by(_DELETES)
class LowerCasing(Httpx):
    """Keys are taken for case-insensitive."""

    def path(self, key: str) -> str:
        return super().path(key.lower())


@caught_by(_DELETES)
class Stripping(Httpx):
    """Whitespace around a key is taken off."""

    def path(self, key: str) -> str:
        return super().path(key.strip() or key)


@caught_by(_DELETES)
class Normalising(Httpx):
    """Keys are brought into NFC."""

    def path(self, key: str) -> str:
        return super().path(unicodedata.normalize("NFC", key))


@caught_by(_DELETES)
class Trimming(Httpx):
    """Slashes at the edges of a key are taken off (workers-sdk#961)."""

    def path(self, key: str) -> str:
        return super().path(key.strip("/") or key)


@caught_by(_ROUND_TRIP)
class CuttingQueries(Httpx):
    """Only the path of the key's URL is sent."""

    def path(self, key: str) -> str:
        return super().path(urlsplit(f"kv:///{key}").path[1:] or key)


@caught_by(_ROUND_TRIP)
class AsciiOnly(Httpx):
    """What is not ASCII becomes a question mark."""

    def path(self, key: str) -> str:
        return super().path(key.encode("ascii", "replace").decode())


@caught_by(_ROUND_TRIP)
class CountingCharacters(Httpx):
    """A key may be long in bytes and is refused by a limit that is too low."""

    def path(self, key: str) -> str:
        if len(key.encode()) > 255:
            raise ValueError("the key is too long")
        return super().path(key)


# Deletes.


@caught_by(_MISSING)
class LookingFirst(Httpx):
    """It raises for a key that is not there."""

    def delete(self, key: str) -> None:
        if self.get(key) is None:
            raise KeyError(key)
        super().delete(key)


@caught_by(_DELETES)
class ByPrefix(Httpx):
    """It deletes everything that begins with the key."""

    def delete(self, key: str) -> None:
        super().delete(key)
        for name in self.list(key):
            super().delete(name)


@caught_by(_DELETES)
class Emptying(Httpx):
    """It writes an empty value instead of deleting."""

    def delete(self, key: str) -> None:
        self.put(key, "")


@caught_by(_WRITE)
class DeletingBlindly(Httpx):
    """It never looks at what a delete was answered."""

    def delete(self, key: str) -> None:
        self.http.delete(self.path(key))


@caught_by(_WRITE)
class OnlyServerErrors(Httpx):
    """Statuses below 500 are taken for success."""

    def delete(self, key: str) -> None:
        answer = self.http.delete(self.path(key))
        if answer.status_code >= 500:
            answer.raise_for_status()


@caught_by(_WRITE)
class StatusOnly(Httpx):
    """A 200 with ``success`` false is taken for success (needs.md A2)."""

    def put(self, key: str, value: Value) -> None:
        self.http.put(self.path(key), content=value).raise_for_status()


@caught_by(_WRITE)
class GivingUp(Httpx):
    """It tries three times and then returns as if done."""

    def put(self, key: str, value: Value) -> None:
        for _ in range(3):
            with suppress(httpx.HTTPError, RuntimeError):
                super().put(key, value)
                return


@caught_by(_WRITE)
class TimesOutQuietly(Httpx):
    """A timeout is taken for done."""

    def put(self, key: str, value: Value) -> None:
        with suppress(httpx.TimeoutException):
            super().put(key, value)


@caught_by(_WRITE)
class RetryingForEver(Httpx):
    """It tries again until it works, which may be never."""

    def delete(self, key: str) -> None:
        while True:
            with suppress(httpx.HTTPError, RuntimeError):
                super().delete(key)
                return


@caught_by(_WRITE)
class SdkUnchecked(Sdk):
    """The SDK answers None to a 200 with ``success`` false (needs.md A2)."""

    def delete(self, key: str) -> None:
        self.sdk.kv.namespaces.values.delete(key, **self.at)


# Reads.


@caught_by(_READ)
class AnythingIsMissing(Httpx):
    """Whatever is no success is a missing key."""

    def get(self, key: str) -> Any:
        answer = self.http.get(self.path(key))
        return answer.content if answer.is_success else None


@caught_by(_READ)
class ErrorAsValue(Httpx):
    """The body of an error is given as the value."""

    def get(self, key: str) -> Any:
        answer = self.http.get(self.path(key))
        return None if answer.status_code == 404 else answer.content


@caught_by(_READ)
class LastPageOnError(Httpx):
    """A page that cannot be had is taken for the last one."""

    def page(self, prefix: str, cursor: str) -> Any:
        try:
            return super().page(prefix, cursor)
        except httpx.HTTPStatusError:
            return {"result": [], "result_info": {"cursor": ""}}


@caught_by(_READ)
class ChunksLeftOut(Httpx):
    """A bulk get that fails leaves its keys out."""

    def get_many(self, keys: Sequence[str]) -> Any:
        found: dict[str, Any] = {}
        for chunk in chunks(keys, GET):
            with suppress(httpx.HTTPError):
                found |= super().get_many(chunk)
        return found


@caught_by(_GONE)
class EmptyForMissing(Httpx):
    """A missing key is an empty value."""

    def get(self, key: str) -> Any:
        return super().get(key) or b""


# Values.


@caught_by(_VALUES)
class Truthy(Httpx):
    """An empty value is taken for a missing one (needs.md B3)."""

    def get(self, key: str) -> Any:
        return super().get(key) or None


@caught_by(_VALUES)
class ReadingText(Httpx):
    """Bytes are written as they are and read as text."""

    def get(self, key: str) -> Any:
        value = super().get(key)
        return None if value is None else value.decode("utf-8", "replace")


@caught_by(_VALUES)
class ParsingJson(Httpx):
    """What looks like JSON is read as JSON."""

    def get(self, key: str) -> Any:
        value = super().get(key)
        with suppress(ValueError, TypeError):
            return str(json.loads(value))
        return value


@caught_by(_VALUES)
class StrippingValues(Httpx):
    """Whitespace around a value is taken off."""

    def get(self, key: str) -> Any:
        value = super().get(key)
        return None if value is None else value.strip()


@caught_by(_VALUES)
class DroppingMarks(Httpx):
    """A byte-order mark is taken for no part of the value."""

    def get(self, key: str) -> Any:
        value = super().get(key)
        return None if value is None else value.removeprefix(b"\xef\xbb\xbf")


@caught_by(_VALUES)
class UniversalNewlines(TextOnly):
    """Line ends are made alike."""

    def put(self, key: str, value: Value) -> None:
        super().put(key, "\n".join(str(value).splitlines()) if "\r" in str(value) else value)


@caught_by(_VALUES)
class Wrapping(Httpx):
    """The value is sent in JSON, as the SDK 4.3.1 does (cloudflare-python#2519)."""

    def put(self, key: str, value: Value) -> None:
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        enveloped(self.http.put(self.path(key), json={"value": text, "metadata": "{}"}))


@caught_by(_VALUES)
class Latin(Httpx):
    """Bytes are sent in bulk as if they were Latin-1 text."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        texts = {
            key: value.decode("latin-1") if isinstance(value, bytes) else value
            for key, value in mapping.items()
        }
        super().put_many(texts)


@caught_by(_VALUES)
class Unmarked(Httpx):
    """Bytes are sent in base64 without saying so."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        for chunk in pairs_of(mapping):
            for item in chunk:
                item.pop("base64", None)
            all_done(self.http.put("bulk", json=chunk))


@caught_by(_VALUES)
class LeavingEmptyOut(Httpx):
    """Empty values are not written in bulk."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        super().put_many({key: value for key, value in mapping.items() if value})


@caught_by(_VALUES)
class LosingMetadata(Httpx):
    """It writes back every key it lists, without metadata."""

    def list(self, prefix: str) -> Any:
        names = super().list(prefix)
        for name in names:
            self.put(name, self.get(name))
        return names


# What a client remembers.


@caught_by(_GONE)
class RememberingDeleted(Httpx):
    """What was read is remembered over a delete."""

    def __init__(self, api: KVApi) -> None:
        super().__init__(api)
        self.known: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        if self.known.get(key) is None:
            self.known[key] = super().get(key)
        return self.known[key]

    def put(self, key: str, value: Value) -> None:
        self.known.pop(key, None)
        super().put(key, value)


@caught_by(_GONE)
class RememberingMissing(Httpx):
    """That a key was missing is remembered over a put."""

    def __init__(self, api: KVApi) -> None:
        super().__init__(api)
        self.missing: set[str] = set()

    def get(self, key: str) -> Any:
        value = None if key in self.missing else super().get(key)
        if value is None:
            self.missing.add(key)
        return value


@caught_by(_EXPIRED)
class RememberingExpired(Httpx):
    """What was read is remembered until this client writes it."""

    def __init__(self, api: KVApi) -> None:
        super().__init__(api)
        self.known: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        if key not in self.known:
            found = super().get(key)
            if found is None:
                return None
            self.known[key] = found
        return self.known[key]

    def put(self, key: str, value: Value) -> None:
        self.known.pop(key, None)
        super().put(key, value)

    def delete(self, key: str) -> None:
        self.known.pop(key, None)
        super().delete(key)

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        self.known.clear()
        super().put_many(mapping)

    def delete_many(self, keys: Sequence[str]) -> None:
        self.known.clear()
        super().delete_many(keys)


@caught_by(_GONE)
class RememberingBulk(RememberingExpired):
    """A bulk delete leaves what was read."""

    def delete_many(self, keys: Sequence[str]) -> None:
        Httpx.delete_many(self, keys)


# Many keys.


@caught_by(_DELETE_MANY)
class InOneGo(Httpx):
    """All keys go into one request (wrangler-legacy#1398)."""

    def delete_many(self, keys: Sequence[str]) -> None:
        all_done(self.http.post("bulk/delete", json=list(keys)))


@caught_by(_DELETE_MANY)
class OneTooMany(Httpx):
    """A request takes one key more than KV does."""

    def delete_many(self, keys: Sequence[str]) -> None:
        for chunk in chunks(keys, BULK + 1):
            all_done(self.http.post("bulk/delete", json=chunk))


@caught_by(_DELETE_MANY)
class FirstChunkOnly(Httpx):
    """The offset is never moved (wp2static-addon-cloudflare-workers#7)."""

    def delete_many(self, keys: Sequence[str]) -> None:
        for _ in range(0, len(keys), BULK):
            all_done(self.http.post("bulk/delete", json=list(keys[:BULK])))


@caught_by(_DELETE_MANY)
class WholeChunksOnly(Httpx):
    """What does not fill a request is left out, once one was full."""

    def delete_many(self, keys: Sequence[str]) -> None:
        for number in range(max(1, len(keys) // BULK)):
            chunk = list(keys[number * BULK : (number + 1) * BULK])
            all_done(self.http.post("bulk/delete", json=chunk))


@caught_by(_DELETE_MANY)
class SkippingOne(Httpx):
    """A key between two requests is skipped."""

    def delete_many(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), BULK):
            chunk = list(keys[start : start + BULK - 1])
            all_done(self.http.post("bulk/delete", json=chunk))


@caught_by(_DELETE_MANY)
class FailingOnNone(Httpx):
    """An empty call raises."""

    def delete_many(self, keys: Sequence[str]) -> None:
        super().delete_many([keys[0], *keys[1:]])


@caught_by(_DELETE_MANY)
class RefusingRepeats(Httpx):
    """A key given twice is deleted once, and the other time it is missed."""

    def delete_many(self, keys: Sequence[str]) -> None:
        if len(set(keys)) < len(keys):
            raise ValueError("a key is given twice")
        super().delete_many(keys)


@caught_by(_DELETE_MANY)
class TryingSmaller(Httpx):
    """It finds out the size of a request by being refused."""

    def delete_many(self, keys: Sequence[str]) -> None:
        answer = self.http.post("bulk/delete", json=list(keys))
        if answer.status_code == 400:
            super().delete_many(keys)
        else:
            all_done(answer)


@caught_by(_DELETE_MANY)
class ClearingAll(Httpx):
    """Many keys are deleted by deleting all there are."""

    def delete_many(self, keys: Sequence[str]) -> None:
        super().delete_many(self.list("") if len(keys) > 1 else keys)


@caught_by(_PUT_MANY)
class ManyPairs(Httpx):
    """A bulk write is split by size and not by number (cloudflare-go#1324)."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        pairs = [pair(key, value) for key, value in mapping.items()]
        size = 1 + sum(len(json.dumps(item)) for item in pairs) // 90_000_000
        for chunk in chunks(pairs, -(-len(pairs) // size) or 1):
            all_done(self.http.put("bulk", json=chunk))


@caught_by(_PUT_MANY)
class ManyBytes(Httpx):
    """A bulk write is split by number and not by size (wrangler-legacy#465)."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        for chunk in chunks(mapping.items(), BULK):
            all_done(self.http.put("bulk", json=[pair(key, value) for key, value in chunk]))


@caught_by(_PUT_MANY)
class Misaligned(Httpx):
    """Values are put under sorted keys."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        super().put_many(dict(zip(sorted(mapping), mapping.values(), strict=True)))


@caught_by(_GET_MANY)
class ManyReads(Httpx):
    """A bulk get takes more than 100 keys."""

    def get_many(self, keys: Sequence[str]) -> Any:
        if not keys:
            return {}
        return enveloped(self.http.post("bulk/get", json={"keys": list(keys)}))["result"]["values"]


@caught_by(_GET_MANY)
class LastReadOnly(Httpx):
    """The values of the last request stand for all."""

    def get_many(self, keys: Sequence[str]) -> Any:
        found: dict[str, Any] = {}
        for chunk in chunks(keys, GET):
            found = super().get_many(chunk)
        return found


@caught_by(_GET_MANY)
class ReadInOrder(Httpx):
    """Values are put beside the keys in the order they come."""

    def get_many(self, keys: Sequence[str]) -> Any:
        return dict(zip(dict.fromkeys(keys), super().get_many(keys).values(), strict=False))


@caught_by(_GET_MANY)
class RaisingForMissing(Httpx):
    """One missing key makes a bulk get raise."""

    def get_many(self, keys: Sequence[str]) -> Any:
        found = super().get_many(keys)
        return {key: found[key] for key in keys}


@caught_by(_UNDONE)
class Forgetting(Httpx):
    """``unsuccessful_keys`` is never looked at (cloudflare-docs#18164)."""

    def delete_many(self, keys: Sequence[str]) -> None:
        for chunk in chunks(keys, BULK):
            enveloped(self.http.post("bulk/delete", json=chunk))


@caught_by(_UNDONE)
class TryingOnceMore(Httpx):
    """What was left undone is sent once more, and then forgotten."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        for chunk in pairs_of(mapping):
            undone = enveloped(self.http.put("bulk", json=chunk))["result"]["unsuccessful_keys"]
            left = [item for item in chunk if item["key"] in undone]
            if left:
                enveloped(self.http.put("bulk", json=left))


@caught_by(_UNDONE)
class TryingFirstAgain(Httpx):
    """Of what was left undone only the first key is sent again."""

    def delete_many(self, keys: Sequence[str]) -> None:
        for chunk in chunks(keys, BULK):
            answer = enveloped(self.http.post("bulk/delete", json=chunk))
            for key in answer["result"]["unsuccessful_keys"][:1]:
                self.delete(key)


@caught_by(_WRITE)
class LastAnswerOnly(Httpx):
    """Only the last of several answers is looked at."""

    def delete_many(self, keys: Sequence[str]) -> None:
        answers = [self.http.post("bulk/delete", json=chunk) for chunk in chunks(keys, BULK)]
        if answers:
            all_done(answers[-1])


# Lists.


@caught_by(_LIST)
class FirstPageOnly(Httpx):
    """It reads one page (mastra#22204)."""

    def list(self, prefix: str) -> Any:
        return [key["name"] for key in self.page(prefix, "")["result"]]


@caught_by(_LIST)
class StoppingAtEmpty(Httpx):
    """An empty page is taken for the last one (cloudflare-docs#4060)."""

    def list(self, prefix: str) -> Any:
        names: list[str] = []
        cursor = ""
        while page := self.page(prefix, cursor):
            if not page["result"]:
                break
            names += [key["name"] for key in page["result"]]
            cursor = page["result_info"]["cursor"]
            if not cursor:
                break
        return names


@caught_by(_LIST)
class StoppingAtShort(Httpx):
    """A page that is not full is taken for the last one."""

    def list(self, prefix: str) -> Any:
        names: list[str] = []
        cursor = ""
        while True:
            page = self.page(prefix, cursor)
            names += [key["name"] for key in page["result"]]
            cursor = page["result_info"]["cursor"]
            if len(page["result"]) < 1_000:
                return names


@caught_by(_LIST)
class Endless(Httpx):
    """A blank last cursor begins again (workers-sdk#335)."""

    def list(self, prefix: str) -> Any:
        names: list[str] = []
        cursor = ""
        while cursor is not None:
            page = self.page(prefix, cursor)
            names += [key["name"] for key in page["result"]]
            cursor = page["result_info"].get("cursor")
        return names


@caught_by(_LIST)
class ForgettingThePrefix(Httpx):
    """The prefix is sent with the first page only (cloudflare-docs#9782)."""

    def page(self, prefix: str, cursor: str) -> Any:
        return super().page("" if cursor else prefix, cursor)


@caught_by(_LIST)
class QueryByHand(Httpx):
    """The prefix goes into the query as it is."""

    def page(self, prefix: str, cursor: str) -> Any:
        return enveloped(self.http.get(f"keys?cursor={cursor}&prefix={prefix}"))


@caught_by(_LIST)
class FirstPageTwice(Httpx):
    """The first page is read again before the next."""

    def list(self, prefix: str) -> Any:
        first = self.page(prefix, "")
        names = [key["name"] for key in first["result"]]
        return names + (super().list(prefix) if first["result_info"]["cursor"] else [])


@caught_by(_LIST)
class AtMostAThousand(Httpx):
    """``limit`` is taken for the number of names in all."""

    def list(self, prefix: str) -> Any:
        return super().list(prefix)[:1_000]


@caught_by(_LIST)
class FilteringLoosely(Httpx):
    """The prefix is found anywhere in the name."""

    def list(self, prefix: str) -> Any:
        return [name for name in super().list("") if prefix in name]


@caught_by(_LIST)
class SdkIterating(Sdk):
    """The SDK's own iteration ends at an empty page."""

    def list(self, prefix: str) -> Any:
        return [
            key.name for key in self.sdk.kv.namespaces.keys.list(self.id, prefix=prefix, **self.of)
        ]
