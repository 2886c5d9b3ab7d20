"""What is said of a name that a binding does not have, and of a binding that is used as a dict."""

from __future__ import annotations

__all__ = ("AS_A_DICT", "METHODS", "no_attribute", "no_item", "not_settable")

from collections.abc import Iterable

from pytest_kv._core.text import nearest, shortened

METHODS = ("get", "getWithMetadata", "put", "delete", "list")
"""The methods that a binding has in production, and no others (D, O)."""

AS_A_DICT = "A binding is no dict: await kv.list() lists its keys, and a test reads kv.data."

_ALSO_CALLED = {
    "exists": "get",
    "has": "get",
    "read": "get",
    "fetch": "get",
    "set": "put",
    "write": "put",
    "store": "put",
    "remove": "delete",
    "del": "delete",
    "scan": "list",
}
_OF_A_DICT = ("items", "keys", "values", "pop", "popitem", "setdefault", "update")
_BULK = ("bulk", "many", "multi", "batch", "mget", "mset")
_OF_AN_ACCOUNT = (
    *("fail_next", "drop_next", "time_out_next", "refuse_next", "delay_next", "fail_keys"),
    *("stop_after", "page_size", "tombstones", "write_limit", "request_limit", "clock"),
)
_MOST = 4
_READS = ("get", "read", "fetch")


def no_attribute(name: str, known: Iterable[str]) -> str:
    """What is said of a name that is none of the ``known`` names."""
    told = f"'KVNamespace' object has no attribute {name!r}"
    # Python itself asks for such names.
    if name.startswith("_"):
        return told
    return f"{told}; {_hint(name, known)}"


def not_settable(name: str) -> str:
    """What is said when a test sets an attribute that a namespace does not have."""
    is_of_account = name in _OF_AN_ACCOUNT
    hint = _of_account(name) if is_of_account else "only what it has can be replaced"
    return f"'KVNamespace' object has no attribute {name!r}; {hint}"


def _of_account(name: str) -> str:
    return f"its account has it: kv_account.{name}"


def _hint(name: str, known: Iterable[str]) -> str:
    word = name.replace("_", "").lower()
    if name in _OF_AN_ACCOUNT:
        return _of_account(name)
    if name in _OF_A_DICT:
        return "await kv.list() lists the keys of a binding, and a test reads kv.data"
    if any(part in word for part in _BULK):
        if any(part in word for part in _READS):
            return "get and getWithMetadata take up to 100 keys as a list"
        return "a binding has no bulk write: call put or delete for each key"
    near = [_ALSO_CALLED[word]] if word in _ALSO_CALLED else nearest(name, known)[:_MOST]
    return f"it has {', '.join(near or METHODS)}"


def no_item(key: str) -> str:
    """What is said of ``kv["a"]``, which is an attribute to Cloudflare's wrapper (R, O)."""
    name = shortened(key, 80)
    return (
        f"'KVNamespace' object has no attribute {name}; read the key with await kv.get({name}), "
        f"in a test with kv.data[{name}]"
    )
