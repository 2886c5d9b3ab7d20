"""The command ``pytest-kv verify``: what it prints, and how it ends."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from pytest_kv import KVAccount, KVServer, serve
from pytest_kv._core.rules import Rule
from pytest_kv._rest import errors
from pytest_kv._verify import cli, report
from pytest_kv._verify.cases import FACTS
from pytest_kv._verify.cli import Progress, Signals, verify
from pytest_kv._verify.facts import Fact, ask, ok, value
from tests.helpers.verifying import TOKEN, Time

ID = "a" * 32
KEYS = Fact(
    "a-list", "list", "It lists.", ask("GET", "/$ns/keys").gives(ok([], {"count": 0, "cursor": ""}))
)
MISSING = Fact(
    "a-read", "get", "It reads.", ask("GET", "/$ns/values/a").gives(value(b"v")), inferred=True
)
UNPREPARED = Fact(
    "a-write",
    "put",
    "It writes.",
    ask("GET", "/$ns/values/a"),
    ask("GET", "/$ns/keys").gives(ok([])),
)


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID", raising=False)
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)


@pytest.fixture
def server() -> Iterator[KVServer]:
    with serve(KVAccount(api_token=TOKEN)) as server:
        yield server


def run(server: KVServer, *arguments: str, facts: tuple[Fact, ...] = (KEYS,)) -> int:
    """The exit code of a run at a server; nothing may be left behind."""
    credentials = ("--account-id", server.account_id, "--api-token", TOKEN)
    code = verify(
        "pytest-kv",
        [*credentials, "--base-url", server.base_url, *arguments],
        facts=facts,
        sleep=Time().sleep,
    )
    assert [namespace.title for namespace in server.account.namespaces.values()] == ["KV"]
    return code


# What it tells


def test_it_tells_what_came_of_each_fact(
    server: KVServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(server, facts=(KEYS, MISSING, UNPREPARED)) == 1

    told = capsys.readouterr()
    assert told.err == ""
    text = re.sub(r"namespaces/[0-9a-f]{32}", "namespaces/[ns]", told.out)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", "[date]", text)
    below = "/client/v4/accounts/[account]/storage/kv/namespaces/[ns]"
    assert text.splitlines() == [
        "held       a-list   list     It lists.",
        "differs    a-read   get (I)  It reads.",
        "not tried  a-write  put      It writes.",
        "",
        "a-read differs: It reads.",
        f"  request   GET {below}/values/a",
        '  expected  200 {"content-type": "application/octet-stream"} b\'v\'',
        (
            '  came      404 {"content-type": "application/json"} {"success": false, "errors": '
            '[{"code": 10009, "message": "get: \'key not found\'"}], "messages": [], '
            '"result": null}'
        ),
        "",
        (
            f"a-write was not tried: GET {below}/values/a was answered 404 10009: "
            "get: 'key not found'"
        ),
        "",
        "3 facts: 1 held, 1 differs, 1 not tried",
        f"{server.base_url}, [date], pytest-kv {report.version()}, 5 requests",
    ]


def test_it_writes_the_same_as_json(
    server: KVServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "verify.json"

    assert run(server, "--json", str(file), facts=(KEYS, MISSING, UNPREPARED)) == 1

    written = json.loads(file.read_text())
    facts = written.pop("facts")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", written.pop("date"))
    assert written == {
        "pytest-kv": report.version(),
        "endpoint": server.base_url,
        "requests": 5,
        "counts": {"held": 1, "differs": 1, "not tried": 1},
    }
    assert facts[0] == {
        "id": "a-list",
        "row": "list",
        "claim": "It lists.",
        "inferred": False,
        "verdict": "held",
    }
    assert facts[1].keys() - facts[0].keys() == {"request", "expected", "came"}
    assert facts[2].keys() - facts[0].keys() == {"reason"}


@pytest.mark.filterwarnings("ignore:DELETE .* removes the whole namespace")
def test_all_facts_hold_at_a_server_of_the_fake(
    server: KVServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(server, facts=FACTS) == 0

    told = capsys.readouterr().out
    assert f"{len(FACTS)} facts: {len(FACTS)} held, 0 differs, 0 not tried\n" in told
    assert [line for line in told.splitlines() if TOKEN in line or server.account_id in line] == []


def test_a_run_with_facts_that_were_not_tried_ends_with_2(server: KVServer) -> None:
    assert run(server, facts=(KEYS, UNPREPARED)) == 2


def test_credentials_are_read_from_the_environment(
    server: KVServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", server.account_id)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)

    assert verify("pytest-kv", ["--base-url", server.base_url], facts=[KEYS]) == 0


def test_it_asks_production_unless_told_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        verify("pytest-kv", ["--help"])

    assert ended.value.code == 0
    assert "(https://api.cloudflare.com/client/v4)" in capsys.readouterr().out


def test_a_version_that_is_not_installed_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_NAME", "no-such-package")

    assert report.version() == "unknown"


# No run


def problem(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence of a command that cannot run."""
    assert verify("pytest-kv", arguments, facts=[KEYS], sleep=Time().sleep) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("pytest-kv verify: ")
    assert told.err.count("\n") == 1
    assert TOKEN not in told.err
    return told.err.removeprefix("pytest-kv verify: ").rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "there is no account: give --account-id, or set CLOUDFLARE_ACCOUNT_ID"),
        (
            ["--account-id", ID],
            "there is no API token: give --api-token, or set CLOUDFLARE_API_TOKEN",
        ),
        (
            ["--account-id", "me@example.com", "--api-token", TOKEN],
            "the account's id is not 32 hex digits in lower case",
        ),
        (
            ["--account-id", ID, "--api-token", f"{TOKEN}\n"],
            "the API token has a character that no token has",
        ),
        (
            ["--account-id", ID, "--api-token", TOKEN, "--base-url", "http://localhost:port"],
            "--base-url is no URL",
        ),
        (
            ["--account-id", ID, "--api-token", TOKEN, "--base-url", "api.cloudflare.com"],
            "--base-url is not a URL such as https://api.cloudflare.com/client/v4",
        ),
        (
            ["--account-id", ID, "--api-token", TOKEN, "--json", "no/such/folder/v.json"],
            "--json: no/such/folder/v.json cannot be written",
        ),
    ],
)
def test_what_cannot_be_run_is_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert problem(capsys, *arguments) == told


def test_a_token_that_is_not_accepted_is_told(
    server: KVServer, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--account-id", server.account_id, "--base-url", server.base_url)

    assert problem(capsys, *arguments, "--api-token", "another-token") == (
        "the account does not accept this API token, which needs the permission "
        "Workers KV Storage: Edit (403 10000: Authentication error)"
    )
    assert [namespace.title for namespace in server.account.namespaces.values()] == ["KV"]


def test_a_token_of_another_form_is_told(
    server: KVServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.account.fail_next(
        "create_namespace", 400, code=6003, message=f"Invalid request headers {TOKEN}"
    )
    arguments = ("--account-id", server.account_id, "--base-url", server.base_url)

    assert problem(capsys, *arguments, "--api-token", TOKEN) == (
        "the account does not accept this API token, which needs the permission "
        "Workers KV Storage: Edit (400 6003: Invalid request headers [token])"
    )


def test_an_account_without_kv_is_told(
    server: KVServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.account.fail_next("create_namespace", 400, code=10020, message="not entitled")
    arguments = ("--account-id", server.account_id, "--base-url", server.base_url)

    assert problem(capsys, *arguments, "--api-token", TOKEN) == (
        "the account has no Workers KV, or no room for a namespace (400 10020: not entitled)"
    )


def test_a_server_that_is_not_cloudflares_is_told(
    server: KVServer, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"/other/accounts/{server.account_id}/storage/kv/namespaces"
    server.answer("POST", path, "<html>")
    base_url = f"{server.base_url}/other"
    arguments = ("--account-id", server.account_id, "--base-url", base_url)

    assert problem(capsys, *arguments, "--api-token", TOKEN) == (
        f"{base_url} does not answer as Cloudflare's API does: 200"
    )


def test_no_network_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with serve() as server:
        base_url = server.base_url

    assert (
        problem(capsys, "--account-id", ID, "--api-token", TOKEN, "--base-url", base_url)
        == "127.0.0.1 gives no answer: [Errno 111] Connection refused"
    )


def test_json_that_cannot_be_written_is_told_below_the_table(
    server: KVServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / ("x" * 300)

    assert run(server, "--json", str(file)) == 2

    told = capsys.readouterr()
    assert told.out.startswith("held ")
    assert told.err == f"pytest-kv verify: --json: {file}: File name too long\n"


def test_an_error_of_our_own_tells_no_token_and_leaves_nothing_behind(
    server: KVServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: Any) -> None:
        raise RuntimeError(f"Bearer {TOKEN} of {server.account_id}")

    monkeypatch.setattr(cli, "run_facts", fail)

    assert run(server) == 2

    told = capsys.readouterr().err
    assert told.startswith("pytest-kv verify: this is an error in pytest-kv, please report it\n")
    assert told.endswith("RuntimeError: Bearer [token] of [account]\n\n")


# Interruptions


@pytest.fixture
def _sighup_is_heard() -> Iterator[None]:
    """nohup lets a process and its children, these tests included, ignore SIGHUP."""
    earlier = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, earlier)


@pytest.mark.usefixtures("_sighup_is_heard")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_and_removes_its_namespaces(
    number: signal.Signals, server: KVServer, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*arguments: Any) -> None:
        os.kill(os.getpid(), number)

    stalling = Fact(
        "a-stall",
        "put",
        "It stalls.",
        ask("POST", "", json={"title": "$title 2"}),
        ask("PUT", "/$ns/values/a"),
        ask("GET", "/$ns/keys").gives(ok([])),
    )
    server.account.fail_next("put", 500)
    credentials = ("--account-id", server.account_id, "--api-token", TOKEN)

    code = verify(
        "pytest-kv",
        [*credentials, "--base-url", server.base_url],
        facts=(KEYS, stalling, MISSING),
        # It sleeps before it tries again.
        sleep=interrupt,
    )

    told = capsys.readouterr()
    assert code == 2
    assert told.err == "pytest-kv verify: interrupted; nothing is left behind\n"
    assert "a-stall was not tried: the run was interrupted\n" in told.out
    assert "3 facts: 1 held, 0 differs, 2 not tried\n" in told.out
    assert [namespace.title for namespace in server.account.namespaces.values()] == ["KV"]


def test_a_process_that_is_stopped_removes_its_namespaces() -> None:
    lines: list[str] = []

    def log(line: str) -> None:
        lines.append(line)
        if len(lines) == 10:
            process.send_signal(signal.SIGTERM)

    server = KVServer(KVAccount(), log=log)
    command = [sys.executable, "-m", "pytest_kv", "verify", "--base-url", server.base_url]
    variables = os.environ | server.env
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=variables, stdout=pipe, stderr=pipe, text=True) as process:
        out, err = process.communicate(timeout=60)
    server.stop()

    assert (process.returncode, err) == (
        2,
        "python -m pytest_kv verify: interrupted; nothing is left behind\n",
    )
    assert out.count(": the run was interrupted\n") > 100
    assert [namespace.title for namespace in server.account.namespaces.values()] == ["KV"]


def test_further_signals_change_neither_the_cleaning_up_nor_the_exit_code() -> None:
    lines: list[str] = []
    is_running = threading.Event()

    def log(line: str) -> None:
        lines.append(line)
        if len(lines) == 10:
            is_running.set()

    server = KVServer(KVAccount(), log=log)
    command = [sys.executable, "-m", "pytest_kv", "verify", "--base-url", server.base_url]
    with subprocess.Popen(
        command,
        env=os.environ | server.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert is_running.wait(60)
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        err = process.stderr.read()
    server.stop()

    assert (process.returncode, err) == (
        2,
        "python -m pytest_kv verify: interrupted; nothing is left behind\n",
    )
    assert [namespace.title for namespace in server.account.namespaces.values()] == ["KV"]


def test_a_process_that_only_has_to_exit_ignores_signals() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    earlier = {number: signal.getsignal(number) for number in numbers}
    try:
        with Signals(is_last=True):
            pass
        assert [signal.getsignal(number) for number in numbers] == [signal.SIG_IGN] * 3
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def test_while_namespaces_are_removed_no_signal_ends_the_process() -> None:
    with Signals() as signals:
        signals.are_heard = False
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)

    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_process_that_ignores_sighup_goes_on_to_do_so() -> None:
    earlier = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Signals():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, earlier)


# Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_one_line_of_progress() -> None:
    terminal = Terminal()
    progress = Progress(terminal, 4)
    progress.show(1, 0)
    progress.show(4, 2)
    progress.clear()

    assert terminal.getvalue() == (
        f"\r[{'#' * 7}{'.' * 23}] 1/4 facts, 0 differ\r[{'#' * 30}] 4/4 facts, 2 differ\r\x1b[K"
    )


def test_what_is_no_terminal_shows_none(capsys: pytest.CaptureFixture[str]) -> None:
    Progress(sys.stderr, 4).show(1, 0)

    assert capsys.readouterr().err == ""


# The command


def test_pytest_kv_is_a_command() -> None:
    (script,) = entry_points(group="console_scripts", name="pytest-kv")

    assert script.value == "pytest_kv.__main__:main"


def test_another_code_is_named_by_the_command(
    server: KVServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(errors.CODES, Rule.BULK_GET_EMPTY, 10012)
    facts = tuple(fact for fact in FACTS if fact.id.startswith("bulk-get"))

    assert run(server, facts=facts) == 1

    assert re.findall("(?m)^differs +(\\S+)", capsys.readouterr().out) == ["bulk-get-no-keys"]
