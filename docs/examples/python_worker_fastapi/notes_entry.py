"""The entry file of a Worker whose requests are answered by FastAPI."""

from __future__ import annotations

from typing import Annotated, Any

import asgi
from fastapi import Body, FastAPI, HTTPException
from workers import Request, Response, WorkerEntrypoint

app = FastAPI()


@app.get("/notes/{name}")
async def read(name: str, env: Any = asgi.env) -> dict[str, str]:
    """One note."""
    text = await env.NOTES.get(f"note:{name}")
    if text is None:
        raise HTTPException(404, "no such note")
    return {"name": name, "text": text}


@app.put("/notes/{name}", status_code=204)
async def write(name: str, text: Annotated[str, Body(embed=True)], env: Any = asgi.env) -> None:
    """Keep a note."""
    await env.NOTES.put(f"note:{name}", text)


@app.delete("/notes/{name}", status_code=204)
async def delete(name: str, env: Any = asgi.env) -> None:
    """Drop a note."""
    await env.NOTES.delete(f"note:{name}")


class Default(WorkerEntrypoint):
    """Hands each request to the app."""

    async def fetch(self, request: Request) -> Response:
        return await asgi.fetch(app, request, self.env, self.ctx)
