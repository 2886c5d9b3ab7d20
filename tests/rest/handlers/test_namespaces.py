"""The operations on the namespaces themselves."""

from __future__ import annotations

import re

import pytest

from pytest_kv import KVAccount, KVUsageWarning
from pytest_kv._core.limits import Limits
from tests.helpers.rest_client import (
    ACCOUNT_ID,
    NAMESPACE_ID,
    Answer,
    Case,
    Client,
    expect,
    refusal,
    success,
)

IDS = {title: f"{number:032x}" for number, title in enumerate("ECABD", start=1)}
"""Ids in an order that is neither that of the titles nor of creation, nor a reverse of one."""

NOT_JSON = refusal(400, 10012, "could not parse the request body: it is not JSON in UTF-8")
NO_OBJECT = refusal(
    400, 10012, "could not parse the request body: it is not an object with a title"
)
NO_TEXT = refusal(400, 10012, "could not parse the request body: title is not of the right type")
TOO_LONG = refusal(400, 10012, "title must have at most 512 characters")
BAD_TITLES = (
    ("no body", b"", NOT_JSON),
    ("not JSON", b"title=x", NOT_JSON),
    ("not UTF-8", b'{"title": "\xff"}', NOT_JSON),
    ("lone surrogate", b'{"title": "\\ud800"}', NOT_JSON),
    ("array", b'["title"]', NO_OBJECT),
    ("null", b"null", NO_OBJECT),
    ("title is a number", b'{"title": 1}', NO_TEXT),
    ("title is an object", b'{"title": {}}', NO_TEXT),
    ("title is false", b'{"title": false}', NO_TEXT),
    ("513 characters", b'{"title": "%b"}' % (b"x" * 513), TOO_LONG),
)


@pytest.fixture
def five() -> Client:
    """A client of an account with five namespaces."""
    account = KVAccount(id=ACCOUNT_ID, namespace_id=IDS["C"], title="C")
    for title in "ADEB":
        account.create_namespace(title, id=IDS[title])
    return Client(account)


def described(title: str, id: str) -> dict[str, object]:
    return {"id": id, "title": title, "supports_url_encoding": True, "mode": "classic"}


def page_of(titles: str, *, page: int = 1, per_page: int = 20) -> Answer:
    info = {"count": len(titles), "page": page, "per_page": per_page, "total_count": 5}
    return success([described(title, IDS[title]) for title in titles], info)


def bad_parameter(name: str, given: str) -> Answer:
    codes = {"page": 10007, "per_page": 10008, "order": 10043, "direction": 10044}
    return refusal(400, codes[name], f"invalid {name}: {given!r}")


# The list


@pytest.mark.fidelity("rest-empty-order", "namespaces-default-order")
@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", "ECABD"),
        ("?direction=asc", "ECABD"),
        ("?direction=desc", "DBACE"),
        ("?order=title", "ABCDE"),
        ("?order=title&direction=asc", "ABCDE"),
        ("?order=title&direction=desc", "EDCBA"),
        ("?order=id", "ECABD"),
        ("?order=id&direction=desc", "DBACE"),
        ("?order=&direction=", "ECABD"),
        ("?unknown=parameter", "ECABD"),
    ],
)
def test_the_list_is_in_the_order_asked_for(five: Client, query: str, titles: str) -> None:
    assert five.send("GET", query) == page_of(titles)


@pytest.mark.fidelity("list_namespaces")
@pytest.mark.parametrize(
    ("page", "titles"), [(1, "AB"), (2, "CD"), (3, "E"), (4, ""), (10**17, "")]
)
def test_the_list_comes_in_pages(five: Client, page: int, titles: str) -> None:
    answer = five.send("GET", f"?order=title&per_page=2&page={page}")

    assert answer == page_of(titles, page=page, per_page=2)


@pytest.mark.fidelity("Limits.namespaces_per_page")
@pytest.mark.parametrize("per_page", [5, 1000])
def test_a_page_may_hold_them_all(five: Client, per_page: int) -> None:
    assert five.send("GET", f"?per_page={per_page}") == page_of("ECABD", per_page=per_page)


@pytest.mark.fidelity("list_namespaces")
def test_a_page_holds_20_namespaces_by_default(client: Client) -> None:
    for number in range(20):
        client.account.create_namespace(f"more {number}")

    first, second = client.send("GET", "").json, client.send("GET", "?page=2").json

    assert first["result_info"] == {"count": 20, "page": 1, "per_page": 20, "total_count": 21}
    assert second["result_info"] == {"count": 1, "page": 2, "per_page": 20, "total_count": 21}
    listed = [namespace["id"] for namespace in first["result"] + second["result"]]
    assert listed == sorted(client.account.namespaces)


def test_an_account_without_namespaces_has_an_empty_list(client: Client) -> None:
    client.account.remove_namespace(NAMESPACE_ID)

    info = {"count": 0, "page": 1, "per_page": 20, "total_count": 0}
    assert client.send("GET", "") == success([], info)


@pytest.mark.fidelity("Limits.namespaces_per_page")
@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("page", "0"),
        ("page", "-1"),
        ("page", "one"),
        ("page", ""),
        ("per_page", "0"),
        ("per_page", "1001"),
        ("per_page", "2.5"),
        ("order", "size"),
        ("order", "ID"),
        ("direction", "up"),
        ("direction", "DESC"),
    ],
)
def test_a_parameter_out_of_range_is_refused(five: Client, name: str, given: str) -> None:
    assert five.send("GET", f"?{name}={given}") == bad_parameter(name, given)


@pytest.mark.fidelity("Limits.namespaces_per_page")
def test_the_largest_page_is_a_limit_of_the_account() -> None:
    client = Client(limits=Limits(namespaces_per_page=3))

    assert client.send("GET", "?per_page=3").status == 200
    assert client.send("GET", "?per_page=4") == bad_parameter("per_page", "4")


# Create and rename


@pytest.mark.fidelity("create_namespace")
@pytest.mark.parametrize("more", [{}, {"jurisdiction": "eu"}])
def test_a_new_namespace_has_an_id_of_its_own_and_holds_nothing(
    client: Client, more: dict[str, str]
) -> None:
    answer = client.send("POST", "", json={"title": "new", **more})

    created = client.account.namespace("new")
    assert answer == success({**described("new", created.id), **more})
    assert re.fullmatch("[0-9a-f]{32}", created.id)
    assert created.id != NAMESPACE_ID
    assert dict(created.data) == {}


@pytest.mark.fidelity("rest-jurisdiction")
@pytest.mark.parametrize("jurisdiction", ["eu", "fedramp", "us"])
def test_a_namespace_keeps_its_jurisdiction(client: Client, jurisdiction: str) -> None:
    body = {"title": "new", "jurisdiction": jurisdiction}
    id = client.send("POST", "", json=body).json["result"]["id"]

    answer = client.send("PUT", f"/{id}", json={"title": "renamed", "jurisdiction": "other"})

    assert answer == success({**described("renamed", id), "jurisdiction": jurisdiction})
    assert client.send("GET", f"/{id}") == answer


@pytest.mark.fidelity("BAD_PARAMETER")
@pytest.mark.parametrize("jurisdiction", ["EU", "mars"])
def test_a_jurisdiction_that_does_not_exist_is_refused(client: Client, jurisdiction: str) -> None:
    body = {"title": "new", "jurisdiction": jurisdiction}

    assert client.send("POST", "", json=body) == refusal(
        400, 10012, f"invalid jurisdiction: '{jurisdiction}'"
    )


def test_a_new_namespace_can_be_used_at_once(client: Client) -> None:
    id = client.send("POST", "", json={"title": "new"}).json["result"]["id"]

    assert client.send("PUT", f"/{id}/values/k", body=b"v") == success({})
    assert client.account.namespaces[id].data["k"].text == "v"
    assert client.data == {}


@pytest.mark.fidelity("Limits.title_characters")
@pytest.mark.parametrize("title", [" ", "kv", "ü 😀", "a/b", "x" * 512, "😀" * 512, "\0", "KV "])
def test_a_title_is_any_text_that_no_other_namespace_has(client: Client, title: str) -> None:
    assert client.send("POST", "", json={"title": title}).json["result"]["title"] == title
    assert client.send("POST", "", json={"title": title}).told == (
        "400 10014: a namespace with this account ID and title already exists"
    )


@pytest.mark.fidelity("Limits.namespaces", "NAMESPACES_TOO_MANY")
def test_the_1001st_namespace_is_one_too_many() -> None:
    client = Client(limits=Limits(namespaces=3))
    for title in ("second", "third"):
        assert client.send("POST", "", json={"title": title}).status == 200

    assert Limits().namespaces == 1000
    assert client.send("POST", "", json={"title": "fourth"}) == refusal(
        400, 10018, "create namespace: 'an account holds at most 3 namespaces'"
    )


@pytest.mark.fidelity("rename_namespace")
def test_a_renamed_namespace_keeps_its_id_and_its_keys(client: Client) -> None:
    client.namespace.seed({"k": "v"})

    answer = client.send("PUT", "/{ns}", json={"title": "Other"})

    assert answer == success(described("Other", NAMESPACE_ID))
    assert client.send("GET", "/{ns}") == answer
    assert client.namespace.title == "Other"
    assert client.namespace.data["k"].text == "v"


@pytest.mark.fidelity("namespace-own-title")
def test_a_namespace_may_be_renamed_to_its_own_title(client: Client) -> None:
    assert client.send("PUT", "/{ns}", json={"title": "KV"}) == success(
        described("KV", NAMESPACE_ID)
    )


def test_a_title_given_up_is_free_again(client: Client) -> None:
    client.send("PUT", "/{ns}", json={"title": "Other"})

    assert client.send("POST", "", json={"title": "KV"}).status == 200


@pytest.mark.fidelity("Limits.title_characters", "TITLE_TOO_LONG")
@expect(
    Case(f"{method}, {id}", method, below, answer, body=body)
    for method, below in (("POST", ""), ("PUT", "/{ns}"))
    for id, body, answer in BAD_TITLES
)
def test_a_body_without_a_readable_title_is_refused(client: Client, case: Case) -> None:
    assert case.sent_by(client) == case.answer


# Get and remove


@pytest.mark.fidelity("remove_namespace")
def test_a_removed_namespace_is_gone_with_its_keys(five: Client) -> None:
    five.namespace.seed({"k": "v"})

    assert five.send("DELETE", "/{ns}") == success({})

    gone = "'namespace not found'"
    assert five.send("GET", "/{ns}") == refusal(404, 10013, f"get namespace: {gone}")
    assert five.send("GET", "/{ns}/values/k") == refusal(404, 10013, f"get: {gone}")
    assert five.send("DELETE", "/{ns}") == refusal(404, 10013, f"remove namespace: {gone}")
    assert [*five.account.namespaces] == [IDS[title] for title in "ADEB"]
    assert dict(five.namespace.data) == {}


def test_a_title_of_a_removed_namespace_is_free_again(five: Client) -> None:
    five.send("DELETE", f"/{IDS['A']}")

    assert five.send("POST", "", json={"title": "A"}).status == 200


@pytest.mark.fidelity("rest-collapsed-key")
@pytest.mark.parametrize("keys", [[], ["k"]], ids=["empty", "with a key"])
@pytest.mark.parametrize("below", ["/{ns}/", "/{ns}//", "/{ns}/?a=b"])
def test_a_removal_that_must_be_a_collapsed_key_warns(
    client: Client, below: str, keys: list[str]
) -> None:
    client.namespace.seed(dict.fromkeys(keys, "v"))
    with pytest.warns(KVUsageWarning) as warned:
        answer = client.send("DELETE", below)

    (warning,) = warned
    assert answer == success({})
    assert dict(client.account.namespaces) == {}
    assert str(warning.message) == (
        f"DELETE {client.path(below)} removes the whole namespace 'KV'. A path that ends like this "
        "is what a client makes of a key with dot segments, such as '..' or 'x/../..': it was "
        "collapsed before it was sent. Percent-encode the slashes of a key, and refuse the keys "
        "'.' and '..'."
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("below", ["/{ns}", f"/{IDS['A']}", "/{ns}?a=b/"])
def test_a_removal_without_a_slash_at_its_end_is_meant(five: Client, below: str) -> None:
    for namespace in five.account.namespaces.values():
        namespace.seed({"k": "v"})

    assert five.send("DELETE", below) == success({})
    assert len(five.account.namespaces) == 4


@pytest.mark.filterwarnings("error")
def test_a_warning_that_is_an_error_comes_after_the_removal_was_noted(client: Client) -> None:
    with pytest.raises(KVUsageWarning):
        client.send("DELETE", "/{ns}/")

    (call,) = client.account.calls
    assert (call.operation, call.error) == ("remove_namespace", None)
    assert dict(client.account.namespaces) == {}


@pytest.mark.parametrize("below", ["/{ns}/", "/{ns}//"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_only_a_delete_warns_of_a_collapsed_path(client: Client, method: str, below: str) -> None:
    answer = client.send(method, below, json={"title": "KV"})

    assert answer == success(described("KV", NAMESPACE_ID))
