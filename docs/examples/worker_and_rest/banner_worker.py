"""A Worker that shows a shop's banner, and forgets one that nobody may see any more."""

from __future__ import annotations

from typing import Any

Env = Any  # what the Workers runtime passes in: its attributes are the bindings


async def banner(env: Env, country: str) -> str:
    """The banner of a country, or the one for everybody, or none."""
    found = await env.BANNERS.get([f"banner:{country}", "banner:all"])
    return found[f"banner:{country}"] or found["banner:all"] or ""


async def report(env: Env, country: str) -> None:
    """Take down the banner of a country at once: somebody complained."""
    await env.BANNERS.delete(f"banner:{country}")
