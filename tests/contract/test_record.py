"""The steps of a run, as code to paste into a test."""

from __future__ import annotations

import pytest

from pytest_kv import Entry
from pytest_kv.contract._record import ExpiringEntry, Named, Record, code_of
from pytest_kv.strategies import KeyBatch


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("k", "'k'"),
        (b"\xff", "b'\\xff'"),
        ("v" * 61, "'v' * 61"),
        (b"\x00" * 26_214_400, "b'\\x00' * 26_214_400"),
        ("v" * 60, repr("v" * 60)),
        ("ab" * 40, repr("ab" * 40)),
        (None, "None"),
        ({"a": "1", "b": b"2"}, "{'a': '1', 'b': b'2'}"),
        (["a", "v" * 70], "['a', 'v' * 70]"),
        (KeyBatch(10_001), "KeyBatch(10_001, prefix='k')"),
        (KeyBatch(2), "['k0', 'k1']"),
        (Named([1, 2, 3], "keys"), "keys"),
        (Entry("v"), "Entry('v')"),
        (Entry(b"\xff"), "Entry(b'\\xff')"),
        (Entry("", metadata=0, expiration=9), "Entry('', metadata=0, expiration=9)"),
        (ExpiringEntry("v", None, 9, "soon()"), "Entry('v', expiration=soon())"),
        ({"k": Entry("v" * 99)}, "{'k': Entry('v' * 99)}"),
    ],
)
def test_the_code_of_a_value_makes_that_value(value: object, code: str) -> None:
    assert code_of(value) == code


def test_a_record_is_printed_as_a_whole_test() -> None:
    record = Record()
    record.add("client = make_client(api)")
    step = record.add("client.get('k')")
    record.add("assert api.namespace.data['k'] == Entry('v')")
    record.replace(step, "assert client.get('k') == b'v'")

    assert record.as_test("with mock_api() as api:", is_async=False) == (
        "    from pytest_kv import Entry\n"
        "    from pytest_kv import mock_api\n"
        "\n"
        "\n"
        "    def test_it():\n"
        "        with mock_api() as api:\n"
        "            client = make_client(api)\n"
        "            assert client.get('k') == b'v'\n"
        "            assert api.namespace.data['k'] == Entry('v')"
    )


def test_the_test_for_a_binding_makes_an_account_and_may_be_async() -> None:
    record = Record()
    record.add("with pytest.raises(KeyError):\n    await client.get('k')")

    assert record.as_test(None, is_async=True) == (
        "    import pytest\n"
        "    from pytest_kv import KVAccount\n"
        "\n"
        "\n"
        "    async def test_it():\n"
        "        account = KVAccount()\n"
        "        namespace = account.default_namespace\n"
        "        with pytest.raises(KeyError):\n"
        "            await client.get('k')"
    )
