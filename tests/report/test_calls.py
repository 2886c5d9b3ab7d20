"""What a failing test is told: where, why, and which KV calls it made."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_kv import Call, KVAccount, KVApi, mock_api
from pytest_kv._report.calls import calls_text
from pytest_kv._report.hints import hints
from tests.helpers.suites import ASYNCIO, failures_in

SUITE = """
    import httpx
    import pytest

    def url_of(api):
        namespaces = f"{api.base_url}/accounts/{api.account_id}/storage/kv/namespaces"
        return f"{namespaces}/{api.namespace_id}"

    @pytest.mark.kv(api_token="the-token", account_id="a" * 32, namespace_id="b" * 32)
    def test_fails(kv_api):
        url, headers = url_of(kv_api), {"Authorization": "Bearer the-token"}
        for _ in range(3):
            httpx.get(f"{url}/values/user:1", headers=headers)
        keys = [f"user:{number}" for number in range(10_000)]
        httpx.post(f"{url}/bulk/delete", json=keys, headers=headers)
        httpx.put(f"{url}/values/{'k' * 600}", content="v" * 1000, headers=headers)
        httpx.get(f"{url}/keys", headers={"Authorization": "Bearer another-token"})
        httpx.get("https://api.cloudflare.com/client/v4/zones?secret=none", headers=headers)
        assert False

    async def test_fails_without_calls(kv_namespace):
        assert False

    def test_fails_without_fixtures():
        assert False

    async def test_passes(kv_namespace):
        await kv_namespace.put("user:1", "alice")

    @pytest.fixture
    async def failing_setup(kv_namespace):
        await kv_namespace.get("before")
        assert False

    async def test_setup(failing_setup):
        pass

    @pytest.fixture
    async def failing_teardown(kv_namespace):
        yield
        await kv_namespace.get("after")
        assert False

    async def test_teardown(failing_teardown, kv_namespace):
        await kv_namespace.get("during")
"""

SECTION = "-- KV calls --"

CALLS = {
    "test_fails": [
        "1. get 'user:1' via rest -> 404 10009: get: 'key not found' (3 times)",
        (
            "4. bulk_delete 'user:0', 'user:1', 'user:2', 'user:3', 'user:4', 'user:5' "
            "… 'user:9999' (10,000 keys) via rest"
        ),
        (
            f"5. put {'k' * 60!r}…{'k' * 20!r} (600 characters) via rest -> 414 10030: "
            "put: 'UTF-8 encoded length of 600 exceeds key length limit of 512.'"
        ),
        "6. list via rest -> 403 10000: Authentication error",
        "   differs: the token is not the one that the account accepts",
        (
            "7. unknown via rest -> 404 7000: No route for that URI "
            "for GET '/client/v4/zones?secret=none'"
        ),
        (
            "   nearest: none; the paths of KV begin with "
            "/client/v4/accounts/{account_id}/storage/kv/namespaces"
        ),
    ],
    "ERROR at setup of test_setup": ["1. get 'before' via binding"],
    "ERROR at teardown of test_teardown": [
        "1. get 'during' via binding",
        "2. get 'after' via binding",
    ],
}


def calls_of(account: KVAccount, *operations: str) -> None:
    for operation in operations:
        namespace_id = account.default_namespace.id
        account._core.journal.append(Call(operation, ("k",), "rest", None, namespace_id))


def test_each_report_of_a_failure_has_the_calls_so_far_and_no_other_report_has(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(SUITE)

    result = pytester.runpytest_inprocess("-rA", *ASYNCIO)

    result.assert_outcomes(failed=3, passed=2, errors=2)
    assert {
        heading: lines[lines.index(SECTION) + 1 :]
        for heading, lines in failures_in(result).items()
        if SECTION in lines
    } == CALLS


WRONG_SUITE = """
    import httpx
    import pytest

    @pytest.mark.kv(account_id="a" * 32, namespace_id="b" * 32)
    def test_wrong_requests(kv_api):
        kv_api.namespace.seed({"a/b": "v"})
        client = httpx.Client(headers={"Authorization": f"Bearer {kv_api.api_token}"})
        namespaces = f"{kv_api.base_url}/accounts/{'a' * 32}/storage/kv/namespaces"
        here = f"{namespaces}/{'b' * 32}"
        for url in (f"{here}/value/k", f"{here}/value/k", f"{here}/value/other"):
            client.get(url)
        client.post(f"{here}/bulk/remove", json=["k"])
        client.get(f"{namespaces}/KV/keys")
        client.get(here.replace("/client/v4", ""))
        client.put(f"{here}/values/k?expirationTtl=60", content="v")
        client.get(f"{here}/values/a%252Fb")
        assert False
"""

WRONG_CALLS = """\
1. unknown via rest -> 404 7000: No route for that URI for GET \
'/client/v4/accounts/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/storage'…'bbbbbbbbbbbb/value/k' \
(115 characters) (2 times)
   nearest: get, GET …/storage/kv/namespaces/{namespace_id}/values/{key}
   differs: 'value' in place of 'values'
3. unknown via rest -> 404 7000: No route for that URI for GET \
'/client/v4/accounts/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/storage'…'bbbbbbbb/value/other' \
(119 characters)
4. unknown via rest -> 404 7000: No route for that URI for POST \
'/client/v4/accounts/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/storage'…'bbbbbbbb/bulk/remove' \
(119 characters)
   nearest: bulk_delete, POST …/storage/kv/namespaces/{namespace_id}/bulk/delete
   differs: 'remove' in place of 'delete'
5. list via rest -> 400 10011: could not parse UUID from request's namespace_id: \
'uuid: incorrect UUID length: KV'
   differs: 'KV' is the namespace's title, not its id, which is bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
6. unknown via rest -> 404 7000: No route for that URI for GET \
'/accounts/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/storage/kv/namesp'…'bbbbbbbbbbbbbbbbbbbb' \
(97 characters)
   nearest: get_namespace, GET …/storage/kv/namespaces/{namespace_id}
   differs: '/client/v4' is missing
7. put 'k' via rest
   differs: KV ignores the parameter 'expirationTtl'; it knows 'expiration_ttl'
8. get 'a%2Fb' via rest -> 404 10009: get: 'key not found'
   differs: 'a/b' is stored, which is sent as a%2Fb
"""


def test_below_a_wrong_request_stands_what_it_was_nearest_to_and_what_differs(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(WRONG_SUITE)

    result = pytester.runpytest_inprocess(*ASYNCIO)

    lines = failures_in(result)["test_wrong_requests"]
    assert "\n".join([*lines[lines.index(SECTION) + 1 :], ""]) == WRONG_CALLS


def test_the_page_on_requests_shows_what_its_example_would_print() -> None:
    page = (Path(__file__).parents[2] / "docs" / "requests.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    example: dict[str, Callable[[KVApi], None]] = {}
    exec("".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)), example)

    with mock_api() as api:
        example["test_what_a_client_is_told"](api)

    assert calls_text(api.account) + "\n" == shown


FAILING_SUITE = """\
import httpx
import pytest

def purge(api, *keys):
    url = f"{api.base_url}/accounts/{api.account_id}/storage/kv/namespaces/{api.namespace_id}"
    httpx.post(f"{url}/bulk/delete", json=keys, headers={"Authorization": "Bearer any"})

async def test_deleted(kv_namespace):
    await kv_namespace.delete("user:01")
    kv_namespace.assert_deleted("user:1")

def test_not_deleted(kv_api):
    purge(kv_api, "user:1", "user:2")
    kv_api.namespace.assert_not_deleted("user:2", "user:3")

def test_only_deleted(kv_api):
    purge(kv_api, "user:1", "user:2")
    kv_api.namespace.assert_only_deleted("user:1")

async def test_no_deletes(kv_namespace):
    await kv_namespace.delete("user:1")
    kv_namespace.assert_no_deletes()

async def test_refused(kv_namespace):
    await kv_namespace.put("k", "v", expirationTtl=59)

@pytest.mark.kv(strict=True)
async def test_warned(kv_namespace):
    await kv_namespace.put("k", "v", {"expiration_ttl": 60})
"""

FAILURES = {
    "test_deleted": """\
test_suite.py:10: in test_deleted
    kv_namespace.assert_deleted("user:1")
E   AssertionError: expected 'user:1' to be deleted in namespace 'KV', but it was not
E     not deleted: 'user:1'
E     deleted:     'user:01'
E     came close:  'user:01' was deleted, 'user:1' was not
-- KV calls --
1. delete 'user:01' via binding
""",
    "test_not_deleted": """\
test_suite.py:14: in test_not_deleted
    kv_api.namespace.assert_not_deleted("user:2", "user:3")
E   AssertionError: expected 2 keys not to be deleted in namespace 'KV', but 1 of them was
E     deleted:     'user:2'
E     by:          bulk_delete 'user:1', 'user:2' via rest
E     all deletes: 'user:1', 'user:2'
-- KV calls --
1. bulk_delete 'user:1', 'user:2' via rest
""",
    "test_only_deleted": """\
test_suite.py:18: in test_only_deleted
    kv_api.namespace.assert_only_deleted("user:1")
E   AssertionError: expected only 'user:1' to be deleted in namespace 'KV', but 1 other key was
E     deleted too: 'user:2'
-- KV calls --
1. bulk_delete 'user:1', 'user:2' via rest
""",
    "test_no_deletes": """\
test_suite.py:22: in test_no_deletes
    kv_namespace.assert_no_deletes()
E   AssertionError: expected no deletes in namespace 'KV', but 1 key was deleted
E     deleted: 'user:1'
E     by:      delete 'user:1' via binding
-- KV calls --
1. delete 'user:1' via binding
""",
    "test_refused": """\
test_suite.py:25: in test_refused
    await kv_namespace.put("k", "v", expirationTtl=59)
E   pytest_kv._errors.KVError: Error: KV PUT failed: 400 Invalid expiration_ttl of 59. \
Expiration TTL must be at least 60.
-- KV calls --
1. put 'k' via binding -> Error: KV PUT failed: 400 Invalid expiration_ttl of 59. \
Expiration TTL must be at least 60.
""",
    "test_warned": """\
test_suite.py:29: in test_warned
    await kv_namespace.put("k", "v", {"expiration_ttl": 60})
E   pytest_kv._errors.KVUsageWarning: put() has no option 'expiration_ttl' and KV ignores it; \
did you mean 'expirationTtl'?
""",
}


@pytest.mark.parametrize("rewriting", ["--assert=rewrite", "--assert=plain"])
def test_a_traceback_ends_at_the_line_of_the_test_and_the_message_says_the_rest(
    rewriting: str, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(test_suite=FAILING_SUITE)

    result = pytester.runpytest_inprocess("--tb=short", rewriting, *ASYNCIO)

    result.assert_outcomes(failed=6)
    told = failures_in(result)
    assert {name: "\n".join([*lines, ""]) for name, lines in told.items()} == FAILURES


def test_an_account_without_calls_has_no_lines() -> None:
    assert calls_text(KVAccount()) == ""


def test_only_calls_that_follow_each_other_are_counted_together() -> None:
    account = KVAccount()
    calls_of(account, "get", "get", "put", "get", *["delete"] * 1200, "put")

    assert calls_text(account).splitlines() == [
        "1. get 'k' via rest (2 times)",
        "3. put 'k' via rest",
        "4. get 'k' via rest",
        "5. delete 'k' via rest (1,200 times)",
        "1205. put 'k' via rest",
    ]


def test_thirty_lines_are_shown_whole() -> None:
    account = KVAccount()
    calls_of(account, *["get", "put"] * 15)

    assert calls_text(account).splitlines() == [
        f"{number}. {'get' if number % 2 else 'put'} 'k' via rest" for number in range(1, 31)
    ]


def test_of_more_than_thirty_lines_the_last_are_shown_with_their_own_numbers() -> None:
    account = KVAccount()
    calls_of(account, *["list"] * 3, *["get", "put"] * 1000)

    lines = calls_text(account).splitlines()

    assert len(lines) == 31
    assert lines[0] == "… 1,971 lines before"
    assert lines[1] == "1974. get 'k' via rest"
    assert lines[-1] == "2003. put 'k' via rest"


def test_one_line_is_hidden_of_thirty_one() -> None:
    account = KVAccount()
    calls_of(account, "list", *["get", "put"] * 15)

    assert calls_text(account).splitlines()[:2] == ["… 1 line before", "2. get 'k' via rest"]


def test_what_is_said_below_a_call_is_said_again_only_after_it_was_hidden() -> None:
    account = KVAccount()
    wrong = Call("unknown", (), "rest", "404 7000: No route", request="GET /zones", code=7000)
    said = [*hints(wrong, account)]
    assert said

    for _ in range(2):
        account._core.journal.append(wrong)
        calls_of(account, "get")
    assert calls_text(account).splitlines() == [
        "1. unknown via rest -> 404 7000: No route",
        *[f"   {line}" for line in said],
        "2. get 'k' via rest",
        "3. unknown via rest -> 404 7000: No route",
        "4. get 'k' via rest",
    ]

    calls_of(account, *["put", "get"] * 14)
    lines = calls_text(account).splitlines()
    assert lines[: 2 + len(said)] == [
        "… 2 lines before",
        "3. unknown via rest -> 404 7000: No route",
        *[f"   {line}" for line in said],
    ]


def test_requests_that_read_alike_are_told_apart_by_what_was_sent() -> None:
    account = KVAccount()
    get = Call("get", ("a",), "rest", "404 10009: get: 'key not found'", code=10009)
    for path in ("a?b", "a?b", "a?c"):
        account._core.journal.append(get._replace(request=f"GET /values/{path}"))

    told = "get 'a' via rest -> 404 10009: get: 'key not found'"
    reads = "   differs: KV reads the key 'a' and ignores"
    assert calls_text(account).splitlines() == [
        f"1. {told} (2 times)",
        f"{reads} '?b'; the key 'a?b' is sent as a%3Fb",
        f"3. {told}",
        f"{reads} '?c'; the key 'a?c' is sent as a%3Fc",
    ]


async def test_with_several_namespaces_each_line_says_which() -> None:
    account = KVAccount()
    other, gone = account.create_namespace("OTHER"), account.create_namespace("GONE")
    await account.default_namespace.get("k")
    await other.get("k")
    await gone.get("k")
    account._core.journal.append(Call("create_namespace", (), "rest"))
    account.remove_namespace(gone.id)

    assert calls_text(account).splitlines() == [
        "1. get 'k' in 'KV' via binding",
        "2. get 'k' in 'OTHER' via binding",
        f"3. get 'k' in {gone.id!r} via binding",
        "4. create_namespace via rest",
    ]


def test_a_namespace_that_was_removed_is_marked_as_a_likely_slip() -> None:
    account = KVAccount()
    account._core.journal.append(Call("remove_namespace", (), "rest"))

    assert calls_text(account).splitlines() == [
        "1. remove_namespace via rest",
        "   nearest: delete, DELETE …/storage/kv/namespaces/{namespace_id}/values/{key}",
        "   differs: a client that collapses the key '..' or 'x/../..' turns it into this",
    ]
