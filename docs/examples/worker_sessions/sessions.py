"""The sessions of a Worker's users, kept in the KV namespace bound as ``SESSIONS``."""

from __future__ import annotations

from typing import Any

Env = Any  # the Workers runtime passes it in; its attributes are the bindings

MONTH_SECONDS = 30 * 24 * 60 * 60


async def log_in(env: Env, session_id: str, user: str, *, now: float) -> None:
    """Open a session; it expires after a month."""
    await env.SESSIONS.put(
        f"session:{user}:{session_id}", user, expirationTtl=MONTH_SECONDS, metadata={"seen": now}
    )


async def is_logged_in(env: Env, session_id: str, user: str) -> bool:
    """Whether the session is open."""
    return await env.SESSIONS.get(f"session:{user}:{session_id}") is not None


async def log_out(env: Env, session_id: str, user: str) -> None:
    """End one session of a user."""
    await env.SESSIONS.delete(f"session:{user}:{session_id}")


async def delete_stale(env: Env, *, before: float) -> int:
    """Delete the sessions last seen before a time, on all pages; return their number."""
    deleted = 0
    cursor = None
    while True:
        page = await env.SESSIONS.list(prefix="session:", cursor=cursor)
        for key in page["keys"]:
            if key["metadata"]["seen"] < before:
                await env.SESSIONS.delete(key["name"])
                deleted += 1
        if page["list_complete"]:
            return deleted
        cursor = page["cursor"]
