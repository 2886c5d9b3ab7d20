"""The headers that tell a client how many requests it may still make."""

from __future__ import annotations

__all__ = ("telling",)

from pytest_kv._core.rate_limit import Quota
from pytest_kv._rest.http import Response


def telling(quota: Quota, response: Response) -> Response:
    """``response`` with the headers of the quota (D; their one item, ``"default"``, R)."""
    headers = {
        "ratelimit": f'"default";r={quota.left};t={quota.reset_seconds}',
        "ratelimit-policy": f'"default";q={quota.requests};w={quota.window_seconds}',
    }
    return response._replace(headers={**response.headers, **headers})
