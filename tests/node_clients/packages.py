"""What npm installs for these tests."""

from __future__ import annotations

__all__ = ("CLIENTS", "SDK_VERSION", "UNSTORAGE_VERSION")

from tests.helpers.node import installation_of

SDK_VERSION = "7.3.0"
UNSTORAGE_VERSION = "1.17.6"
CLIENTS = installation_of("cloudflare", SDK_VERSION, unstorage=UNSTORAGE_VERSION)
