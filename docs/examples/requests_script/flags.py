"""Feature flags in a KV namespace, set from a shell with ``requests``.

Run as ``python flags.py on|off|list|retire NAME``; it reads CLOUDFLARE_API_TOKEN,
CLOUDFLARE_ACCOUNT_ID and FLAGS_NAMESPACE_ID from the environment, and CLOUDFLARE_API_BASE_URL if
it is set.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

CLOUDFLARE = "https://api.cloudflare.com/client/v4"
PREFIX = "flag:"
BULK_KEYS = 10_000  # the most that one request can delete


class Flags:
    """The flags of one namespace; requests.HTTPError when KV answers with an error."""

    def __init__(self, namespace_id: str) -> None:
        base = os.environ.get("CLOUDFLARE_API_BASE_URL", CLOUDFLARE)
        account = os.environ["CLOUDFLARE_ACCOUNT_ID"]
        self._url = f"{base}/accounts/{account}/storage/kv/namespaces/{namespace_id}"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {os.environ['CLOUDFLARE_API_TOKEN']}"

    def turn(self, name: str, state: str, *, by: str) -> None:
        """Turn a flag on or off, and store who did it."""
        # Metadata needs a multipart form, which requests sends when it gets files.
        form = {"value": (None, state), "metadata": (None, json.dumps({"by": by}))}
        self._send("PUT", f"/values/{quote(PREFIX + name, safe='')}", files=form)

    def states(self) -> Iterator[tuple[str, str]]:
        """Each flag and who turned it last, from all pages."""
        cursor = None
        while cursor != "":
            page = self._send("GET", "/keys", params={"prefix": PREFIX, "cursor": cursor}).json()
            for key in page["result"]:
                yield key["name"].removeprefix(PREFIX), key["metadata"]["by"]
            cursor = page["result_info"]["cursor"]

    def retire(self, prefix: str) -> int:
        """Delete the flags that start with ``prefix``; return their number."""
        names = [PREFIX + name for name, _ in self.states() if name.startswith(prefix)]
        for start in range(0, len(names), BULK_KEYS):
            batch = names[start : start + BULK_KEYS]
            while batch:  # KV may leave keys undone; it names them
                batch = self._send("POST", "/bulk/delete", json=batch).json()["result"][
                    "unsuccessful_keys"
                ]
        return len(names)

    def _send(self, method: str, path: str, **given: Any) -> requests.Response:
        response = self._session.request(method, self._url + path, timeout=30, **given)
        response.raise_for_status()
        return response

    def close(self) -> None:
        self._session.close()


def main(command: str, name: str = "") -> None:
    flags = Flags(os.environ["FLAGS_NAMESPACE_ID"])
    if command == "list":
        for flag, by in flags.states():
            print(f"{flag} (by {by})")
    elif command == "retire":
        print(f"retired {flags.retire(name)} flags")
    else:
        flags.turn(name, command, by=os.environ.get("USER", "someone"))
    flags.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
