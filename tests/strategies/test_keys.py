"""KV accepts all `keys()` and refuses all `invalid_keys()`; keys that break clients are common."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any
from unicodedata import normalize
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_kv import KVAccount, KVError, Limits, mock_api
from pytest_kv._core.rules import Refused, Rules
from pytest_kv.strategies import invalid_keys, keys
from tests.helpers.rest_client import Client
from tests.helpers.worker import run
from tests.strategies.drawing import LOW, drawn, printed, smallest

RULES = Rules(Limits())


def size(key: str) -> int:
    return len(key.encode("utf-8", "surrogatepass"))


@cache
def many_keys() -> frozenset[str]:
    return frozenset(drawn(keys(), examples=1_000))


@cache
def many_invalid_keys() -> frozenset[str]:
    return frozenset(drawn(invalid_keys(), examples=300))


@given(keys())
def test_the_rules_allow_every_key(key: str) -> None:
    RULES.check_key(key)


@given(keys())
def test_a_worker_can_write_read_and_delete_every_key(key: str) -> None:
    kv = KVAccount().default_namespace

    run(kv.put(key, "v"))
    assert list(kv.data) == [key]
    assert run(kv.get(key)) == "v"
    run(kv.delete(key))
    kv.assert_only_deleted(key)


@given(keys())
def test_every_key_arrives_over_rest_when_all_characters_are_quoted(key: str) -> None:
    client = Client()

    client.send("PUT", "/{ns}/values/" + quote(key, safe=""), body=b"v")

    assert list(client.namespace.data) == [key]


def test_httpx_sends_every_quoted_key_unchanged() -> None:
    with mock_api() as api, httpx.Client(verify=False) as client:
        values = f"{api.base_url}/accounts/{api.account_id}/storage/kv/namespaces"
        headers = {"Authorization": f"Bearer {api.api_token}"}
        for key in many_keys():
            url = f"{values}/{api.namespace_id}/values/{quote(key, safe='')}"
            client.put(url, content=b"v", headers=headers).raise_for_status()

        assert set(api.namespace.data) == many_keys()


@pytest.mark.parametrize("character", "/#?%+&=:^ ", ids=repr)
def test_characters_with_a_meaning_in_urls_are_common(character: str) -> None:
    having = [key for key in many_keys() if character in key]

    assert len(having) >= len(many_keys()) / 100


@pytest.mark.parametrize(
    "trap",
    [
        *("%2F", "%25", "%2e%2e", "../", "/..", "/./", "//", "x/../.."),
        *("\x00", "\n", "\r\n", "\t", "\x7f"),
        *("é", "e\u0301", "€", "😀", "\ufeff", "\uffff"),
        "__proto__",
    ],
    ids=ascii,
)
def test_some_keys_contain_each_trap(trap: str) -> None:
    assert any(trap in key for key in many_keys())


@pytest.mark.parametrize(
    "describes",
    [
        pytest.param(lambda key: key.startswith("/"), id="a leading slash"),
        pytest.param(lambda key: key.endswith("/"), id="a trailing slash"),
        pytest.param(lambda key: key.startswith(" "), id="a leading space"),
        pytest.param(lambda key: key.endswith(" "), id="a trailing space"),
        pytest.param(lambda key: key.isdecimal() and key.isascii(), id="looks like a number"),
        pytest.param(lambda key: normalize("NFC", key) != key, id="changed by NFC"),
        pytest.param(lambda key: normalize("NFD", key) != key, id="changed by NFD"),
        pytest.param(lambda key: any(map(str.isupper, key)), id="upper case"),
        pytest.param(lambda key: size(key) == 1, id="one byte"),
        pytest.param(lambda key: size(key) == 511, id="511 bytes"),
        pytest.param(lambda key: size(key) == 512, id="512 bytes"),
        pytest.param(lambda key: size(key) == 512 > 2 * len(key), id="512 bytes, few characters"),
        *(
            pytest.param(
                lambda key, n=n: any(size(character) == n for character in key),
                id=f"a character of {n} bytes",
            )
            for n in (1, 2, 3, 4)
        ),
    ],
)
def test_some_keys_have_each_tricky_property(describes: Callable[[str], bool]) -> None:
    assert any(map(describes, many_keys()))


@given(st.data())
def test_a_key_keeps_its_bounds(data: st.DataObject) -> None:
    low = data.draw(st.integers(1, 6) | st.integers(1, 512))
    high = data.draw(st.integers(low, min(low + 3, 512)) | st.integers(low, 512))

    key = data.draw(keys(min_bytes=low, max_bytes=high))

    assert low <= size(key) <= high
    RULES.check_key(key)


@given(keys(limits=LOW))
def test_keys_keep_lower_limits(key: str) -> None:
    Rules(LOW).check_key(key)


@pytest.mark.parametrize("most", [1, 2])
def test_short_keys_are_never_dots(most: int) -> None:
    assert {".", ".."}.isdisjoint(drawn(keys(max_bytes=most), examples=500))


@pytest.mark.parametrize(
    ("fails", "key"),
    [
        (lambda key: True, "0"),
        (lambda key: "/" in key, "/"),
        (lambda key: "%2F" in key, "%2F"),
        (lambda key: size(key) > 500, "0" * 501),
    ],
    ids=["any", "a slash", "an escape", "over 500 bytes"],
)
def test_a_failing_key_shrinks_to_the_simplest(fails: Callable[[str], bool], key: str) -> None:
    assert smallest(keys(), fails) == key


def test_a_failing_dot_segment_shrinks_to_one_segment() -> None:
    assert smallest(keys(), lambda key: ".." in key.split("/")) in ("../", "/..")


@pytest.mark.parametrize("least", [1, 100])
def test_a_failing_key_is_printed_as_a_literal(least: int) -> None:
    for trap in ("", "/", "é"):
        call = printed(keys(min_bytes=least), trap_in(trap))

        assert trap in eval(call, {"client": lambda example: example})


def trap_in(trap: str) -> Callable[[str], bool]:
    return lambda key: trap in key


# With a prefix

PREFIXES = ["site/", "/", "A", "é:", "%2F", "😀 ", ".", "s" * 511, "s" * 512]


@given(st.data())
def test_a_key_with_a_prefix_keeps_its_bounds(data: st.DataObject) -> None:
    prefix = data.draw(st.sampled_from(PREFIXES) | keys(max_bytes=20))
    high = data.draw(st.integers(size(prefix), 512))
    low = data.draw(st.integers(1, high))

    key = data.draw(keys(prefix=prefix, min_bytes=low, max_bytes=high))

    assert low <= size(key) <= high
    RULES.check_key(key)


@pytest.mark.parametrize("prefix", ["site/", "é:", "%2F", "session:"])
def test_about_half_of_the_keys_are_under_the_prefix(prefix: str) -> None:
    seen = drawn(keys(prefix=prefix), examples=400)

    assert 0.3 < sum(key.startswith(prefix) for key in seen) / len(seen) < 0.7


@pytest.mark.parametrize("under", ["Site/ é/", "Site/ é/%2F", "Site/ é//", "Site/ é/../x"])
def test_keys_under_a_prefix_have_its_traps(under: str) -> None:
    assert under in drawn(keys(prefix="Site/ é/"), examples=600)


@pytest.mark.parametrize(
    "beginning",
    [
        *("Site/ é", "Site/ é0", "ite/ é/", "/Site/ é/", " Site/ é/", "SITE/ É/", "site/ é/"),
        *("Site%2F%20%C3%A9%2F", "Site/ e\u0301/"),
    ],
)
def test_some_keys_nearly_begin_with_the_prefix(beginning: str) -> None:
    seen = drawn(keys(prefix="Site/ é/"), examples=400)

    assert any(key.startswith(beginning) for key in seen if not key.startswith("Site/ é/")), sorted(
        seen
    )


def test_a_near_miss_may_be_decoded() -> None:
    assert any(key.startswith("a/") for key in drawn(keys(prefix="a%2F"), examples=400))


def test_a_prefix_as_long_as_a_key_may_be_is_the_only_key_under_it() -> None:
    prefix = "é" * 8
    seen = {key for key in drawn(keys(prefix=prefix, limits=LOW)) if key.startswith(prefix)}

    assert seen == {prefix}


def test_an_empty_prefix_is_none() -> None:
    assert drawn(keys(prefix="")) == drawn(keys())


@pytest.mark.parametrize(
    ("fails", "key"),
    [
        (lambda key: True, "site/0"),
        (lambda key: key == "site/", "site/"),
        (lambda key: "%2F" in key and key.startswith("site/"), "site/%2F"),
        (lambda key: not key.startswith("site/"), "site"),
        (lambda key: size(key) > 500, "site/" + "0" * 496),
    ],
    ids=["any", "the prefix", "an escape", "a near miss", "over 500 bytes"],
)
def test_a_failing_key_with_a_prefix_shrinks_to_the_simplest(
    fails: Callable[[str], bool], key: str
) -> None:
    assert smallest(keys(prefix="site/"), fails) == key


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            {"prefix": "é" * 300},
            (
                f"Cannot have prefix={'é' * 30!r}…{'é' * 10!r} (300 characters) of 600 bytes > "
                "max_bytes=512"
            ),
        ),
        (
            {"prefix": "é/", "max_bytes": 2},
            "Cannot have prefix='é/' of 3 bytes > max_bytes=2",
        ),
        (
            {"prefix": "0" * 17, "limits": LOW},
            "Cannot have prefix='00000000000000000' of 17 bytes > max_bytes=16",
        ),
        ({"prefix": b"a"}, "Expected prefix to be a text of UTF-8, not b'a'"),
        ({"prefix": None}, "Expected prefix to be a text of UTF-8, not None"),
        ({"prefix": "\ud800"}, "Expected prefix to be a text of UTF-8, not '\\ud800'"),
    ],
    ids=["too long", "over max_bytes", "over the limits", "bytes", "None", "a surrogate"],
)
def test_a_prefix_that_makes_no_sense_is_an_error(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        keys(**arguments)

    assert str(error.value) == told


def test_a_strategy_with_a_prefix_is_shown_as_it_was_called() -> None:
    assert repr(keys(prefix="site/", max_bytes=20)) == "keys(max_bytes=20, prefix='site/')"


@pytest.mark.parametrize("key", ["site/0", "site/%2F", "site", "SITE/", "site%2F"])
def test_a_failing_key_with_a_prefix_is_printed_as_a_literal(key: str) -> None:
    assert printed(keys(prefix="site/"), key.__eq__) == f"client(example={key!r},)"


# Keys that KV refuses


@given(invalid_keys())
def test_the_rules_allow_no_invalid_key(key: str) -> None:
    with pytest.raises(Refused):
        RULES.check_key(key)


@given(invalid_keys())
def test_kv_refuses_every_invalid_key_of_a_worker(key: str) -> None:
    kv = KVAccount().default_namespace

    for call in (kv.put(key, "v"), kv.get(key), kv.delete(key)):
        with pytest.raises(KVError):
            run(call)


@given(invalid_keys())
def test_kv_refuses_a_bulk_delete_with_an_invalid_key(key: str) -> None:
    client = Client()
    client.namespace.seed({"k": "v"})

    answer = client.send("POST", "/{ns}/bulk/delete", body=json.dumps(["k", key]).encode())

    assert answer.status in (400, 414)
    assert list(client.namespace.data) == ["k"]


@given(invalid_keys(limits=LOW))
def test_invalid_keys_follow_lower_limits(key: str) -> None:
    with pytest.raises(Refused):
        Rules(LOW).check_key(key)


@pytest.mark.parametrize(
    "describes",
    [
        pytest.param(lambda key: key == "", id="empty"),
        pytest.param(lambda key: key == ".", id="a dot"),
        pytest.param(lambda key: key == "..", id="two dots"),
        pytest.param(lambda key: size(key) == 513, id="a byte too long"),
        pytest.param(lambda key: size(key) > 512 >= len(key), id="too long in bytes alone"),
        pytest.param(
            lambda key: size(key) <= 512 and any("\ud800" <= c <= "\udfff" for c in key),
            id="a lone surrogate",
        ),
    ],
)
def test_some_invalid_keys_are_of_each_kind(describes: Callable[[str], bool]) -> None:
    assert any(map(describes, many_invalid_keys()))


@pytest.mark.parametrize(
    ("fails", "key"),
    [(lambda key: True, ""), (lambda key: size(key) > 512, "0" * 513)],
    ids=["any", "too long"],
)
def test_a_failing_invalid_key_shrinks_to_the_simplest(
    fails: Callable[[str], bool], key: str
) -> None:
    assert smallest(invalid_keys(), fails) == key
