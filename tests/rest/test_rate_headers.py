"""The headers that tell a client how many requests it may still make."""

from __future__ import annotations

from tests.helpers.rest_client import Client


def test_headers_of_lower_case_tell_what_is_left_under_a_limit(client: Client) -> None:
    client.account.request_limit = 2

    assert client.send("GET", "/{ns}/keys").headers == {
        "content-type": "application/json",
        "ratelimit": '"default";r=1;t=300',
        "ratelimit-policy": '"default";q=2;w=300',
    }
