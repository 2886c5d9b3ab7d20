"""Save the texts of a KV namespace to a file and load them back, with the standard library only.

Run as ``python backup.py save|load NAMESPACE_ID FILE.json``; it reads
CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID from the environment, and CLOUDFLARE_API_BASE_URL if
it is set.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

CLOUDFLARE = "https://api.cloudflare.com/client/v4"
GET_KEYS, PUT_PAIRS = 100, 10_000  # the most in one request


class BackupError(Exception):
    """KV answered 200 but did not do all that it was asked to do."""


def save(namespace_id: str, file: Path) -> int:
    """Write all pairs of the namespace to ``file``, ready for a bulk write; return their number."""
    names = list(key_names(namespace_id))
    pairs = []
    for start in range(0, len(names), GET_KEYS):
        body = {"keys": names[start : start + GET_KEYS], "withMetadata": True}
        found = send("POST", f"{namespace_id}/bulk/get", body)["result"]["values"]
        # The pair is null when its key was deleted after it was listed.
        pairs += [{"key": name, **pair} for name, pair in found.items() if pair]
    file.write_text(json.dumps(pairs), encoding="utf-8")
    return len(pairs)


def load(namespace_id: str, file: Path) -> int:
    """Write every pair of ``file`` to the namespace; return their number."""
    pairs = json.loads(file.read_text(encoding="utf-8"))
    for start in range(0, len(pairs), PUT_PAIRS):
        body = pairs[start : start + PUT_PAIRS]
        done = send("PUT", f"{namespace_id}/bulk", body)["result"]
        if undone := done["unsuccessful_keys"]:
            raise BackupError(f"KV did not write {len(undone)} of {len(body)} pairs")
    return len(pairs)


def key_names(namespace_id: str) -> Iterator[str]:
    """The names of all keys, page by page."""
    cursor = None
    while cursor != "":
        query = urlencode({"cursor": cursor} if cursor else {})
        page = send("GET", f"{namespace_id}/keys?{query}")
        yield from (key["name"] for key in page["result"])
        cursor = page["result_info"]["cursor"]


def send(method: str, path: str, body: object = None) -> Any:
    """The JSON of an answer; raises urllib.error.HTTPError for the status of an error."""
    base = os.environ.get("CLOUDFLARE_API_BASE_URL", CLOUDFLARE)
    account = os.environ["CLOUDFLARE_ACCOUNT_ID"]
    request = Request(
        f"{base}/accounts/{account}/storage/kv/namespaces/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['CLOUDFLARE_API_TOKEN']}",
            "Content-Type": "application/json",
        },
        method=method,
    )
    with urlopen(request, timeout=30) as response:
        answer = json.load(response)
    if not answer["success"]:
        raise BackupError(f"KV answered with errors: {answer['errors']}")
    return answer


if __name__ == "__main__":
    command, namespace_id, file = sys.argv[1:]
    count = {"save": save, "load": load}[command](namespace_id, Path(file))
    print(f"{command}: {count:,} pairs")
