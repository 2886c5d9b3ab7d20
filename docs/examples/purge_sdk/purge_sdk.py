"""Delete the keys of a KV namespace that start with a prefix, with Cloudflare's official SDK.

Run as ``python purge_sdk.py NAMESPACE_ID PREFIX`` with CLOUDFLARE_API_TOKEN and
CLOUDFLARE_ACCOUNT_ID in the environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import islice

from cloudflare import Cloudflare

BULK_KEYS = 10_000  # the most that one request can delete


class PurgeError(Exception):
    """KV answered 200 but did not delete all that it was asked to delete."""


def purge(client: Cloudflare, account_id: str, namespace_id: str, prefix: str) -> int:
    """Delete the keys that start with ``prefix``, 10,000 in each request; return their number."""
    deleted = 0
    names = key_names(client, account_id, namespace_id, prefix)
    while batch := list(islice(names, BULK_KEYS)):
        done = client.kv.namespaces.bulk_delete(namespace_id, account_id=account_id, body=batch)
        if done is None:  # a 200 with success false: the SDK raises nothing
            raise PurgeError(f"KV deleted none of {len(batch):,} keys")
        if done.unsuccessful_keys:
            raise PurgeError(f"KV did not delete {len(done.unsuccessful_keys):,} keys")
        deleted += len(batch)
    return deleted


def key_names(client: Cloudflare, account_id: str, namespace_id: str, prefix: str) -> Iterator[str]:
    """The names that start with ``prefix``, page by page."""
    page = client.kv.namespaces.keys.list(namespace_id, account_id=account_id, prefix=prefix)
    yield from (key.name for key in page.result)
    # Not `for key in page` or has_next_page(): both end at an empty page, where KV's list goes on.
    while page.next_page_info():
        page = page.get_next_page()
        yield from (key.name for key in page.result)


if __name__ == "__main__":
    count = purge(Cloudflare(), os.environ["CLOUDFLARE_ACCOUNT_ID"], *sys.argv[1:3])
    print(f"deleted {count:,} keys")
