"""Request bodies: what is JSON, and what is a form."""

from __future__ import annotations

import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._rest.bodies import Form, json_body, malformed, object_member, read_form
from pytest_kv._rest.errors import RestError
from pytest_kv._rest.http import Request
from tests.helpers.json_strategies import json_values
from tests.helpers.rest_client import form

VALUE = 'name="value"'
METADATA = 'name="metadata"'

DEEP = (513, 1_000, 20_000, 100_000)

NOT_JSON = {
    "empty": b"",
    "space": b" \n",
    "word": b"keys",
    "truncated": b'["a", "b"',
    "two values": b"[][]",
    "comma at the end": b'["a",]',
    "single quotes": b"['a']",
    "comment": b"[] // none",
    "NaN": b"[NaN]",
    "Infinity": b"[Infinity]",
    "-Infinity": b"[-Infinity]",
    "number past a double": b"[1e999]",
    "negative number past a double": b"[-1e999]",
    "5,000 digits": b"[" + b"9" * 5000 + b"]",
    "leading zero": b"[01]",
    "control character in a string": b'["a\nb"]',
    "broken escape": b'["\\x41"]',
    "lone surrogate": b'["\\ud800"]',
    "lone surrogate in a name": b'[{"\\udc00": 1}]',
    "surrogates the wrong way round": b'["\\udc00\\ud800"]',
    "surrogate in UTF-8": b'["\xed\xa0\x80"]',
    "not UTF-8": b'["\xff"]',
    "overlong UTF-8": b'["\xc0\xaf"]',
    "byte-order mark": codecs.BOM_UTF8 + b"[]",
    "UTF-16": '["a"]'.encode("utf-16"),
    "UTF-16 without a mark": '["a"]'.encode("utf-16-le"),
    "UTF-32": '["a"]'.encode("utf-32"),
    "form": b"keys=a&keys=b",
    **{f"{levels:,} levels": b"[" * levels + b"]" * levels for levels in DEEP},
    **{f"{levels:,} open": b"[" * levels for levels in DEEP},
    **{f"{levels:,} objects": b'{"a":' * levels for levels in DEEP},
}

BROKEN_FORMS = {
    "empty": b"",
    "another boundary": b"--other\r\n\r\n\r\n--other--\r\n",
    "no boundary": b"value=v",
    "JSON": b'{"value": "v"}',
    "in the boundary": b"--fron",
    "after the boundary": b"--frontier",
    "in a header": b"--frontier\r\nContent-Disposition: form-da",
    "before the content": b'--frontier\r\nContent-Disposition: form-data; name="value"\r\n\r\n',
    "no header": b"--frontier\r\n\r\nv\r\n--frontier--\r\n",
    "no name": b"--frontier\r\nContent-Disposition: form-data\r\n\r\nv\r\n--frontier--\r\n",
}

WITHOUT_BOUNDARY = (
    "multipart/form-data",
    "multipart/form-data;",
    "multipart/form-data; charset=utf-8",
    "multipart/form-data; boundary",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=other",
    "multipart/form-data; boundary=" + "b" * 1000,
    "multipart/form-data; boundary=\u20ac",
)

OTHER_TYPES = (
    "",
    "application/json",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "multipart/mixed; boundary=frontier",
    "multipart/form-datas; boundary=frontier",
    "text/plain; x=multipart/form-data",
)

contents = st.binary().filter(lambda content: b"\r\n--frontier" not in b"\r\n" + content)


def sent(body: bytes, content_type: str | None = None) -> Request:
    headers = {} if content_type is None else {"content-type": content_type}
    return Request("PUT", "/", headers, body)


def sent_form(*parts: tuple[str, bytes]) -> Request:
    headers, body = form(*parts)
    return Request("PUT", "/", headers, body)


def refused_as(fault: str) -> str:
    return f"400 10012: could not parse the request body: {fault}"


@pytest.mark.fidelity("rest-content-type")
@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain"])
def test_json_is_read_whatever_its_content_type(content_type: str | None) -> None:
    assert json_body(sent(b' ["\xc3\xa9", 1]\n', content_type), list, "an array") == ["é", 1]


@given(st.lists(json_values))
def test_any_json_is_read_as_it_was_written(values: list[object]) -> None:
    for ascii_only in (True, False):
        body = json.dumps(values, ensure_ascii=ascii_only).encode()
        assert json_body(sent(body), list, "an array") == values


@pytest.mark.fidelity("rest-json")
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_a_body_that_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(RestError) as refused:
        json_body(sent(body), list, "an array")

    assert str(refused.value) == refused_as("it is not JSON in UTF-8")


@pytest.mark.parametrize(
    "body",
    [b"[" * 512 + b"]" * 512, b'[{"a":' * 256 + b"0" + b"}]" * 256, b"[" + b"[]," * 9999 + b"[]]"],
    ids=["512 arrays", "512 arrays and objects", "10,000 arrays side by side"],
)
def test_json_of_512_levels_is_read(body: bytes) -> None:
    assert json.dumps(json_body(sent(body), list, "an array")).replace(" ", "") == body.decode()


@pytest.mark.parametrize("body", [b"{}", b"null", b'"[]"', b"0", b"true"])
def test_json_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(RestError) as refused:
        json_body(sent(body), list, "an array of key names")

    assert str(refused.value) == refused_as("it is not an array of key names")


@pytest.mark.fidelity("rest-null-members")
@pytest.mark.parametrize("body", [{}, {"title": None}, {"Title": "x"}])
def test_a_member_that_is_absent_or_null_has_its_default(body: dict[str, object]) -> None:
    assert object_member(body, "title", str, "default") == "default"


@pytest.mark.parametrize("value", ["", "x"])
def test_a_member_of_the_right_type_is_taken(value: str) -> None:
    assert object_member({"title": value}, "title", str, "default") == value


@pytest.mark.parametrize("value", [0, False, 1.5, [], ["x"], {}])
def test_a_member_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(RestError) as refused:
        object_member({"title": value}, "title", str, "default")

    assert str(refused.value) == refused_as("title is not of the right type")


def test_what_is_malformed_is_said() -> None:
    assert str(malformed("a pair is not an object")) == refused_as("a pair is not an object")


@pytest.mark.parametrize("content_type", OTHER_TYPES)
def test_a_body_of_another_type_is_no_form(content_type: str) -> None:
    _, body = form((VALUE, b"v"))

    assert read_form(sent(body, content_type)) is None


def test_a_body_without_a_type_is_no_form() -> None:
    assert read_form(sent(b"v")) is None


@given(contents, contents, st.booleans())
def test_a_form_holds_what_was_sent(value: bytes, metadata: bytes, value_first: bool) -> None:
    parts = [(VALUE, value), (METADATA, metadata)]

    assert read_form(sent_form(*parts[:: 1 if value_first else -1])) == Form(value, metadata)


@pytest.mark.parametrize(
    "disposition",
    [
        'name="value"',
        "name=value",
        'name="value"; filename="photo.jpg"',
        'filename="photo.jpg"; name="value"',
        'name="value"; filename=""',
        "name=\"value\"; filename*=UTF-8''%e2%82%ac",
    ],
)
def test_the_value_may_come_with_or_without_a_file_name(disposition: str) -> None:
    assert read_form(sent_form((disposition, b"\0\xff\r\n"))) == Form(b"\0\xff\r\n", None)


def test_a_large_file_stays_in_memory_and_comes_out_whole() -> None:
    value = b"\r\n--" * 500_000

    assert read_form(sent_form(('name="value"; filename="f"', value))) == Form(value, None)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=frontier",
        'multipart/form-data; boundary="frontier"',
        "multipart/form-data;boundary=frontier",
        "multipart/form-data ; charset=utf-8; boundary=frontier",
        "Multipart/Form-Data; Boundary=frontier",
    ],
)
def test_the_boundary_is_found_however_it_is_written(content_type: str) -> None:
    _, body = form((VALUE, b"v"))

    assert read_form(sent(body, content_type)) == Form(b"v", None)


@pytest.mark.fidelity("rest-form-parts")
def test_other_parts_are_left_out() -> None:
    parts = [('name="note"', b"x"), (VALUE, b"v"), ('name="é"', b"y")]

    assert read_form(sent_form(*parts)) == Form(b"v", None)


@pytest.mark.fidelity("rest-form-repeated-part")
@pytest.mark.parametrize("first", [VALUE, f'{VALUE}; filename="f"'])
@pytest.mark.parametrize("second", [VALUE, f'{VALUE}; filename="f"'])
def test_of_two_parts_of_one_name_the_first_counts(first: str, second: str) -> None:
    parts = [(first, b""), (second, b"2"), (METADATA, b"1"), (METADATA, b"2")]

    assert read_form(sent_form(*parts)) == Form(b"", b"1")


@pytest.mark.fidelity("rest-form-parts")
def test_what_follows_the_last_boundary_is_left_out() -> None:
    headers, body = form((VALUE, b"v"))

    assert read_form(Request("PUT", "/", headers, body + b"epilogue")) == Form(b"v", None)


@pytest.mark.parametrize("body", BROKEN_FORMS.values(), ids=BROKEN_FORMS)
def test_a_broken_form_is_refused(body: bytes) -> None:
    with pytest.raises(RestError, match=r"^400 10012: .* the form is broken \(.+\)$"):
        read_form(sent(body, form()[0]["content-type"]))


@pytest.mark.parametrize("content_type", WITHOUT_BOUNDARY)
def test_a_form_without_its_boundary_is_refused(content_type: str) -> None:
    _, body = form((VALUE, b"v"))
    with pytest.raises(RestError, match=r"^400 10012: .* the form is broken \(.+\)$"):
        read_form(sent(body, content_type))


def test_a_form_cut_anywhere_before_its_end_is_refused() -> None:
    headers, body = form((VALUE, b"v"), (METADATA, b"{}"))
    for length in range(len(body) - len("\r\n")):
        with pytest.raises(RestError, match=r"the form is broken"):
            read_form(Request("PUT", "/", headers, body[:length]))


def test_a_form_without_its_last_boundary_is_told_so() -> None:
    headers, body = form((VALUE, b"v"))
    with pytest.raises(RestError) as refused:
        read_form(Request("PUT", "/", headers, body.removesuffix(b"--\r\n")))

    assert str(refused.value) == (
        "400 10012: could not parse the request body: "
        "the form is broken (it ends before its last boundary)"
    )


def test_a_part_whose_name_is_empty_is_another_part() -> None:
    assert read_form(sent_form(('name=""', b"x"), (VALUE, b"v"))) == Form(b"v", None)


def test_a_part_whose_name_is_not_utf8_is_another_part() -> None:
    headers, body = form(('name="~"', b"x"), (VALUE, b"v"))

    assert read_form(Request("PUT", "/", headers, body.replace(b"~", b"\xff"))) == Form(b"v", None)


@pytest.mark.fidelity("NO_VALUE_PART")
@pytest.mark.parametrize("parts", [(), ((METADATA, b"{}"),), (('name="Value"', b"v"),)])
def test_a_form_without_a_value_is_refused(parts: tuple[tuple[str, bytes], ...]) -> None:
    with pytest.raises(RestError) as refused:
        read_form(sent_form(*parts))

    assert str(refused.value) == (
        "400 10047: multipart put request does not contain required form field 'value'"
    )
