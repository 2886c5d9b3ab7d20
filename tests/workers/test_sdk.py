"""Our classes of the module workers do what those of Cloudflare's own package do."""

from __future__ import annotations

import json
import re
from http import HTTPMethod, HTTPStatus
from typing import Any

import pytest

from pytest_kv import KVNamespace

URL = "https://a.example/"

pytestmark = pytest.mark.fidelity("workers-classes")


@pytest.mark.parametrize(
    ("method", "read"),
    [("text", "[1]"), ("string", "[1]"), ("json", [1]), ("bytes", b"[1]")],
)
async def test_a_response_is_read_once(workers: Any, method: str, read: object) -> None:
    response = workers.Response("[1]")

    assert await getattr(response, method)() == read

    assert response.body_used
    with pytest.raises(OSError, match="Response body is already used"):
        await getattr(response, method)()
    with pytest.raises(OSError, match="Response body is already used"):
        response.clone()


async def test_a_response_has_python_names(workers: Any) -> None:
    response = workers.Response("a", HTTPStatus.CREATED, "Made", {"X-A": "1"})

    assert (response.status, response.status_text, response.ok) == (201, "Made", True)
    assert (response.url, response.type, response.redirected) == ("", "default", False)
    assert (response.headers["x-a"], response.headers.get("x-b")) == ("1", None)
    assert repr(response) == (
        "Response(status=201, status_text='Made', content_type='text/plain;charset=UTF-8')"
    )
    assert (await response.memoryview()).tobytes() == b"a"


async def test_a_response_without_a_body_has_none(workers: Any) -> None:
    response = workers.Response(None, status=204)

    assert response.body is None
    assert await response.text() == ""
    assert repr(response) == "Response(status=204, status_text='No Content')"


def test_a_response_shows_what_it_has(workers: Any, js: Any) -> None:
    fetched = workers.Response(js.Response.new(None, {"status": 599, "url": URL}))

    assert repr(workers.Response(b"")) == "Response(status=200, status_text='OK')"
    assert repr(fetched) == f"Response(status=599, url={URL!r})"


def test_a_response_of_an_error_can_be_raised(workers: Any) -> None:
    workers.Response("").raise_for_status()

    with pytest.raises(OSError, match="404 Client Error: Not Found"):
        workers.Response("", status=404).raise_for_status()
    with pytest.raises(OSError, match="500 Server Error: Internal Server Error"):
        workers.Response("", status=500).raise_for_status()


async def test_a_clone_has_a_body_of_its_own(workers: Any) -> None:
    response = workers.Response("a", status=201)
    clone = response.clone()

    assert [await response.text(), await clone.text(), clone.status] == ["a", "a", 201]
    assert await workers.Response(None).clone().text() == ""


@pytest.mark.parametrize("status", [99, 600, 101])
def test_a_status_out_of_range_is_an_error(workers: Any, ffi: Any, status: int) -> None:
    with pytest.raises(ffi.JsException, match="RangeError: Responses may only be constructed"):
        workers.Response(None, status=status)


@pytest.mark.parametrize("status", [204, 205, 304])
def test_a_status_without_a_body_has_none(workers: Any, ffi: Any, status: int) -> None:
    with pytest.raises(ffi.JsException, match="TypeError: Response with null body status"):
        workers.Response("a", status=status)


async def test_json_is_a_response(workers: Any, ffi: Any) -> None:
    made = [
        workers.Response.json({"a": 1}, status=HTTPStatus.ACCEPTED),
        workers.Response.from_json({"a": 1}, 202, headers={"content-type": "application/json"}),
        workers.Response.from_json(ffi.to_js({"a": 1}), 202),
    ]

    assert [json.loads(await response.text()) for response in made] == [{"a": 1}] * 3
    assert {response.headers["content-type"] for response in made} == {"application/json"}
    assert {response.status for response in made} == {202}


@pytest.mark.parametrize(
    ("status", "error"), [(99, ValueError), (204, TypeError)], ids=["range", "no body"]
)
def test_json_with_a_wrong_status_is_an_error_of_python(
    workers: Any, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        workers.Response.from_json([], status)


def test_a_redirect_must_be_one(workers: Any) -> None:
    with pytest.raises(ValueError, match="502 is not a redirect status code"):
        workers.Response.redirect(URL, 502)
    with pytest.raises(TypeError, match="Invalid URL string"):
        workers.Response.redirect("/a", 302)


async def test_a_response_takes_what_javascript_makes(workers: Any, js: Any, ffi: Any) -> None:
    bodies = [
        ffi.to_js(b"a"),
        js.Blob.new(ffi.to_js(["a"])),
        js.URLSearchParams.new("a"),
        js.Response.new("a").body,
        js.Response.new("a"),
    ]

    assert [await workers.Response(body).text() for body in bodies] == ["a", "a", "a=", "a", "a"]
    with pytest.raises(ValueError, match="Expected no options when constructing Response"):
        workers.Response(js.Response.new("a"), status=201)


@pytest.mark.parametrize("wrong", [5, {"a": 1}, memoryview(b"a")])
def test_another_value_is_no_body(workers: Any, ffi: Any, wrong: object) -> None:
    with pytest.raises(TypeError, match=f"Unsupported type in Response: {type(wrong).__name__}"):
        workers.Response(wrong)
    with pytest.raises(TypeError, match="Unsupported type in Response: Object"):
        workers.Response(ffi.to_js({"a": 1}))


async def test_a_stream_of_kv_is_a_body(workers: Any, kv_namespace: KVNamespace) -> None:
    kv_namespace.seed({"a": "of the store"})

    response = workers.Response(await kv_namespace.get("a", "stream"))

    assert await response.text() == "of the store"


async def test_kv_stores_what_a_body_is_read_as(
    workers: Any, kv_namespace: KVNamespace, ffi: Any
) -> None:
    await kv_namespace.put("stream", workers.Response("a").body)
    await kv_namespace.put("buffer", await workers.Response("a").buffer())
    await kv_namespace.put("array", ffi.to_js(b"a"))
    await kv_namespace.put("memoryview", await workers.Response("a").memoryview())

    assert {entry.value for entry in kv_namespace.data.values()} == {b"a"}


async def test_a_body_can_be_replaced(workers: Any) -> None:
    response = workers.Response("a", status=201, headers={"x-a": "1"})
    form = workers.FormData({"a": "1"})

    assert await response.replace_body("b").text() == "b"
    assert response.replace_body("b").headers["x-a"] == "1"
    assert (await workers.Response("").replace_body(form).text()).count('name="a"') == 1


async def test_a_request_is_read_once(workers: Any) -> None:
    request = workers.Request(URL, method="POST", body="[1]")
    clone = request.clone()

    assert await request.json() == [1]
    assert request.body_used
    for read in (request.text, request.json, request.bytes, request.blob, request.form_data):
        with pytest.raises(OSError, match="Body already used"):
            await read()
    with pytest.raises(OSError, match="Body already used"):
        request.clone()
    assert await clone.text() == "[1]"


def test_a_request_has_python_names(workers: Any, js: Any) -> None:
    request = workers.Request(URL, method=HTTPMethod.PUT, headers=[("a", "1")], redirect="manual")

    assert repr(request) == f"Request(method='PUT', url='{URL}')"
    assert (request.method, request.method == "PUT", request.redirect) == (
        HTTPMethod.PUT,
        True,
        "manual",
    )
    assert (request.headers["A"], request.cf) == ("1", None)
    assert not request.body
    assert workers.Request(request.js_object).url == URL
    assert workers.Request(request).method == "PUT"
    with pytest.raises(ValueError, match=re.escape("constructing Request from a js.Request")):
        workers.Request(request.js_object, method="GET")
    with pytest.raises(TypeError, match="Received unexpected type for headers argument"):
        workers.Request(URL, headers="a")


@pytest.mark.parametrize(
    ("url", "options", "told"),
    [
        ("/a", {}, "Invalid URL string"),
        ("http://a:b", {}, "Invalid URL string"),
        (URL, {"method": "A B"}, "Invalid HTTP method string: A B"),
        (URL, {"body": "a"}, "a GET or HEAD method cannot have a body"),
        (URL, {"headers": {"a b": "c"}}, "Invalid header name: 'a b'"),
        (URL, {"headers": {"a": "b\nc"}}, "Invalid header value: 'b\\nc'"),
    ],
)
def test_a_request_that_cannot_be_made_is_an_error_of_javascript(
    workers: Any, ffi: Any, url: str, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(ffi.JsException, match=re.escape(told)):
        workers.Request(url, **options)


async def test_a_form_travels(workers: Any) -> None:
    form = workers.FormData({"a": "ü", "file": workers.File(b"\x00", "b.bin")})
    form.append("a", "2")
    request = workers.Request(URL, method="POST", body=form)

    arrived = await request.form_data()

    assert (arrived["a"], arrived.get_all("a"), len(list(arrived.keys()))) == ("ü", ["ü", "2"], 3)
    assert (arrived["file"].name, await arrived["file"].bytes()) == ("b.bin", b"\x00")
    assert arrived["file"].content_type == "application/octet-stream"
    assert arrived["file"].last_modified > 0
    assert "multipart/form-data; boundary=" in request.headers["content-type"]


async def test_a_form_without_files_is_read_too(workers: Any, js: Any) -> None:
    request = workers.Request(URL, method="POST", body=js.URLSearchParams.new("a=1&b=%20"))

    assert dict((await request.form_data()).items()) == {"a": "1", "b": " "}


async def test_what_is_no_form_is_a_type_error(workers: Any) -> None:
    with pytest.raises(TypeError, match="Unrecognized Content-Type header value"):
        await workers.Request(URL, method="POST", body="a").form_data()
    with pytest.raises(TypeError, match="Unrecognized Content-Type header value"):
        await workers.Response(b"a").form_data()


def test_a_form_is_a_mapping(workers: Any) -> None:
    form = workers.FormData({"a": "1"})
    form["b"] = "2"
    form["b"] = workers.Blob("3")
    del form["a"]

    assert ("a" in form, "b" in form, list(form), list(form.keys())) == (False, True, ["b"], ["b"])
    assert [type(value).__name__ for value in form.values()] == ["File"]
    assert workers.FormData(form.js_object).js_object is form.js_object
    with pytest.raises(TypeError, match="Expected single item in arguments to"):
        form["b"] = ["1"]
    with pytest.raises(TypeError, match="Expected form_data to be a dict or"):
        workers.FormData("a")


async def test_blobs_are_made_of_parts(workers: Any, js: Any) -> None:
    text = workers.Blob("text", content_type="text/plain")
    joined = workers.Blob([text, b"-", text.js_object])

    assert (await joined.text(), joined.size, joined.content_type) == ("text-text", 9, "")
    assert workers.Blob(text).content_type == "text/plain"
    assert workers.Blob(text.js_object).content_type == "text/plain"
    file = workers.File(text, "a.txt", last_modified=5)
    assert (file.name, file.last_modified, file.content_type) == ("a.txt", 5, "text/plain")
    assert workers.File(file, "b.txt").last_modified == 5
    read = await workers.Request(URL, method="POST", body="a").blob()
    assert (await read.text(), read.content_type) == ("a", "text/plain;charset=UTF-8")
    assert (await (await workers.Response(b"a").blob()).bytes()) == b"a"
    assert await text.slice(1, 3).text() == "ex"


def test_values_travel_by_rpc(workers: Any, js: Any, ffi: Any) -> None:
    request = js.Request.new(URL)

    assert workers.python_to_rpc(None) is ffi.jsnull
    assert workers.python_to_rpc({"a": [1]}).to_py() == {"a": [1]}
    assert workers.python_to_rpc(workers.Request(request)) is request
    assert workers.python_from_rpc(ffi.jsnull) is None
    assert workers.python_from_rpc(5) == 5
    assert workers.python_from_rpc(ffi.to_js({"a": [1]})) == {"a": [1]}
    assert isinstance(workers.python_from_rpc(request), workers.Request)
    assert isinstance(workers.python_from_rpc(js.Response.new("a")), workers.Response)


def test_a_handler_called_with_something_else_gets_it_as_it_is(workers: Any) -> None:
    handler = workers.handler(lambda *arguments: arguments)

    assert handler() == ()
    assert handler("a") == ("a",)
