"""The entry file of a Worker that keeps its users' sessions in KV."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlsplit

from workers import Request, Response, WorkerEntrypoint

DAY_SECONDS = 24 * 60 * 60


class Default(WorkerEntrypoint):
    """``POST /`` logs in, ``GET /<id>`` shows a session, ``DELETE /<id>`` logs out."""

    async def fetch(self, request: Request) -> Response:
        sessions = self.env.SESSIONS
        session_id = urlsplit(request.url).path.strip("/")
        if request.method == "POST":
            return await self._log_in(await request.json())
        if request.method == "DELETE":
            await sessions.delete(f"session:{session_id}")
            return Response(None, status=204)
        session = await sessions.get(f"session:{session_id}", "json")
        if session is None:
            return Response("no such session", status=404)
        return Response.json(session)

    async def _log_in(self, asked: dict[str, Any]) -> Response:
        session_id = uuid.uuid4().hex
        session = json.dumps({"user": asked["user"]})
        await self.env.SESSIONS.put(f"session:{session_id}", session, expirationTtl=DAY_SECONDS)
        # The client need not wait for the statistics.
        self.ctx.waitUntil(self.env.SESSIONS.put(f"last:{asked['user']}", session_id))
        return Response.json({"id": session_id}, status=201)
