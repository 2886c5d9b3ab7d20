"""``pytest-kv serve``, or ``python -m pytest_kv``: a process, its banner, its log and its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

ACCOUNT_ID, NAMESPACE_ID = "a" * 32, "b" * 32
IDS = ("--account-id", ACCOUNT_ID, "--namespace-id", NAMESPACE_ID)
NAMESPACE = f"/client/v4/accounts/{ACCOUNT_ID}/storage/kv/namespaces/{NAMESPACE_ID}"
COMMAND = (sys.executable, "-m", "pytest_kv")
VARIABLES = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}


class Served:
    """A process that serves, behind its banner."""

    def __init__(self, process: subprocess.Popen[str], output: IO[str]) -> None:
        self._process = process
        self._output = output
        self.banner = [line.rstrip("\n") for line in iter(output.readline, "\n")]
        found = re.search(r"http://\S+", self.banner[0])
        assert found is not None
        self.url = found[0].removesuffix("/client/v4")

    def ask(self, method: str, path: str, body: bytes | None = None, token: str = "any") -> bytes:
        """The body of the answer to a request."""
        headers = {"Authorization": f"Bearer {token}"}
        request = Request(self.url + path, body, headers, method=method)
        try:
            with build_opener(ProxyHandler({})).open(request) as answer:
                body = answer.read()
        except HTTPError as refusal:
            with refusal:
                body = refusal.read()
        assert isinstance(body, bytes)
        return body

    def logged(self) -> str:
        """The next line it prints."""
        return self._output.readline().rstrip("\n")

    def close_output(self) -> None:
        """Read no more of what it prints."""
        self._output.close()

    def stop(self, number: signal.Signals) -> tuple[int, str]:
        """The exit code, and what else was printed, when this signal reaches it."""
        self._process.send_signal(number)
        rest = self._output.read()
        return self._process.wait(60), rest


@contextmanager
def served(*arguments: str, verb: str | None = None) -> Iterator[Served]:
    """A process with a free port and the ids above."""
    command = [*COMMAND, *filter(None, [verb]), "--port", "0", *IDS, *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=VARIABLES
    )
    with process:
        assert process.stdout is not None
        try:
            yield Served(process, process.stdout)
        finally:
            process.terminate()


def refused(*arguments: str) -> tuple[int, str]:
    """The exit code and the last line of a process that does not serve."""
    run = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, env=VARIABLES)
    assert run.stdout == ""
    return run.returncode, run.stderr.splitlines()[-1]


def test_it_serves_and_logs_until_it_is_stopped() -> None:
    with served("--title", "SESSIONS", "--api-token", "secret") as process:
        assert process.banner == [
            f"Serving the KV API at {process.url}/client/v4 until Ctrl-C",
            f"account   {ACCOUNT_ID}",
            f"namespace {NAMESPACE_ID} 'SESSIONS', 0 keys",
            "export CLOUDFLARE_API_TOKEN=secret",
            f"export CLOUDFLARE_ACCOUNT_ID={ACCOUNT_ID}",
            f"export CLOUDFLARE_BASE_URL={process.url}/client/v4",
            f"export CLOUDFLARE_API_BASE_URL={process.url}/client/v4",
            f"export CLOUDFLARE_API_URL={process.url}/client/v4",
            "export WRANGLER_SEND_METRICS=false",
            "export WRANGLER_HIDE_BANNER=true",
        ]

        process.ask("PUT", f"{NAMESPACE}/values/a%2Fb%0A", b"v", token="secret")
        assert process.logged() == f"PUT {NAMESPACE}/values/a%2Fb%0A 200"
        assert process.ask("GET", f"{NAMESPACE}/values/a%2Fb%0A", token="secret") == b"v"
        assert process.logged() == f"GET {NAMESPACE}/values/a%2Fb%0A 200"
        process.ask("GET", f"{NAMESPACE}/keys", token="another-secret")
        assert process.logged() == f"GET {NAMESPACE}/keys 403"

        assert process.stop(signal.SIGINT) == (0, "")


def test_serve_is_the_verb_where_none_is_given() -> None:
    with served(verb="serve") as process:
        assert process.banner[1] == f"account   {ACCOUNT_ID}"
        assert process.stop(signal.SIGINT) == (0, "")


def test_the_command_pytest_kv_is_the_same() -> None:
    script = Path(sys.executable).with_name("pytest-kv")
    run = subprocess.run([script, "--port", "x"], capture_output=True, text=True, env=VARIABLES)

    told = "argument --port: a port is a number from 0 to 65535, not 'x'"
    assert run.stderr.splitlines() == [
        "usage: pytest-kv [serve] [options]",
        "       pytest-kv verify [options]",
        f"pytest-kv: error: {told}",
    ]


def test_sigterm_stops_it_too_with_clients_connected() -> None:
    with served() as process:
        host, port = process.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))):
            assert process.stop(signal.SIGTERM) == (0, "")


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("host", "in_url"),
    [
        ("localhost", "localhost"),
        ("0.0.0.0", "0.0.0.0"),
        pytest.param(
            "::1", "[::1]", marks=pytest.mark.skipif(not has_ipv6(), reason="there is no IPv6 here")
        ),
    ],
)
def test_it_listens_at_a_name_or_an_address(host: str, in_url: str) -> None:
    with served("--host", host) as process:
        assert process.url.startswith(f"http://{in_url}:")
        assert json.loads(process.ask("GET", f"{NAMESPACE}/keys"))["result"] == []

        assert process.logged() == f"GET {NAMESPACE}/keys 200"
        assert process.stop(signal.SIGTERM) == (0, "")


def test_it_goes_on_when_nobody_reads_its_log() -> None:
    with served() as process:
        process.close_output()

        assert [process.ask("GET", f"{NAMESPACE}/values/k")[:17] for _ in range(2)] == [
            b'{"success": false',
            b'{"success": false',
        ]


def test_a_warning_is_a_line_of_the_log() -> None:
    with served() as process:
        process.ask("DELETE", f"{NAMESPACE}/")

        assert process.logged().startswith(
            f"warning: DELETE {NAMESPACE}/ removes the whole namespace 'KV'. "
        )
        assert process.logged() == f"DELETE {NAMESPACE}/ 200"


def test_to_import_it_serves_nothing() -> None:
    assert import_module("pytest_kv.__main__").__all__ == ("main",)


# The pairs it begins with


def seed_file(folder: Path, pairs: object) -> str:
    file = folder / "seed.json"
    file.write_text(pairs if isinstance(pairs, str) else json.dumps(pairs))
    return str(file)


def test_pairs_of_a_file_are_written_first(tmp_path: Path) -> None:
    pairs = [
        {"key": "text", "value": "hello", "metadata": {"page": 1}, "expiration_ttl": 3600},
        {"key": "bytes", "value": "AP8=", "base64": True},
    ]
    with served("--seed", seed_file(tmp_path, pairs)) as process:
        assert process.banner[2] == f"namespace {NAMESPACE_ID} 'KV', 2 keys"
        assert process.ask("GET", f"{NAMESPACE}/values/bytes") == b"\x00\xff"
        listed = json.loads(process.ask("GET", f"{NAMESPACE}/keys?prefix=text"))["result"]
        assert [(key["name"], key["metadata"], "expiration" in key) for key in listed] == [
            ("text", {"page": 1}, True)
        ]


def test_more_pairs_than_one_request_takes_are_written_in_several(tmp_path: Path) -> None:
    pairs = [{"key": f"k{number}", "value": "v"} for number in range(25_000)]
    with served("--seed", seed_file(tmp_path, pairs)) as process:
        assert process.banner[2] == f"namespace {NAMESPACE_ID} 'KV', 25,000 keys"
        assert process.ask("GET", f"{NAMESPACE}/values/k24999") == b"v"


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        (
            [{"key": "..", "value": "v"}],
            "bulk put: 'Illegal key name \"..\". Please use a different name.'",
        ),
        ("[{", "could not parse the request body: it is not JSON in UTF-8"),
        ({"key": "k"}, "could not parse the request body: it is not an array of key/value pairs"),
        (
            [{"key": f"k{number}", "value": "v"} for number in range(10_000)] + [{"key": "k"}],
            (
                "could not parse the request body: "
                "a pair has no key or no value, or they are not strings"
            ),
        ),
    ],
    ids=["key", "json", "list", "second request"],
)
def test_pairs_that_kv_refuses_are_told_in_its_words(
    pairs: object, told: str, tmp_path: Path
) -> None:
    file = seed_file(tmp_path, pairs)

    assert refused("--seed", file) == (2, f"python -m pytest_kv: {file}: {told}")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    file = tmp_path / "missing.json"

    told = f"python -m pytest_kv: {file}: No such file or directory"
    assert refused("--seed", str(file)) == (2, told)


# The control path


def test_a_suite_in_another_language_controls_it(tmp_path: Path) -> None:
    file = seed_file(tmp_path, [{"key": "a", "value": "1"}])
    with served("--control", "--seed", file) as process:
        assert process.banner[3] == f"control   {process.url}/_pytest_kv"
        Path(file).unlink()

        process.ask("DELETE", f"{NAMESPACE}/values/a")
        [call] = json.loads(process.ask("GET", "/_pytest_kv/calls"))["calls"]
        assert (call["operation"], call["keys"]) == ("delete", ["a"])
        assert process.ask("POST", "/_pytest_kv/reset") == b"{}"

        assert process.ask("GET", f"{NAMESPACE}/values/a") == b"1"


def test_without_the_flag_there_is_no_such_path() -> None:
    with served() as process:
        answer = process.ask("POST", "/_pytest_kv/reset")

        assert json.loads(answer)["errors"][0]["message"] == "No route for that URI"


@pytest.mark.parametrize("host", ["0.0.0.0", "example.com"])
def test_only_this_machine_may_control_it(host: str) -> None:
    told = (
        "python -m pytest_kv: --control is for this machine only: --host is 127.0.0.1 or ::1 or "
        "localhost then"
    )

    assert refused("--control", "--host", host) == (2, told)


# What cannot be served


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        address = f"(while attempting to bind on address ('127.0.0.1', {port}))"
        told = f"python -m pytest_kv: Address already in use {address}"
        assert refused("--port", str(port)) == (2, told)


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_port_that_is_none_is_told(port: str) -> None:
    told = f"argument --port: a port is a number from 0 to 65535, not '{port}'"

    assert refused(f"--port={port}") == (2, f"python -m pytest_kv: error: {told}")


def test_an_id_of_another_form_is_told() -> None:
    told = "the id of an account must be 32 hex digits in lower case, not 'short'"

    assert refused("--account-id", "short") == (2, f"python -m pytest_kv: {told}")
