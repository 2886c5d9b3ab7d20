"""The envelope around every answer but a value."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._rest.envelope import NOTHING, failure, success
from pytest_kv._rest.http import Response
from tests.helpers.json_strategies import json_values

HEADERS = {"content-type": "application/json"}


@given(json_values)
def test_success_holds_the_result(result: object) -> None:
    response = success(result)

    assert (response.status, response.headers) == (200, HEADERS)
    assert json.loads(response.body) == {
        "success": True,
        "errors": [],
        "messages": [],
        "result": result,
    }


def test_success_holds_the_paging_where_there_is_some() -> None:
    response = success([], {"count": 0, "cursor": ""})

    assert json.loads(response.body) == {
        "success": True,
        "errors": [],
        "messages": [],
        "result": [],
        "result_info": {"count": 0, "cursor": ""},
    }


@given(st.text())
def test_failure_holds_one_error(message: str) -> None:
    response = failure(404, 10009, message)

    assert (response.status, response.headers) == (404, HEADERS)
    assert json.loads(response.body) == {
        "success": False,
        "errors": [{"code": 10009, "message": message}],
        "messages": [],
        "result": None,
    }


def test_nothing_is_an_empty_object() -> None:
    assert json.loads(NOTHING.body)["result"] == {}


@pytest.mark.parametrize("response", [NOTHING, success(None), failure(400, 10012, "")])
def test_no_transport_can_change_the_headers_all_answers_share(response: Response) -> None:
    with pytest.raises(TypeError):
        response.headers["retry-after"] = "1"  # type: ignore[index]  # what the types forbid


@pytest.mark.parametrize("response", [success("é\u2028\U0001f600"), failure(400, 10012, "é")])
def test_an_envelope_is_ascii(response: Response) -> None:
    assert response.body.isascii()
