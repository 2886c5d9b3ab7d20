"""What each version of the SDK does wrong on its own, which the fake must let a test see.

Seen with cloudflare 5.9.0 and 4.3.1, both on httpx 0.28.1.
"""

from __future__ import annotations

import json

import pytest
from cloudflare import BadRequestError, NotFoundError

from pytest_kv import Entry
from pytest_kv._core.journal import RestOperation
from pytest_kv._transports.endpoint import Endpoint
from tests.sdk.caller import MAJOR, Sdk
from tests.sdk.uses import DEPRECATED, FIRST_USES, METHODS

in_4 = pytest.mark.skipif(MAJOR != 4, reason="4.3.1 does this, 5.9.0 does not")
in_5 = pytest.mark.skipif(MAJOR != 5, reason="5.9.0 does this, 4.3.1 does not")

OPERATIONS: dict[str, RestOperation] = {
    "list": "list_namespaces",
    "create": "create_namespace",
    "get": "get_namespace",
    "update": "rename_namespace",
    "delete": "remove_namespace",
    "keys.list": "list",
    "values.get": "get",
    "values.update": "put",
    "values.delete": "delete",
    "metadata.get": "get_metadata",
    "bulk_get": "bulk_get",
    "bulk_update": "bulk_put",
    "bulk_delete": "bulk_delete",
}


# Both versions


@pytest.mark.filterwarnings(DEPRECATED)
@pytest.mark.parametrize("method", METHODS)
def test_a_200_with_success_false_is_taken_for_an_answer(
    method: str, sdk: Sdk, face: Endpoint
) -> None:
    """None, no keys, or, where a value was asked for, the refusal itself as the value."""
    face.account.refuse_next(OPERATIONS[method.replace("keys.bulk_", "bulk_")])

    answer = sdk.call(method, **FIRST_USES[method].given)

    if method == "values.get":
        assert not json.loads(answer)["success"]
    elif method in ("list", "keys.list"):
        assert answer == []
    else:
        assert answer is None


def test_a_for_loop_stops_at_an_empty_page_and_loses_the_rest(sdk: Sdk, face: Endpoint) -> None:
    face.namespace.seed(dict.fromkeys("abc", ""))
    face.account.page_size, face.account.tombstones = 1, True
    sdk.call("values.delete", key_name="b")

    assert [key["name"] for key in sdk.call("keys.list")] == ["a"]


def test_an_empty_page_says_that_none_follows_but_next_page_info_knows_better(
    sdk: Sdk, face: Endpoint
) -> None:
    face.namespace.seed(dict.fromkeys("ab", ""))
    face.account.page_size, face.account.tombstones = 1, True
    sdk.call("values.delete", key_name="a")

    page = sdk.wait(sdk.kv.keys.list(**sdk.ids))

    assert (page.result, page.has_next_page()) == ([], False)
    assert page.next_page_info() is not None
    assert [key.name for key in sdk.wait(page.get_next_page()).result] == ["b"]


def test_a_whole_number_of_a_bulk_get_becomes_a_float_and_loses_digits(
    sdk: Sdk, face: Endpoint
) -> None:
    face.namespace.seed({"id": str(2**53 + 1)})

    read = sdk.call("bulk_get", keys=["id"], type="json")["values"]["id"]

    assert (type(read), int(read)) == (float, 2**53)


def test_an_expiration_comes_back_as_a_float_which_kv_does_not_take(
    sdk: Sdk, face: Endpoint
) -> None:
    """That KV refuses it is inferred from its words (I)."""
    face.namespace.seed({"a": Entry("1", expiration=4_000_000_000)})
    [key] = sdk.call("keys.list")

    with pytest.raises(BadRequestError, match=r"Invalid expiration of 4000000000\.0\."):
        sdk.call("bulk_update", body=[{**key, "key": "a", "value": "1"}])


@pytest.mark.parametrize("method", ["bulk_update", "bulk_delete"])
def test_extra_body_has_no_place_beside_a_list(method: str, sdk: Sdk) -> None:
    with pytest.raises(RuntimeError, match="cannot merge with `extra_body`"):
        sdk.call(method, body=[], extra_body={"extra": 1})

    assert sdk.sent == []


# 4.3.1


@in_4
@pytest.mark.parametrize("metadata", ['{"page":1}', {"page": 1}])
def test_4_stores_a_json_wrapper_and_no_metadata(
    metadata: object, sdk: Sdk, face: Endpoint
) -> None:
    """cloudflare-python#2519."""
    sdk.call("values.update", key_name="a", value="text", metadata=metadata)

    wrapper = face.namespace.data["a"]
    assert json.loads(wrapper.text) == {"value": "text", "metadata": metadata}
    assert wrapper.metadata is None
    assert sdk.call("metadata.get", key_name="a") is None


@in_4
def test_4_writes_no_bytes_and_nothing_without_metadata(sdk: Sdk, face: Endpoint) -> None:
    with pytest.raises(TypeError, match=r"^Object of type bytes is not JSON serializable$"):
        sdk.call("values.update", key_name="a", value=b"\xff", metadata="{}")
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'metadata'"):
        sdk.call("values.update", key_name="a", value="text")

    assert not face.namespace.data


@in_4
@pytest.mark.parametrize(
    ("meant", "hit"), [("a#b", "a"), ("a?b", "a"), ("a%2Fb", "a/b"), ("100%25", "100%")]
)
def test_4_deletes_another_key_than_the_one_it_is_given(
    meant: str, hit: str, sdk: Sdk, face: Endpoint
) -> None:
    face.namespace.seed({meant: "meant", hit: "not meant"})

    sdk.call("values.delete", key_name=meant)

    face.namespace.assert_only_deleted(hit)


@in_4
@pytest.mark.parametrize("key", ["..", "x/../.."])
def test_4_removes_the_whole_namespace_when_a_key_has_dot_segments(
    key: str, sdk: Sdk, face: Endpoint
) -> None:
    sdk.call("values.delete", key_name=key)

    assert not face.account.namespaces
    assert [call.operation for call in face.account.calls] == ["remove_namespace"]


@in_4
def test_4_asks_for_no_key_at_all_when_the_key_is_a_dot(sdk: Sdk) -> None:
    with pytest.raises(NotFoundError, match="No route for that URI"):
        sdk.call("values.delete", key_name=".")


# 5.9.0


@in_5
def test_5_refuses_text_that_its_annotation_allows(sdk: Sdk) -> None:
    with pytest.raises(RuntimeError, match=r"^Expected entry at `value` to be bytes"):
        sdk.call("values.update", key_name="a", value="text")


@in_5
@pytest.mark.parametrize("metadata", [None, "text"])
def test_5_sends_metadata_that_is_none_or_text_as_it_is_and_kv_refuses_it(
    metadata: object, sdk: Sdk
) -> None:
    with pytest.raises(BadRequestError, match="metadata must be valid json"):
        sdk.call("values.update", key_name="a", value=b"", metadata=metadata)


@in_5
@pytest.mark.parametrize("metadata", ['{"page": 1}', {"page": 1}])
def test_5_sends_metadata_that_is_json_or_becomes_it(
    metadata: object, sdk: Sdk, face: Endpoint
) -> None:
    sdk.call("values.update", key_name="a", value=b"", metadata=metadata)

    assert face.namespace.data == {"a": Entry(b"", metadata={"page": 1})}


@in_5
@pytest.mark.parametrize("key", ["a#b", "a?b", "a%2Fb", "a/b", "/", "x/../..", "100%", "ä 😀"])
def test_5_deletes_the_key_it_is_given(key: str, sdk: Sdk, face: Endpoint) -> None:
    face.namespace.seed({key: ""})

    sdk.call("values.delete", key_name=key)

    face.namespace.assert_only_deleted(key)


@in_5
@pytest.mark.parametrize("key", [".", ".."])
def test_5_sends_no_key_that_would_collapse(key: str, sdk: Sdk) -> None:
    with pytest.raises(ValueError, match="contains dot-segment"):
        sdk.call("values.delete", key_name=key)

    assert sdk.sent == []
