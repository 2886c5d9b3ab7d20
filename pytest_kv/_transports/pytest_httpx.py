"""The check that pytest-httpx does not answer for the API."""

from __future__ import annotations

__all__ = ("check_neighbours",)

import httpx
import pytest

from pytest_kv._rest.routes import BASE_PATH, HOST

_HIDDEN = f"""\
httpx_mock takes every request of this test before kv_api can see it; leave the API to kv_api:
    @pytest.mark.httpx_mock(should_mock=lambda request: request.url.host != {HOST!r})"""


def check_neighbours(request: pytest.FixtureRequest) -> None:
    """Fail a test in which pytest-httpx would answer for the API.

    pytest-httpx replaces httpx's transports and respx the httpcore below them, so pytest-httpx
    always answers first. Only its own option ``should_mock`` lets a request pass.
    """
    is_pytest_httpx = request.config.pluginmanager.hasplugin("pytest_httpx")
    if not is_pytest_httpx or "httpx_mock" not in request.fixturenames:
        return
    to_the_api = httpx.Request("GET", f"https://{HOST}{BASE_PATH}")
    options = [marker.kwargs for marker in request.node.iter_markers("httpx_mock")]
    choices = (option["should_mock"] for option in options if "should_mock" in option)
    should_mock = next(choices, None)  # pytest-httpx uses the nearest marker
    if should_mock is None or should_mock(to_the_api):
        raise pytest.fail.Exception(_HIDDEN, pytrace=False)
