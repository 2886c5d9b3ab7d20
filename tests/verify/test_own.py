"""No request of ``pytest-kv verify`` is about a namespace that the run has not created."""

from __future__ import annotations

import pytest

from pytest_kv._verify.own import OtherNamespace, Own

ACCOUNT_ID, OTHER_ID = "a" * 32, "b" * 32
COLLECTION = f"/client/v4/accounts/{ACCOUNT_ID}/storage/kv/namespaces"


@pytest.fixture
def own() -> Own:
    own = Own("/client/v4", ACCOUNT_ID)
    own.ids.append("c" * 32)
    return own


@pytest.mark.parametrize(
    ("method", "below"),
    [
        ("GET", ""),
        ("GET", "?page=2"),
        ("POST", ""),
        ("POST", "/"),
        ("GET", "/{own}"),
        ("PUT", "/{own}"),
        ("DELETE", "/{own}"),
        ("DELETE", "/{own}/"),
        ("PUT", "/{own}/values/a%2Fb"),
        ("PUT", "/{own}/values/.."),
        ("PUT", "/{own}/values/%2E%2E"),
        ("POST", "/{own}/bulk/get"),
        ("PUT", "/{missing}/values/a"),
        ("GET", "/no-id/keys"),
    ],
)
def test_what_is_the_runs_own_may_be_asked(own: Own, method: str, below: str) -> None:
    own.check(method, COLLECTION + below.format(own=own.ids[0], missing=own.missing_id))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{COLLECTION}/{OTHER_ID}"),
        ("DELETE", f"{COLLECTION}/{OTHER_ID}"),
        ("DELETE", f"{COLLECTION}/{OTHER_ID}/"),
        ("PUT", f"{COLLECTION}/{OTHER_ID}/values/a"),
        ("GET", f"{COLLECTION}//{OTHER_ID}/values/a"),
        ("GET", f"{COLLECTION}/{OTHER_ID.upper()}/values/a"),
        ("GET", f"{COLLECTION}/{OTHER_ID[:8]}-{OTHER_ID[8:]}/values/a"),
        ("GET", f"{COLLECTION}/%62{OTHER_ID[1:]}/values/a"),
        ("GET", f"{COLLECTION}/%2562{OTHER_ID[1:]}/values/a"),
        ("PUT", f"{COLLECTION}/{'c' * 32}/../{OTHER_ID}/values/a"),
        ("PUT", f"{COLLECTION}/{'c' * 32}/%2e%2e/{OTHER_ID}/values/a"),
        ("PUT", f"{COLLECTION}/{'c' * 32}%2F..%2F{OTHER_ID}/values/a"),
        ("DELETE", COLLECTION),
        ("PUT", f"{COLLECTION}/"),
        ("DELETE", f"{COLLECTION}/{'c' * 32}/.."),
        ("PUT", f"/client/v4/accounts/{OTHER_ID}/storage/kv/namespaces/{'c' * 32}"),
        ("POST", f"/client/v4/accounts/{ACCOUNT_ID}/storage/kv/buckets"),
        ("GET", f"/client/v4/accounts/{OTHER_ID}/storage/kv/namespaces/{OTHER_ID}"),
    ],
)
def test_what_is_not_is_never_sent(own: Own, method: str, path: str) -> None:
    with pytest.raises(OtherNamespace) as caught:
        own.check(method, path)

    assert str(caught.value) == f"{method} {path} is about a namespace of somebody else"


def test_titles_and_ids_of_two_runs_are_different() -> None:
    one, other = Own("", ACCOUNT_ID), Own("", ACCOUNT_ID)

    assert one.title != other.title
    assert one.missing_id != other.missing_id


def test_what_is_left_are_the_namespaces_that_were_not_removed(own: Own) -> None:
    own.ids += ["d" * 32, "e" * 32]
    own.removed.add("d" * 32)

    assert own.left == ["e" * 32, "c" * 32]
