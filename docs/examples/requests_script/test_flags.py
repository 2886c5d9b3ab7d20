"""The flags, tested with ``kv_server`` in place of api.cloudflare.com.

The fixture sets the server's address and credentials in the environment, from which the script
reads them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import flags as flags_script
import pytest
import requests
from flags import Flags

from pytest_kv import Entry, KVServer


@pytest.fixture
def flags(kv_server: KVServer) -> Iterator[Flags]:
    flags = Flags(kv_server.namespace_id)
    yield flags
    flags.close()


def test_a_flag_is_turned_on(flags: Flags, kv_server: KVServer) -> None:
    flags.turn("dark mode/beta", "on", by="alice")

    assert kv_server.namespace.data == {
        "flag:dark mode/beta": Entry("on", metadata={"by": "alice"})
    }


def test_retiring_deletes_these_flags_on_every_page_and_no_others(
    flags: Flags, kv_server: KVServer
) -> None:
    beta = [f"flag:beta-{number}" for number in range(1_500)]
    kv_server.namespace.seed({name: Entry("on", metadata={"by": "bob"}) for name in beta})
    kv_server.namespace.seed({"flag:dark": Entry("on", metadata={"by": "bob"}), "settings": "{}"})

    assert flags.retire("beta-") == 1_500

    kv_server.namespace.assert_only_deleted(*beta)


def test_keys_left_undone_are_sent_again(flags: Flags, kv_server: KVServer) -> None:
    kv_server.namespace.seed({"flag:a": Entry("on", metadata={"by": "bob"})})
    kv_server.account.fail_keys("flag:a")

    flags.retire("a")

    kv_server.namespace.assert_only_deleted("flag:a")


def test_a_503_is_an_http_error(flags: Flags, kv_server: KVServer) -> None:
    kv_server.account.fail_next("put", 503)

    with pytest.raises(requests.HTTPError, match="503"):
        flags.turn("dark", "on", by="alice")

    assert not kv_server.namespace.data


def test_the_script_works_from_a_shell(kv_server: KVServer) -> None:
    environment = {**os.environ, "FLAGS_NAMESPACE_ID": kv_server.namespace_id, "USER": "alice"}

    for arguments in (["on", "dark"], ["list"]):
        ran = subprocess.run(
            [sys.executable, Path(flags_script.__file__), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )

    assert ran.stdout == "dark (by alice)\n"
