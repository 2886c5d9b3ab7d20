"""The SDK's responses themselves: read at once, or streamed; and a client from the environment."""

from __future__ import annotations

import asyncio
import json

import pytest
from cloudflare import AsyncCloudflare, Cloudflare

from pytest_kv import Entry
from pytest_kv._transports.endpoint import Endpoint
from tests.sdk.caller import Sdk, over_both
from tests.sdk.uses import (
    ACCOUNT_ID,
    DEPRECATED,
    FIRST_USES,
    METHODS,
    NAMESPACE_ID,
    SEED,
    TITLES,
)

pytestmark = [
    pytest.mark.kv(account_id=ACCOUNT_ID, namespace_id=NAMESPACE_ID, bindings=TITLES),
    pytest.mark.filterwarnings(DEPRECATED),
]


@pytest.fixture(autouse=True)
def _seed(face: Endpoint) -> None:
    face.namespace.seed(SEED)


@pytest.mark.parametrize("method", METHODS)
def test_a_raw_response_has_a_status_headers_and_the_answer(method: str, sdk: Sdk) -> None:
    response = sdk.call_raw(method, **FIRST_USES[method].given)

    is_value = method == "values.get"
    content_type = "application/octet-stream" if is_value else "application/json"
    assert response.status_code == 200
    assert response.headers["content-type"] == content_type
    assert sdk.settled(sdk.wait(response.parse())) == FIRST_USES[method].answer


@pytest.mark.parametrize("method", METHODS)
def test_a_streamed_response_arrives_in_pieces(method: str, sdk: Sdk) -> None:
    status, pieces = sdk.stream(method, **FIRST_USES[method].given)

    assert status == 200
    if method == "values.get":
        assert pieces == [FIRST_USES[method].answer]
    else:
        assert len(pieces) > 1
        assert json.loads(b"".join(pieces))["success"]


@over_both
def test_the_expiration_of_a_value_is_in_a_header(sdk: Sdk, face: Endpoint) -> None:
    face.namespace.seed({"expiring": Entry("v", expiration=4_000_000_000)})

    kept, expiring = (sdk.call_raw("values.get", key_name=key) for key in ("a", "expiring"))

    assert "expiration" not in kept.headers
    assert expiring.headers["expiration"] == "4000000000"


@over_both
def test_a_value_is_read_as_bytes_text_json_or_pieces(sdk: Sdk, face: Endpoint) -> None:
    face.namespace.seed({"k": '{"n": "ä"}'})

    value = sdk.wait(sdk.bound("values.get")("k", **sdk.ids))

    assert sdk.wait(value.read()) == '{"n": "ä"}'.encode()
    assert sdk.wait(value.text()) == '{"n": "ä"}'
    assert sdk.wait(value.json()) == {"n": "ä"}
    assert sdk.every(value.iter_bytes(4)) == [b'{"n"', b': "\xc3', b'\xa4"}']


@over_both
def test_a_client_finds_its_account_in_the_environment(face: Endpoint) -> None:
    with Cloudflare() as client:
        value = client.kv.namespaces.values.get(
            "a", account_id=face.account_id, namespace_id=face.namespace_id
        )
        assert value.read() == b"1"


@over_both
def test_an_async_client_finds_its_account_in_the_environment(face: Endpoint) -> None:
    async def read() -> bytes:
        async with AsyncCloudflare() as client:
            value = await client.kv.namespaces.values.get(
                "a", account_id=face.account_id, namespace_id=face.namespace_id
            )
            return await value.read()

    assert asyncio.run(read()) == b"1"


@over_both
def test_a_client_with_an_email_and_a_key_is_let_in(face: Endpoint) -> None:
    email = "someone@example.com"
    with Cloudflare(api_email=email, api_key=face.api_token, base_url=face.base_url) as client:
        client.api_token = None  # the environment's

        found = client.kv.namespaces.get(face.namespace_id, account_id=face.account_id)

    assert found is not None
    assert found.title == "KV"
