"""Every KV method of the SDK and each parameter of it, of both clients."""

from __future__ import annotations

import pytest
from cloudflare import PermissionDeniedError

from pytest_kv import Entry, KVClock
from pytest_kv._transports.endpoint import Endpoint
from tests.sdk.caller import MAJOR, Sdk, over_both
from tests.sdk.uses import (
    ACCOUNT_ID,
    DEPRECATED,
    FIRST_USES,
    METHODS,
    NAMESPACE_ID,
    NOW,
    SEED,
    TITLES,
    USES_HERE,
    Use,
)

SENDING_LISTS = {name for name in METHODS if name.endswith(("bulk_update", "bulk_delete"))}

pytestmark = [
    pytest.mark.kv(account_id=ACCOUNT_ID, namespace_id=NAMESPACE_ID, bindings=TITLES),
    pytest.mark.filterwarnings(DEPRECATED),
]


@pytest.fixture(autouse=True)
def _seed(face: Endpoint) -> None:
    face.namespace.seed(SEED)


def name_of(use: Use) -> str:
    return f"{use.method}({', '.join(use.given)})"


@pytest.fixture(autouse=True)
def _time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KVClock, "time", lambda _clock: NOW)


# What each method does


@pytest.mark.parametrize("use", USES_HERE, ids=name_of)
def test_a_method_answers_and_changes_what_kv_does(use: Use, sdk: Sdk, face: Endpoint) -> None:
    assert sdk.call(use.method, **use.given) == use.answer

    account = face.account
    assert [namespace.title for namespace in account.namespaces.values()] == list(use.titles)
    if "KV" in use.titles:
        left = {**held_from_the_start(), **use.changed}
        assert face.namespace.data == {key: entry for key, entry in left.items() if entry}


@pytest.mark.parametrize("face", ["kv_server"], indirect=True)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_has_the_same_answer_over_http(method: str, sdk: Sdk) -> None:
    assert sdk.call(method, **FIRST_USES[method].given) == FIRST_USES[method].answer


def held_from_the_start() -> dict[str, Entry | None]:
    return {key: entry if isinstance(entry, Entry) else Entry(entry) for key, entry in SEED.items()}


@over_both
def test_a_value_of_25_mib_is_written_and_read_whole(sdk: Sdk, face: Endpoint) -> None:
    value = bytes(range(256)) * 2**12 * 25

    if MAJOR == 4:
        face.namespace.seed({"large": value})  # 4.3.1 writes no bytes
    else:
        sdk.call("values.update", key_name="large", value=value)

    assert sdk.call("values.get", key_name="large") == value


def test_a_bulk_delete_of_10_000_keys_is_one_call(sdk: Sdk, face: Endpoint) -> None:
    keys = [f"page:{number}" for number in range(10_000)]
    face.namespace.seed(dict.fromkeys(keys, ""))

    done = sdk.call("bulk_delete", body=keys)

    assert done == {"successful_key_count": 10_000, "unsuccessful_keys": []}
    face.namespace.assert_only_deleted(*keys)


# The parameters that every method has


@pytest.mark.parametrize("method", METHODS)
def test_the_parameters_of_every_method_are_obeyed_and_what_kv_does_not_know_is_ignored(
    method: str, sdk: Sdk
) -> None:
    """A method that sends a list has nowhere to put an extra body: see ``test_own_mistakes``."""
    common = {"extra_headers": {"X-Extra": "1"}, "extra_query": {"extra": "ä &"}, "timeout": 7}
    if method not in SENDING_LISTS:
        common["extra_body"] = {"extra": 1}

    answer = sdk.call(method, **FIRST_USES[method].given, **common)

    request = sdk.sent[0]
    is_left_out = request.method == "GET" and MAJOR >= 5
    assert answer == FIRST_USES[method].answer
    assert request.headers["X-Extra"] == "1"
    assert request.url.params["extra"] == "ä &"
    assert set(request.extensions["timeout"].values()) == {7}
    assert (b"extra" in request.read()) == ("extra_body" in common and not is_left_out)


def test_extra_query_and_extra_body_win_over_what_a_method_is_given(sdk: Sdk) -> None:
    listed = sdk.call("keys.list", prefix="a", extra_query={"prefix": "b"})
    renamed = sdk.call("update", title="RENAMED", extra_body={"title": "AGAIN"})

    assert [key["name"] for key in listed] == ["b"]
    assert renamed["title"] == "AGAIN"


@pytest.mark.kv(api_token="right")
@pytest.mark.parametrize("method", METHODS)
def test_every_method_sends_the_token_and_is_refused_with_another(
    method: str, sdk: Sdk, face: Endpoint
) -> None:
    wrong = {"Authorization": "Bearer wrong"}

    with pytest.raises(PermissionDeniedError) as refusal:
        sdk.call(method, **FIRST_USES[method].given, extra_headers=wrong)

    assert [(error.code, error.message) for error in refusal.value.errors] == [
        (10000, "Authentication error")
    ]
    assert face.namespace.data == held_from_the_start()
    assert face.account.namespaces.keys() >= {face.namespace_id}


@pytest.mark.parametrize("method", [name for name in METHODS if name.startswith("keys.bulk_")])
def test_the_older_names_of_the_bulk_methods_warn(method: str, sdk: Sdk) -> None:
    newer = method.removeprefix("keys.")

    with pytest.warns(DeprecationWarning, match=f"^Please use kv.namespaces.{newer} instead$"):
        sdk.call(method, **FIRST_USES[method].given)
