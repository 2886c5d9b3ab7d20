"""What is refused, at which byte or second, and in which words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._core.limits import Limits
from pytest_kv._core.rules import Refused, Rule, Rules
from tests.helpers.texts import names, texts_of_bytes

NOW = 1_700_000_000

rules = Rules(Limits())


def refusal(check: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        check()
    assert str(caught.value) == caught.value.text
    return caught.value.status, caught.value.text


@given(st.sampled_from([1, 4, 127, 128, 129, 511, 512]).flatmap(texts_of_bytes))
def test_a_name_of_1_to_512_bytes_is_allowed(name: str) -> None:
    rules.check_key(name)
    rules.check_keys(["a", name])
    rules.check_key_length(name)


@given(st.integers(513, 600).flatmap(lambda n: st.tuples(st.just(n), texts_of_bytes(n))))
def test_a_name_past_512_bytes_is_refused_with_its_length(sized: tuple[int, str]) -> None:
    length, name = sized
    too_long = (414, f"UTF-8 encoded length of {length} exceeds key length limit of 512.")

    assert refusal(lambda: rules.check_key(name)) == too_long
    assert refusal(lambda: rules.check_keys(["a", name, ""])) == too_long
    assert refusal(lambda: rules.check_key_length(name)) == too_long


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", "Key names must not be empty"),
        (".", 'Illegal key name ".". Please use a different name.'),
        ("..", 'Illegal key name "..". Please use a different name.'),
        ("a\ud800b", "Could not URL-decode key name"),
    ],
)
def test_a_name_kv_cannot_have_is_refused(name: str, text: str) -> None:
    assert refusal(lambda: rules.check_key(name)) == (400, text)
    assert refusal(lambda: rules.check_keys(["a", name])) == (400, text)


@given(names)
def test_every_other_name_is_allowed(name: str) -> None:
    rules.check_key(name)
    rules.check_keys([name])


def test_a_name_that_is_too_long_is_that_before_it_is_not_unicode() -> None:
    assert refusal(lambda: rules.check_key("\ud800" * 171)) == (
        414,
        "UTF-8 encoded length of 513 exceeds key length limit of 512.",
    )


def test_a_name_may_be_checked_without_its_surrogates() -> None:
    rules.check_name("\ud800")

    assert refusal(lambda: rules.check_name("."))[0] == 400


def test_the_first_of_many_bad_names_is_the_one_refused() -> None:
    assert refusal(lambda: rules.check_keys(["a", "..", "", "é" * 257])) == (
        400,
        'Illegal key name "..". Please use a different name.',
    )


@pytest.mark.parametrize("keys", [[], ["a"] * 3, ["x" * 128, "é" * 256, "..."]])
def test_many_good_names_are_allowed(keys: list[str]) -> None:
    rules.check_keys(keys)


@pytest.mark.parametrize("key_bytes", range(10))
def test_a_lower_limit_of_names_holds_to_the_byte(key_bytes: int) -> None:
    lowered = Rules(Limits(key_bytes=key_bytes))
    longest, longer = "x" * key_bytes, "x" * (key_bytes + 1)

    lowered.check_keys([longest] if longest else [])
    assert refusal(lambda: lowered.check_key(longer)) == (
        414,
        f"UTF-8 encoded length of {key_bytes + 1} exceeds key length limit of {key_bytes}.",
    )
    assert refusal(lambda: lowered.check_keys([longer]))[0] == 414


@given(texts_of_bytes(100))
def test_a_value_is_measured_in_bytes(text: str) -> None:
    lowered = Rules(Limits(value_bytes=100))

    lowered.check_value(text.encode())
    assert refusal(lambda: lowered.check_value(text.encode() + b"!")) == (
        413,
        "Value length of 101 exceeds limit of 100.",
    )


@given(texts_of_bytes(1022))
def test_metadata_is_measured_in_bytes_of_its_json(text: str) -> None:
    rules.check_metadata(f'"{text}"')
    assert refusal(lambda: rules.check_metadata(f'"{text}!"')) == (
        413,
        "Metadata length of 1025 exceeds limit of 1024.",
    )


def test_no_metadata_is_allowed() -> None:
    Rules(Limits(metadata_bytes=0)).check_metadata(None)


@given(st.integers(60, 10**9))
def test_a_ttl_counts_from_now(seconds: int) -> None:
    assert rules.expiration(NOW, expiration=None, expiration_ttl=seconds) == NOW + seconds


@given(st.integers(NOW + 60, 10**10))
def test_an_expiration_is_kept(second: int) -> None:
    assert rules.expiration(NOW, expiration=second, expiration_ttl=None) == second


@pytest.mark.parametrize("expiration", [None, 1, NOW + 3600])
def test_a_ttl_wins_over_an_expiration(expiration: int | None) -> None:
    assert rules.expiration(NOW, expiration=expiration, expiration_ttl=90) == NOW + 90


def test_an_entry_without_either_stays() -> None:
    assert rules.expiration(NOW, expiration=None, expiration_ttl=None) is None


@pytest.mark.parametrize(
    ("seconds", "advice"),
    [
        (-1, "Please specify integer greater than 0."),
        (0, "Please specify integer greater than 0."),
        (1, "Expiration TTL must be at least 60."),
        (59, "Expiration TTL must be at least 60."),
    ],
)
def test_a_ttl_under_60_seconds_is_refused(seconds: int, advice: str) -> None:
    assert refusal(lambda: rules.expiration(NOW, expiration=None, expiration_ttl=seconds)) == (
        400,
        f"Invalid expiration_ttl of {seconds}. {advice}",
    )


@pytest.mark.parametrize(
    ("second", "advice"),
    [
        (
            NOW,
            (
                "Please specify integer greater than the current number of seconds since the UNIX "
                "epoch."
            ),
        ),
        (NOW + 1, "Expiration times must be at least 60 seconds in the future."),
        (NOW + 59, "Expiration times must be at least 60 seconds in the future."),
    ],
)
def test_an_expiration_under_60_seconds_ahead_is_refused(second: int, advice: str) -> None:
    assert refusal(lambda: rules.expiration(NOW, expiration=second, expiration_ttl=None)) == (
        400,
        f"Invalid expiration of {second}. {advice}",
    )


@pytest.mark.parametrize("seconds", [None, 30, 31, 3600])
def test_a_cache_ttl_of_30_seconds_is_allowed(seconds: int | None) -> None:
    rules.check_cache_ttl(seconds)


@pytest.mark.parametrize("seconds", [-1, 0, 29])
def test_a_cache_ttl_under_30_seconds_is_refused(seconds: int) -> None:
    assert refusal(lambda: rules.check_cache_ttl(seconds)) == (
        400,
        f"Invalid cache_ttl of {seconds}. Cache TTL must be at least 30.",
    )


@pytest.mark.parametrize("count", [10, 1000])
def test_a_page_may_be_as_small_and_as_large_as_the_limits(count: int) -> None:
    rules.check_list_limit(count, at_least=10)


@pytest.mark.parametrize(
    ("count", "advice"), [(9, "an integer of at least 10"), (1001, "an integer less than 1000")]
)
def test_a_page_outside_the_limits_is_refused(count: int, advice: str) -> None:
    assert refusal(lambda: rules.check_list_limit(count, at_least=10)) == (
        400,
        f"Invalid key_count_limit of {count}. Please specify {advice}.",
    )


def test_a_bulk_request_has_at_most_10_000_items() -> None:
    rules.check_bulk(0)
    rules.check_bulk(10_000)
    assert refusal(lambda: rules.check_bulk(10_001)) == (
        400,
        "received 10001 key/value pairs, but max allowed per request is: 10000",
    )


@pytest.mark.parametrize("type_", ["text", "json"])
@pytest.mark.parametrize("count", [1, 100])
def test_a_bulk_get_is_of_1_to_100_keys(type_: str, count: int) -> None:
    rules.check_bulk_get(["k"] * count, type_)


@pytest.mark.parametrize(
    ("count", "type_", "text"),
    [
        (101, "stream", '"stream" is not a valid type. Use "json" or "text"'),
        (0, "", '"" is not a valid type. Use "json" or "text"'),
        (101, "text", "You can request a maximum of 100 keys"),
        (0, "json", "You must request a minimum of 1 key"),
    ],
)
def test_a_bulk_get_is_refused_for_its_type_first(count: int, type_: str, text: str) -> None:
    assert refusal(lambda: rules.check_bulk_get(["k"] * count, type_)) == (400, text)


def test_a_bulk_get_returns_at_most_25_megabytes() -> None:
    rules.check_bulk_get_size(26_214_400)
    assert refusal(lambda: rules.check_bulk_get_size(26_214_401)) == (
        413,
        "Total size of request exceeds the limit of 25MB",
    )


def test_a_title_is_neither_empty_nor_taken() -> None:
    rules.check_title("A", {"B"})

    assert refusal(lambda: rules.check_title("", {"B"})) == (400, "title must not be empty")
    assert refusal(lambda: rules.check_title("B", {"A", "B"})) == (
        400,
        "a namespace with this account ID and title already exists",
    )


def test_a_refusal_knows_its_rule_and_what_it_was_about() -> None:
    refused = Refused(Rule.KEY_DOTS, key="..")

    assert (refused.rule, refused.fields) == (Rule.KEY_DOTS, {"key": ".."})
