"""What a test sees of puts: their keys, what they wrote, and assertions, over both faces."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Mapping
from textwrap import dedent
from typing import Any

import httpx
import pytest

from pytest_kv import Entry, KVAccount, KVApi, KVError, KVNamespace
from tests.helpers.faces import sent
from tests.helpers.suites import ASYNCIO, failures_in


def bulk_put(api: KVApi, *pairs: Mapping[str, object]) -> httpx.Response:
    return sent(api, "PUT", "/{ns}/bulk", json=pairs)


async def test_puts_have_a_name_for_each_key_of_each_successful_put(kv_api: KVApi) -> None:
    kv_api.account.fail_keys("undone")
    await kv_api.namespace.put("b", "1")
    sent(kv_api, "PUT", "/{ns}/values/a%2Fb", content=b"2")
    bulk_put(kv_api, *[{"key": key, "value": "3"} for key in ("c", "undone", "b", "c")])
    bulk_put(kv_api, {"key": "..", "value": ""})
    kv_api.namespace.seed({"seeded": "4"})
    await kv_api.namespace.delete("b")
    with pytest.raises(KVError):
        await kv_api.namespace.put("", "5")
    await kv_api.account.create_namespace("OTHER").put("elsewhere", "6")

    assert kv_api.namespace.puts == ["b", "a/b", "c", "b"]
    kv_api.namespace.assert_put("c", "3")
    kv_api.namespace.assert_not_put("undone", "seeded", "elsewhere", "..")


async def test_an_entry_stays_when_its_key_is_deleted(kv_namespace: KVNamespace) -> None:
    await kv_namespace.put("k", "v", metadata={"a": 1})
    await kv_namespace.delete("k")

    put, delete = kv_namespace.calls
    assert put.entries == {"k": Entry("v", metadata={"a": 1})}
    assert delete.entries == {}
    kv_namespace.assert_put("k", "v", metadata={"a": 1}, expiration_ttl=None)


async def test_an_entry_is_the_very_object_that_was_stored(kv_api: KVApi) -> None:
    await kv_api.namespace.put("a", "1")
    bulk_put(kv_api, {"key": "b", "value": "2"}, {"key": "b", "value": "2"})

    one, many = kv_api.account.calls
    assert one.entries["a"] is kv_api.namespace.data["a"]
    assert many.entries == {"b": Entry("2")}
    assert many.entries["b"] is kv_api.namespace.data["b"]
    assert many.written == (Entry("2"),)


async def test_the_ttl_of_a_put_is_that_of_its_caller_over_both_faces(kv_api: KVApi) -> None:
    await kv_api.namespace.put("a", "1", expirationTtl=60)
    sent(kv_api, "PUT", "/{ns}/values/a?expiration_ttl=70", content=b"2")
    await kv_api.namespace.put("a", "3")
    sent(kv_api, "PUT", "/{ns}/values/a", content=b"4")
    await kv_api.namespace.at("LHR").put("a", "5", expirationTtl=80)

    assert [call.expiration_ttl for call in kv_api.namespace.calls] == [60, 70, None, None, 80]
    assert [call.entries["a"].text for call in kv_api.namespace.calls] == list("12345")
    kv_api.namespace.assert_put("a", "2", expiration_ttl=70)


@pytest.mark.parametrize(
    "part", [{"value": "w"}, {"metadata": 2}, {"expiration": 1}, {"expiration_ttl": 61}]
)
async def test_each_part_that_is_given_is_compared(
    kv_namespace: KVNamespace, part: dict[str, Any]
) -> None:
    await kv_namespace.put("k", "v", metadata=1, expirationTtl=60)

    with pytest.raises(AssertionError) as caught:
        kv_namespace.assert_put("k", **part)

    [name] = part
    assert str(caught.value).splitlines()[0] == (
        f"expected 'k' to be put in namespace 'KV' with this {name}, but its put differs"
    )


@pytest.mark.parametrize(
    ("ttls", "common"), [((60, 60), 60), ((60, 70), None), ((60, None), None), ((None, None), None)]
)
def test_the_ttl_of_a_bulk_put_is_the_one_that_its_pairs_share(
    kv_api: KVApi, ttls: tuple[int | None, ...], common: int | None
) -> None:
    bulk_put(
        kv_api,
        *[{"key": f"{n}", "value": "", "expiration_ttl": ttl} for n, ttl in enumerate(ttls)],
    )

    [call] = kv_api.account.calls
    assert call.expiration_ttl == common
    for number, ttl in enumerate(ttls):
        kv_api.namespace.assert_put(f"{number}", expiration_ttl=ttl)


async def test_a_put_that_failed_wrote_nothing_but_keeps_its_ttl(kv_api: KVApi) -> None:
    kv_api.account.fail_next("put")
    with pytest.raises(KVError, match="500"):
        await kv_api.namespace.put("a", "1", expirationTtl=60)
    with pytest.raises(KVError, match="TTL"):
        await kv_api.namespace.put("a", "1", expirationTtl=59)
    sent(kv_api, "PUT", "/{ns}/values/a?expiration_ttl=59", content=b"2")

    assert [(call.entries, call.expiration_ttl) for call in kv_api.account.calls] == [
        ({}, 60),
        ({}, 59),
        ({}, 59),
    ]
    kv_api.namespace.assert_no_puts()


async def test_a_put_whose_answer_was_lost_is_a_put(kv_api: KVApi) -> None:
    kv_api.account.fail_next("put", times=2, done=True)
    with pytest.raises(KVError, match="500"):
        await kv_api.namespace.put("a", "1", expirationTtl=60)
    sent(kv_api, "PUT", "/{ns}/values/b?expiration_ttl=70", content=b"2")

    assert kv_api.namespace.puts == ["a", "b"]
    kv_api.namespace.assert_put("a", "1", expiration_ttl=60)
    kv_api.namespace.assert_put("b", "2", expiration_ttl=70)


async def test_a_delete_whose_answer_was_lost_wrote_nothing(
    kv_account: KVAccount, kv_namespace: KVNamespace
) -> None:
    kv_account.fail_next("delete", done=True)
    with pytest.raises(KVError, match="500"):
        await kv_namespace.delete("a")

    assert kv_namespace.calls[0].entries == {}


async def test_a_call_with_entries_can_be_hashed_and_pickled(kv_namespace: KVNamespace) -> None:
    await kv_namespace.put("k", "v", expirationTtl=60)

    [call] = kv_namespace.calls
    assert pickle.loads(pickle.dumps(call)) == call
    assert len({call, call}) == 1


def test_the_signature_says_what_may_be_left_out() -> None:
    assert str(inspect.signature(KVNamespace.assert_put)).split(" -> ")[0] == (
        "(self, key: 'str', value: 'object' = Ellipsis, *, metadata: 'object' = Ellipsis, "
        "expiration: 'int | EllipsisType | None' = Ellipsis, "
        "expiration_ttl: 'int | EllipsisType | None' = Ellipsis)"
    )


def test_a_failure_shows_the_tests_line_and_the_whole_message(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        dedent(
            """
            import asyncio

            def test_put(kv_namespace):
                asyncio.run(kv_namespace.put("user:1", '{"name": "bob"}', expirationTtl=300))
                kv_namespace.assert_put("user:1", {"name": "alice"}, expiration_ttl=60)

            def test_not_put(kv_namespace):
                asyncio.run(kv_namespace.put("user:1", "bob"))
                kv_namespace.assert_not_put("user:1")

            def test_no_puts(kv_namespace):
                asyncio.run(kv_namespace.put("user:1", "bob"))
                kv_namespace.assert_no_puts()
            """
        )
    )

    result = pytester.runpytest("--tb=short", *ASYNCIO)

    failures = failures_in(result)
    shown = {name: lines[1 : lines.index("-- KV calls --")] for name, lines in failures.items()}
    assert shown == {
        "test_put": [
            '    kv_namespace.assert_put("user:1", {"name": "alice"}, expiration_ttl=60)',
            (
                "E   AssertionError: expected 'user:1' to be put in namespace 'KV' "
                "with this value and expiration_ttl, but its put differs"
            ),
            'E     value:          $.name is "bob", expected "alice"',
            "E     expiration_ttl: 300, expected 60",
            "E     by:             put 'user:1' via binding",
        ],
        "test_not_put": [
            '    kv_namespace.assert_not_put("user:1")',
            "E   AssertionError: expected 'user:1' not to be put in namespace 'KV', but it was",
            "E     put:      'user:1'",
            "E     by:       put 'user:1' via binding",
            "E     all puts: 'user:1'",
        ],
        "test_no_puts": [
            "    kv_namespace.assert_no_puts()",
            "E   AssertionError: expected no puts in namespace 'KV', but 1 key was put",
            "E     put: 'user:1'",
            "E     by:  put 'user:1' via binding",
        ],
    }
