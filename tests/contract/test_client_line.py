"""A failure shows the innermost line of the client that raised."""

from __future__ import annotations

import json
import linecache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pytest_kv.contract._client_line import client_line


class Client:
    """A client that raises in a function that it calls."""

    def get(self, text: str) -> Any:
        return self.parsed(text)

    def parsed(self, text: str) -> Any:
        return json.loads(text)


def error_of(client: Any) -> BaseException:
    with pytest.raises(ValueError, match="Expecting value") as caught:
        client.get("no JSON")
    # As in a run, the traceback begins below the caller of the client.
    trace = caught.value.__traceback__
    return caught.value.with_traceback(trace and trace.tb_next)


def test_the_innermost_line_of_the_client_is_shown() -> None:
    path = Path(__file__)
    line = path.read_text(encoding="utf-8").splitlines().index("        return json.loads(text)")

    assert client_line(error_of(Client()), Client()) == (
        f"raised at tests/contract/test_client_line.py:{line + 1}, in parsed: "
        "return json.loads(text)"
    )


def made_at(path: str, name: str) -> Any:
    """A client whose module lies at a path."""
    module = ModuleType(name)
    code = "import json\nclass Client:\n    def get(self, text):\n        return json.loads(text)\n"
    exec(compile(code, path, "exec"), vars(module))  # a module that is nowhere on the disk
    linecache.cache[path] = (len(code), None, code.splitlines(keepends=True), path)
    return module.Client()


def test_an_installed_client_is_known_by_its_package() -> None:
    client = made_at("/venv/lib/site-packages/kvlib/client.py", "kvlib.client")

    assert client_line(error_of(client), client) == (
        "raised at client.py:4, in get: return json.loads(text)"
    )


def test_another_library_is_not_the_client() -> None:
    library = made_at("/venv/lib/site-packages/other/client.py", "other.client")

    assert client_line(error_of(library), made_at("/home/me/app.py", "app")) == ""


def test_a_line_without_its_source_is_shown_without_it() -> None:
    client = made_at("/home/me/gone.py", "gone")
    error = error_of(client)
    del linecache.cache["/home/me/gone.py"]

    assert client_line(error, client) == "raised at gone.py:4, in get"


def test_an_error_without_a_traceback_has_no_line() -> None:
    assert client_line(ValueError("made, not raised"), Client()) == ""


def test_a_path_on_another_drive_is_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_way(_path: str) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    error = error_of(client := made_at("D:/app.py", "app"))
    monkeypatch.setattr("os.path.relpath", no_way)

    assert client_line(error, client) == "raised at D:/app.py:4, in get: return json.loads(text)"
