"""The entry file of a Worker that deletes old drafts each night."""

from __future__ import annotations

from typing import Any

from workers import WorkerEntrypoint

WEEK_MS = 7 * 24 * 60 * 60 * 1000


class Default(WorkerEntrypoint):
    """A Cron Trigger calls ``scheduled``; in a class ``env`` and ``ctx`` are None there."""

    async def scheduled(self, controller: Any, env: None, ctx: None) -> None:
        oldest = controller.scheduledTime - WEEK_MS
        options: dict[str, Any] = {"prefix": "draft:"}
        while True:
            page = await self.env.DRAFTS.list(options)
            for key in page["keys"]:
                if key.metadata["saved"] < oldest:
                    await self.env.DRAFTS.delete(key.name)
            # A page may be empty, and still not be the last one.
            if page.list_complete:
                break
            options["cursor"] = page.cursor
