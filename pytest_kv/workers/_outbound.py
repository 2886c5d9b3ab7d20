"""``fetch``: a request that would leave the process, unless the test answers it."""

from __future__ import annotations

__all__ = ("FetchRefused", "fetch", "refusals")

import ssl
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from pytest_kv.workers._buffers import Uint8Array
from pytest_kv.workers._fetch_api import Request, Response
from pytest_kv.workers._objects import members, throw

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True

_LOOPBACK = ("localhost", "127.0.0.1", "::1")

refusals: ContextVar[list[FetchRefused] | None] = ContextVar("refusals", default=None)
"""What ``fetch`` refused while a call of ``kv_worker`` runs."""


class FetchRefused(AssertionError):
    """The Worker fetched what no test answers."""


class _Loopback(httpcore.AsyncNetworkBackend):
    """Connects to this machine only, where a test may have a server."""

    def __init__(self) -> None:
        self._real = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if host not in _LOOPBACK:
            refused = FetchRefused(
                f"fetch() of the Worker would leave the process, to {host}: answer it in the test "
                "with respx, as in respx_mock.get(url).respond(json=…)"
            )
            if (known := refusals.get()) is not None:
                known.append(refused)
            raise refused
        return await self._real.connect_tcp(host, port, timeout, local_address, socket_options)


class _Transport(httpx.AsyncHTTPTransport):
    """httpx's own transport, so that respx and pytest-httpx answer before it connects."""

    def __init__(self) -> None:
        # No connection needs a certificate of another machine.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        super().__init__(verify=context)
        self._pool = httpcore.AsyncConnectionPool(context, network_backend=_Loopback())


async def fetch(resource: Any, options: Any = None, **keywords: Any) -> Response:
    """``fetch(resource, options)``: sent with httpx, so that a test answers it with respx."""
    request = Request.new(resource, members(options) | keywords)
    content = await request._content()
    async with httpx.AsyncClient(transport=_Transport(), headers={}) as client:
        try:
            answer = await client.request(
                request.method,
                request.url,
                headers=list(request.headers._joined()),
                content=content,
                follow_redirects=request.redirect == "follow",
            )
        except FetchRefused as refused:
            # What lies between is httpx and httpcore.
            raise refused.with_traceback(None) from None
        except httpx.HTTPError as error:
            throw("TypeError", f"Network connection lost. ({error})")
    headers = answer.headers.copy()
    for gone in ("content-encoding", "content-length", "transfer-encoding"):
        headers.pop(gone, None)
    body = Uint8Array.new(answer.content) if answer.status_code not in (204, 205, 304) else None
    made: Response = Response.new(
        body,
        {
            "status": answer.status_code,
            "statusText": answer.reason_phrase,
            "headers": headers.multi_items(),
            "url": str(answer.url),
        },
    )
    return made
