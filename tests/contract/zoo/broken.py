"""REST clients with one realistic bug each; each docstring says which."""

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
"""The broken clients, each with the name of the clause that catches it."""


def caught_by(clause: str) -> Any:
    """Register a client with the name of the clause that catches it."""

    def note(client: type) -> type:
        BROKEN[client] = clause
        return client

    return note


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
_SUCCESS = "an_answer_without_success_is_an_error"
_UNDONE = "keys_that_kv_left_undone_are_not_forgotten"


# How a key becomes a path.


@caught_by(_ENDPOINT)
class Collapsing(Httpx):
    """It sends the key ``..``, which removes the namespace: ``quote()`` does not encode dots."""

    def path(self, key: str) -> str:
        return f"values/{quote(key, safe='')}"


@caught_by(_ROUND_TRIP)
class Unquoted(Httpx):
    """It does not percent-encode the key."""

    def path(self, key: str) -> str:
        super().path(key)
        return f"values/{key}"


@caught_by(_ENDPOINT)
class LeavingSlashes(Httpx):
    """It uses ``quote()``, which keeps slashes, so the key ``x/../..`` removes the namespace."""

    def path(self, key: str) -> str:
        super().path(key)
        return f"values/{quote(key)}"


@caught_by(_ROUND_TRIP)
class Plussing(Httpx):
    """It uses ``quote_plus()``, which is for queries: in a path, ``+`` is not a space."""

    def path(self, key: str) -> str:
        super().path(key)
        return f"values/{quote_plus(key)}"


@caught_by(_ROUND_TRIP)
class QuotingTwice(Httpx):
    """It percent-encodes the key twice."""

    def path(self, key: str) -> str:
        super().path(key)
        return f"values/{quote(quote(key, safe=''), safe='')}"


@caught_by(_DELETES)
class LowerCasing(Httpx):
    """It treats keys as case-insensitive."""

    def path(self, key: str) -> str:
        return super().path(key.lower())


@caught_by(_DELETES)
class Stripping(Httpx):
    """It strips whitespace from the ends of a key."""

    def path(self, key: str) -> str:
        return super().path(key.strip() or key)


@caught_by(_DELETES)
class Normalising(Httpx):
    """It normalises keys to NFC."""

    def path(self, key: str) -> str:
        return super().path(unicodedata.normalize("NFC", key))


@caught_by(_DELETES)
class Trimming(Httpx):
    """It strips slashes from the ends of a key (workers-sdk#961)."""

    def path(self, key: str) -> str:
        return super().path(key.strip("/") or key)


@caught_by(_ROUND_TRIP)
class CuttingQueries(Httpx):
    """It parses the key as a URL and sends only the path of it."""

    def path(self, key: str) -> str:
        return super().path(urlsplit(f"kv:///{key}").path[1:] or key)


@caught_by(_ROUND_TRIP)
class AsciiOnly(Httpx):
    """It replaces characters that are not ASCII with question marks."""

    def path(self, key: str) -> str:
        return super().path(key.encode("ascii", "replace").decode())


@caught_by(_ROUND_TRIP)
class CountingCharacters(Httpx):
    """It raises for keys of more than 255 bytes, although KV allows 512."""

    def path(self, key: str) -> str:
        if len(key.encode()) > 255:
            raise ValueError("the key is too long")
        return super().path(key)


# Deletes.


@caught_by(_MISSING)
class LookingFirst(Httpx):
    """It raises for a missing key."""

    def delete(self, key: str) -> None:
        if self.get(key) is None:
            raise KeyError(key)
        super().delete(key)


@caught_by(_DELETES)
class ByPrefix(Httpx):
    """It deletes all keys that begin with the key."""

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
    """It ignores the answer to a delete."""

    def delete(self, key: str) -> None:
        self.http.delete(self.path(key))


@caught_by(_WRITE)
class OnlyServerErrors(Httpx):
    """It treats every status below 500 as a success."""

    def delete(self, key: str) -> None:
        answer = self.http.delete(self.path(key))
        if answer.status_code >= 500:
            answer.raise_for_status()


@caught_by(_SUCCESS)
class StatusOnly(Httpx):
    """It treats a 200 with ``success`` false as a success."""

    def put(self, key: str, value: Value) -> None:
        self.http.put(self.path(key), content=value).raise_for_status()


@caught_by(_WRITE)
class GivingUp(Httpx):
    """It tries three times, and then returns as if it had succeeded."""

    def put(self, key: str, value: Value) -> None:
        for _ in range(3):
            with suppress(httpx.HTTPError, RuntimeError):
                super().put(key, value)
                return


@caught_by(_WRITE)
class TimesOutQuietly(Httpx):
    """It treats a timeout as a success."""

    def put(self, key: str, value: Value) -> None:
        with suppress(httpx.TimeoutException):
            super().put(key, value)


@caught_by(_WRITE)
class RetryingForEver(Httpx):
    """It tries again until it succeeds, which may be never."""

    def delete(self, key: str) -> None:
        while True:
            with suppress(httpx.HTTPError, RuntimeError):
                super().delete(key)
                return


@caught_by(_SUCCESS)
class SdkUnchecked(Sdk):
    """It does not check for None, which the SDK returns for a 200 with ``success`` false."""

    def delete(self, key: str) -> None:
        self.sdk.kv.namespaces.values.delete(key, **self.at)


# Reads.


@caught_by(_READ)
class AnythingIsMissing(Httpx):
    """It treats every error as a missing key."""

    def get(self, key: str) -> Any:
        answer = self.http.get(self.path(key))
        return answer.content if answer.is_success else None


@caught_by(_READ)
class ErrorAsValue(Httpx):
    """It returns the body of an error as the value."""

    def get(self, key: str) -> Any:
        answer = self.http.get(self.path(key))
        return None if answer.status_code == 404 else answer.content


@caught_by(_READ)
class LastPageOnError(Httpx):
    """It treats an error as the last page."""

    def page(self, prefix: str, cursor: str) -> Any:
        try:
            return super().page(prefix, cursor)
        except httpx.HTTPStatusError:
            return {"result": [], "result_info": {"cursor": ""}}


@caught_by(_READ)
class ChunksLeftOut(Httpx):
    """It leaves out the keys of a bulk get that fails."""

    def get_many(self, keys: Sequence[str]) -> Any:
        found: dict[str, Any] = {}
        for chunk in chunks(keys, GET):
            with suppress(httpx.HTTPError):
                found |= super().get_many(chunk)
        return found


@caught_by(_GONE)
class EmptyForMissing(Httpx):
    """It returns an empty value for a missing key."""

    def get(self, key: str) -> Any:
        return super().get(key) or b""


# Values.


@caught_by(_VALUES)
class Truthy(Httpx):
    """It returns None for an empty value."""

    def get(self, key: str) -> Any:
        return super().get(key) or None


@caught_by(_VALUES)
class ReadingText(Httpx):
    """It writes bytes unchanged, but reads every value as text."""

    def get(self, key: str) -> Any:
        value = super().get(key)
        return None if value is None else value.decode("utf-8", "replace")


@caught_by(_VALUES)
class ParsingJson(Httpx):
    """It parses values that look like JSON."""

    def get(self, key: str) -> Any:
        value = super().get(key)
        with suppress(ValueError, TypeError):
            return str(json.loads(value))
        return value


@caught_by(_VALUES)
class StrippingValues(Httpx):
    """It strips whitespace from the ends of a value."""

    def get(self, key: str) -> Any:
        value = super().get(key)
        return None if value is None else value.strip()


@caught_by(_VALUES)
class DroppingMarks(Httpx):
    """It removes a byte-order mark from a value."""

    def get(self, key: str) -> Any:
        value = super().get(key)
        return None if value is None else value.removeprefix(b"\xef\xbb\xbf")


@caught_by(_VALUES)
class UniversalNewlines(TextOnly):
    """It changes the line ends of a value."""

    def put(self, key: str, value: Value) -> None:
        super().put(key, "\n".join(str(value).splitlines()) if "\r" in str(value) else value)


@caught_by(_VALUES)
class Wrapping(Httpx):
    """It sends the value inside JSON, as the SDK 4.3.1 does (cloudflare-python#2519)."""

    def put(self, key: str, value: Value) -> None:
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        enveloped(self.http.put(self.path(key), json={"value": text, "metadata": "{}"}))


@caught_by(_VALUES)
class Latin(Httpx):
    """It decodes bytes as Latin-1 before a bulk write."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        texts = {
            key: value.decode("latin-1") if isinstance(value, bytes) else value
            for key, value in mapping.items()
        }
        super().put_many(texts)


@caught_by(_VALUES)
class Unmarked(Httpx):
    """It sends base64 in a bulk write without ``base64: true``."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        for chunk in pairs_of(mapping):
            for item in chunk:
                item.pop("base64", None)
            all_done(self.http.put("bulk", json=chunk))


@caught_by(_VALUES)
class LeavingEmptyOut(Httpx):
    """It leaves empty values out of a bulk write."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        super().put_many({key: value for key, value in mapping.items() if value})


@caught_by(_VALUES)
class LosingMetadata(Httpx):
    """It writes back each key that it lists, without the metadata."""

    def list(self, prefix: str) -> Any:
        names = super().list(prefix)
        for name in names:
            self.put(name, self.get(name))
        return names


# What a client remembers.


@caught_by(_GONE)
class RememberingDeleted(Httpx):
    """It still returns a value that it has read before after it has deleted the key."""

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
    """It still says that a key is missing after it has written the key."""

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
    """It returns a value that it has read before until it writes the key itself."""

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
    """It still returns values that it has read before after a bulk delete."""

    def delete_many(self, keys: Sequence[str]) -> None:
        Httpx.delete_many(self, keys)


# Many keys.


@caught_by(_DELETE_MANY)
class InOneGo(Httpx):
    """It sends all keys in one request (wrangler-legacy#1398)."""

    def delete_many(self, keys: Sequence[str]) -> None:
        all_done(self.http.post("bulk/delete", json=list(keys)))


@caught_by(_DELETE_MANY)
class OneTooMany(Httpx):
    """It puts one key too many into a request."""

    def delete_many(self, keys: Sequence[str]) -> None:
        for chunk in chunks(keys, BULK + 1):
            all_done(self.http.post("bulk/delete", json=chunk))


@caught_by(_DELETE_MANY)
class FirstChunkOnly(Httpx):
    """It sends the first 10,000 keys in each request (wp2static-addon-cloudflare-workers#7)."""

    def delete_many(self, keys: Sequence[str]) -> None:
        for _ in range(0, len(keys), BULK):
            all_done(self.http.post("bulk/delete", json=list(keys[:BULK])))


@caught_by(_DELETE_MANY)
class WholeChunksOnly(Httpx):
    """After a full request it leaves out the keys that do not fill another."""

    def delete_many(self, keys: Sequence[str]) -> None:
        for number in range(max(1, len(keys) // BULK)):
            chunk = list(keys[number * BULK : (number + 1) * BULK])
            all_done(self.http.post("bulk/delete", json=chunk))


@caught_by(_DELETE_MANY)
class SkippingOne(Httpx):
    """It skips one key between two requests."""

    def delete_many(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), BULK):
            chunk = list(keys[start : start + BULK - 1])
            all_done(self.http.post("bulk/delete", json=chunk))


@caught_by(_DELETE_MANY)
class FailingOnNone(Httpx):
    """It raises for an empty list of keys."""

    def delete_many(self, keys: Sequence[str]) -> None:
        super().delete_many([keys[0], *keys[1:]])


@caught_by(_DELETE_MANY)
class RefusingRepeats(Httpx):
    """It raises for a list that contains a key twice."""

    def delete_many(self, keys: Sequence[str]) -> None:
        if len(set(keys)) < len(keys):
            raise ValueError("a key is given twice")
        super().delete_many(keys)


@caught_by(_DELETE_MANY)
class TryingSmaller(Httpx):
    """It sends all keys at once and splits them only after KV has refused them."""

    def delete_many(self, keys: Sequence[str]) -> None:
        answer = self.http.post("bulk/delete", json=list(keys))
        if answer.status_code == 400:
            super().delete_many(keys)
        else:
            all_done(answer)


@caught_by(_DELETE_MANY)
class ClearingAll(Httpx):
    """For more than one key, it deletes every key of the namespace."""

    def delete_many(self, keys: Sequence[str]) -> None:
        super().delete_many(self.list("") if len(keys) > 1 else keys)


@caught_by(_PUT_MANY)
class ManyPairs(Httpx):
    """It splits a bulk write by size, but not by number (cloudflare-go#1324)."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        pairs = [pair(key, value) for key, value in mapping.items()]
        size = 1 + sum(len(json.dumps(item)) for item in pairs) // 90_000_000
        for chunk in chunks(pairs, -(-len(pairs) // size) or 1):
            all_done(self.http.put("bulk", json=chunk))


@caught_by(_PUT_MANY)
class ManyBytes(Httpx):
    """It splits a bulk write by number, but not by size (wrangler-legacy#465)."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        for chunk in chunks(mapping.items(), BULK):
            all_done(self.http.put("bulk", json=[pair(key, value) for key, value in chunk]))


@caught_by(_PUT_MANY)
class Misaligned(Httpx):
    """It sorts the keys, but not their values."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        super().put_many(dict(zip(sorted(mapping), mapping.values(), strict=True)))


@caught_by(_GET_MANY)
class ManyReads(Httpx):
    """It asks for more than 100 keys in one bulk get."""

    def get_many(self, keys: Sequence[str]) -> Any:
        if not keys:
            return {}
        return enveloped(self.http.post("bulk/get", json={"keys": list(keys)}))["result"]["values"]


@caught_by(_GET_MANY)
class LastReadOnly(Httpx):
    """It returns only the values of the last request."""

    def get_many(self, keys: Sequence[str]) -> Any:
        found: dict[str, Any] = {}
        for chunk in chunks(keys, GET):
            found = super().get_many(chunk)
        return found


@caught_by(_GET_MANY)
class ReadInOrder(Httpx):
    """It assigns values to keys by their order in the answer."""

    def get_many(self, keys: Sequence[str]) -> Any:
        return dict(zip(dict.fromkeys(keys), super().get_many(keys).values(), strict=False))


@caught_by(_GET_MANY)
class RaisingForMissing(Httpx):
    """It raises when one of the keys is missing."""

    def get_many(self, keys: Sequence[str]) -> Any:
        found = super().get_many(keys)
        return {key: found[key] for key in keys}


@caught_by(_UNDONE)
class Forgetting(Httpx):
    """It ignores ``unsuccessful_keys`` (cloudflare-docs#18164)."""

    def delete_many(self, keys: Sequence[str]) -> None:
        for chunk in chunks(keys, BULK):
            enveloped(self.http.post("bulk/delete", json=chunk))


@caught_by(_UNDONE)
class TryingOnceMore(Httpx):
    """It sends ``unsuccessful_keys`` once more, and ignores the answer."""

    def put_many(self, mapping: Mapping[str, Value]) -> None:
        for chunk in pairs_of(mapping):
            undone = enveloped(self.http.put("bulk", json=chunk))["result"]["unsuccessful_keys"]
            left = [item for item in chunk if item["key"] in undone]
            if left:
                enveloped(self.http.put("bulk", json=left))


@caught_by(_UNDONE)
class TryingFirstAgain(Httpx):
    """It sends only the first of the ``unsuccessful_keys`` again."""

    def delete_many(self, keys: Sequence[str]) -> None:
        for chunk in chunks(keys, BULK):
            answer = enveloped(self.http.post("bulk/delete", json=chunk))
            for key in answer["result"]["unsuccessful_keys"][:1]:
                self.delete(key)


@caught_by(_WRITE)
class LastAnswerOnly(Httpx):
    """It checks only the last of several answers."""

    def delete_many(self, keys: Sequence[str]) -> None:
        answers = [self.http.post("bulk/delete", json=chunk) for chunk in chunks(keys, BULK)]
        if answers:
            all_done(answers[-1])


# Lists.


@caught_by(_LIST)
class FirstPageOnly(Httpx):
    """It reads only the first page (mastra#22204)."""

    def list(self, prefix: str) -> Any:
        return [key["name"] for key in self.page(prefix, "")["result"]]


@caught_by(_LIST)
class StoppingAtEmpty(Httpx):
    """It treats an empty page as the last page (cloudflare-docs#4060)."""

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
    """It treats a page that is not full as the last page."""

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
    """It sends the empty cursor of the last page, and so begins again (workers-sdk#335)."""

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
    """It sends the prefix only with the request for the first page (cloudflare-docs#9782)."""

    def page(self, prefix: str, cursor: str) -> Any:
        return super().page("" if cursor else prefix, cursor)


@caught_by(_LIST)
class QueryByHand(Httpx):
    """It does not encode the prefix in the query."""

    def page(self, prefix: str, cursor: str) -> Any:
        return enveloped(self.http.get(f"keys?cursor={cursor}&prefix={prefix}"))


@caught_by(_LIST)
class FirstPageTwice(Httpx):
    """It reads the first page twice."""

    def list(self, prefix: str) -> Any:
        first = self.page(prefix, "")
        names = [key["name"] for key in first["result"]]
        return names + (super().list(prefix) if first["result_info"]["cursor"] else [])


@caught_by(_LIST)
class AtMostAThousand(Httpx):
    """It returns 1,000 names at most."""

    def list(self, prefix: str) -> Any:
        return super().list(prefix)[:1_000]


@caught_by(_LIST)
class FilteringLoosely(Httpx):
    """It finds the prefix anywhere in a name."""

    def list(self, prefix: str) -> Any:
        return [name for name in super().list("") if prefix in name]


@caught_by(_LIST)
class SdkIterating(Sdk):
    """It uses the SDK's own iteration, which ends at an empty page."""

    def list(self, prefix: str) -> Any:
        return [
            key.name for key in self.sdk.kv.namespaces.keys.list(self.id, prefix=prefix, **self.of)
        ]
