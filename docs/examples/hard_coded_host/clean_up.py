"""Deletes the drafts of a site that nobody has touched for 30 days.

    python clean_up.py NAMESPACE_ID

Cloudflare's address is written in, and the Session is made when the module is imported: nothing
here was made for tests.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import requests

API = "https://api.cloudflare.com/client/v4"
DAYS = 30
BULK_KEYS = 10_000  # the most that one request can delete

SESSION = requests.Session()


def clean_up(namespace_id: str, now: float) -> int:
    """Delete old drafts; return their number."""
    if send("GET", f"{API}/user/tokens/verify")["status"] != "active":
        raise SystemExit("the API token is not active")
    account = os.environ["CLOUDFLARE_ACCOUNT_ID"]
    namespace = f"{API}/accounts/{account}/storage/kv/namespaces/{namespace_id}"
    oldest = now - DAYS * 24 * 3600
    old = [key["name"] for key in drafts(namespace) if key["metadata"]["touched"] < oldest]
    for start in range(0, len(old), BULK_KEYS):
        send("POST", f"{namespace}/bulk/delete", json=old[start : start + BULK_KEYS])
    return len(old)


def drafts(namespace: str) -> list[dict[str, Any]]:
    """The keys of all drafts, from every page."""
    found: list[dict[str, Any]] = []
    cursor = None
    while cursor != "":
        page = ask("GET", f"{namespace}/keys", params={"prefix": "draft:", "cursor": cursor})
        found += page["result"]
        cursor = page["result_info"]["cursor"]
    return found


def send(method: str, url: str, **given: Any) -> Any:
    return ask(method, url, **given)["result"]


def ask(method: str, url: str, **given: Any) -> Any:
    token = {"Authorization": f"Bearer {os.environ['CLOUDFLARE_API_TOKEN']}"}
    response = SESSION.request(method, url, headers=token, timeout=30, **given)
    response.raise_for_status()
    return response.json()


if __name__ == "__main__":
    print(f"deleted {clean_up(sys.argv[1], time.time())} drafts")
