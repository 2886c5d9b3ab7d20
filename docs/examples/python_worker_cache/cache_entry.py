"""The entry file of a Worker that keeps the answers of an API in KV for ten minutes."""

from __future__ import annotations

from js import Object
from pyodide.ffi import JsException, to_js
from workers import Request, Response, WorkerEntrypoint, fetch

API = "https://rates.example/latest"
MINUTES_SECONDS = 10 * 60


class Default(WorkerEntrypoint):
    """Answers with the cached rates, and asks the API when there are none."""

    async def fetch(self, request: Request) -> Response:
        cached = await self.env.CACHE.get("rates", "json")
        if cached is not None:
            return Response.json(cached, headers={"x-cache": "hit"})
        answer = await fetch(API)
        if not answer.ok:
            return Response("no rates", status=502)
        text = await answer.text()
        self.ctx.waitUntil(self._keep(text))
        return Response(text, headers={"content-type": "application/json", "x-cache": "miss"})

    async def _keep(self, text: str) -> None:
        options = to_js({"expirationTtl": MINUTES_SECONDS}, dict_converter=Object.fromEntries)
        try:
            await self.env.CACHE.put("rates", text, options)
        except JsException as error:
            print(f"the rates are not cached: {error}")
