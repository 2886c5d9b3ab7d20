"""A Worker that shows the banner of a shop, and can take a banner down."""

from __future__ import annotations

from typing import Any

Env = Any  # the Workers runtime passes it in; its attributes are the bindings


async def banner(env: Env, country: str) -> str:
    """The banner of a country, or the banner for all countries, or an empty text."""
    found = await env.BANNERS.get([f"banner:{country}", "banner:all"])
    return found[f"banner:{country}"] or found["banner:all"] or ""


async def report(env: Env, country: str) -> None:
    """Take down the banner of a country, because somebody complained."""
    await env.BANNERS.delete(f"banner:{country}")
