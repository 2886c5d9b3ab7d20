"""The script of docs/clients.md reaches the server with both clients."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from markdown_it import MarkdownIt

from pytest_kv import KVServer
from tests.helpers.documentation import ROOT
from tests.node_clients.packages import CLIENTS

PAGE = ROOT / "docs" / "clients.md"

USES = """
const { CLOUDFLARE_ACCOUNT_ID: account_id, KV_NAMESPACE_ID: namespace_id } = process.env;
await client.kv.namespaces.values.update("sdk", { account_id, namespace_id, value: "1" });
await storage.setItem("unstorage", "2");
"""


def test_the_script_writes_to_the_server(kv_server: KVServer, tmp_path: Path) -> None:
    tokens = MarkdownIt().parse(PAGE.read_text(encoding="utf-8"))
    [script] = [token.content for token in tokens if token.type == "fence" and token.info == "js"]
    (tmp_path / "script.mjs").write_text(script + USES, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(CLIENTS.folder / "node_modules")

    subprocess.run(
        [CLIENTS.command("node"), "script.mjs"],
        cwd=tmp_path,
        env=os.environ | kv_server.env | {"KV_NAMESPACE_ID": kv_server.namespace_id},
        timeout=60,
        check=True,
    )

    kv_server.namespace.assert_put("sdk", "1")
    kv_server.namespace.assert_put("unstorage", "2")
