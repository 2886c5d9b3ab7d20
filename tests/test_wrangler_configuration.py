"""What is read of a Wrangler configuration, and what is said of one that makes no sense."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_kv._wrangler import FILES, Configuration, read_configuration

TOML = """
name = "worker"
account_id = "0123456789abcdef0123456789abcdef"
kv_namespaces = [
    { binding = "SESSIONS", id = "06779da6940b431db6e566b4846d64db" },
    { binding = "CACHE", preview_id = "e29b263ab50e42ce9b637fa8370175e8" },
    { binding = "NEW" },
]
ai = { binding = "AI" }
images.binding = "IMAGES"
assets = { directory = "public", binding = "ASSETS" }
secrets.required = ["API_KEY"]

[vars]
DEBUG = "1"
RETRIES = 3
SERVICE = { url = "https://example.com", tags = ["a", "b"] }

[define]
binding = "NO_BINDING"

[alias]
binding = "NO_BINDING"

[[d1_databases]]
binding = "DB"
database_name = "main"

[[durable_objects.bindings]]
name = "ROOM"
class_name = "Room"

[[queues.producers]]
binding = "JOBS"
queue = "jobs"

[[queues.consumers]]
queue = "jobs"

[[ratelimits]]
name = "LIMITER"

[[tail_consumers]]
service = "logs"

[[product_of_next_year]]
binding = "NEXT"

[env.staging]
account_id = "fedcba9876543210fedcba9876543210"
kv_namespaces = [{ binding = "SESSIONS", id = "a825455ce00f4f7282403da85269f8ea" }]

[env.production.assets]
directory = "public"
"""

WHOLE = Configuration(
    file="wrangler.toml",
    environment=None,
    account_id="0123456789abcdef0123456789abcdef",
    namespaces={
        "SESSIONS": "06779da6940b431db6e566b4846d64db",
        "CACHE": "e29b263ab50e42ce9b637fa8370175e8",
        "NEW": "",
    },
    variables={
        "DEBUG": "1",
        "RETRIES": 3,
        "SERVICE": {"url": "https://example.com", "tags": ["a", "b"]},
    },
    others={
        "AI": "Workers AI (ai)",
        "IMAGES": "Images (images)",
        "ASSETS": "static assets (assets)",
        "DB": "D1 (d1_databases)",
        "ROOM": "Durable Objects (durable_objects)",
        "JOBS": "Queues (queues)",
        "LIMITER": "rate limits (ratelimits)",
        "NEXT": "product_of_next_year",
    },
    secrets=("API_KEY",),
    top_level_only={},
)

COMMENTED = """
{
    // The name that "wrangler deploy" uses.
    "name": "worker", /* "kv_namespaces": [] */
    "kv_namespaces": [
        { "binding": "KV", "id": "https://not-a-comment", },
    ],
}
"""

WRONG = {
    '{"kv_namespaces": {"binding": "KV"}}': (
        "kv_namespaces of wrangler.json is a list of tables, in TOML [[kv_namespaces]], "
        "not {'binding': 'KV'}"
    ),
    '{"kv_namespaces": ["KV"]}': (
        "kv_namespaces of wrangler.json is a list of tables, each with a name as its binding, "
        "not 'KV'"
    ),
    '{"kv_namespaces": [{"id": "1"}]}': (
        "kv_namespaces of wrangler.json is a list of tables, each with a name as its binding, "
        "not {'id': '1'}"
    ),
    '{"kv_namespaces": [{"binding": ""}]}': (
        "kv_namespaces of wrangler.json is a list of tables, each with a name as its binding, "
        "not {'binding': ''}"
    ),
    '{"durable_objects": {"bindings": [{"class_name": "Room"}]}}': (
        "durable_objects of wrangler.json is a list of tables, each with a name as its name, "
        "not {'class_name': 'Room'}"
    ),
    '{"kv_namespaces": [{"binding": "MY-KV"}]}': (
        "kv_namespaces of wrangler.json has the binding 'MY-KV', which is no JavaScript "
        "identifier; write one such as 'MY_KV'"
    ),
    '{"r2_buckets": [{"binding": "1st"}]}': (
        "r2_buckets of wrangler.json has the binding '1st', which is no JavaScript identifier; "
        "write one such as '_1st'"
    ),
    '{"kv_namespaces": [{"binding": "KV"}, {"binding": "KV"}]}': (
        "wrangler.json has two bindings 'KV', in kv_namespaces; give one of them another name"
    ),
    '{"kv_namespaces": [{"binding": "A"}], "vars": {"A": "1"}}': (
        "wrangler.json has two bindings 'A', in vars and kv_namespaces; "
        "give one of them another name"
    ),
    "[]": "wrangler.json is a table of names and values, not []",
    '{"vars": ["A"]}': "vars of wrangler.json is a table of names and values, not ['A']",
    '{"secrets": ["A"]}': "secrets of wrangler.json is a table of names and values, not ['A']",
    '{"secrets": {"required": "A"}}': (
        "secrets.required of wrangler.json is a list of names, not 'A'"
    ),
    '{"kv_namespaces": [}': 'wrangler.json is no JSON: line 1 Unexpected "}" at column 20',
    "": "wrangler.json is no JSON: Empty strings are not legal JSON5",
}
"""Texts of a wrangler.json, and what is wrong with each."""


def read(folder: Path, environment: str | None = None, **files: str) -> Configuration:
    """The configuration in a folder with these files, their names without "wrangler."."""
    for suffix, text in files.items():
        (folder / f"wrangler.{suffix}").write_text(text, encoding="utf-8")
    return read_configuration(folder, environment, folder)


def refusal_of(path: Path, environment: str | None = None) -> str:
    """What is said of a configuration that makes no sense, with its folder as the root."""
    with pytest.raises(ValueError, match=r".") as refused:
        read_configuration(path, environment, path if path.is_dir() else path.parent)
    return str(refused.value)


def test_all_that_a_worker_gets_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, toml=TOML) == WHOLE


@pytest.mark.fidelity("wrangler-environments")
def test_an_environment_inherits_its_assets_and_its_account_and_nothing_else(
    tmp_path: Path,
) -> None:
    staging = read(tmp_path, "staging", toml=TOML)

    assert staging == Configuration(
        file="wrangler.toml",
        environment="staging",
        account_id="fedcba9876543210fedcba9876543210",
        namespaces={"SESSIONS": "a825455ce00f4f7282403da85269f8ea"},
        variables={},
        others={"ASSETS": "static assets (assets)"},
        secrets=(),
        top_level_only={
            "DEBUG": "vars",
            "RETRIES": "vars",
            "SERVICE": "vars",
            "CACHE": "kv_namespaces",
            "NEW": "kv_namespaces",
            "AI": "ai",
            "IMAGES": "images",
            "DB": "d1_databases",
            "ROOM": "durable_objects",
            "JOBS": "queues",
            "LIMITER": "ratelimits",
            "NEXT": "product_of_next_year",
        },
    )


@pytest.mark.fidelity("wrangler-environments")
def test_what_an_environment_says_of_its_assets_replaces_the_top_level(tmp_path: Path) -> None:
    production = read(tmp_path, "production", toml=TOML)

    assert (production.account_id, production.others) == (WHOLE.account_id, {})


def test_json_may_have_comments_and_trailing_commas(tmp_path: Path) -> None:
    assert read(tmp_path, jsonc=COMMENTED).namespaces == {"KV": "https://not-a-comment"}


def test_a_json_file_may_have_comments_too(tmp_path: Path) -> None:
    assert read(tmp_path, json=COMMENTED).namespaces == {"KV": "https://not-a-comment"}


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    assert read(tmp_path, json='\ufeff{"vars": {"A": "1"}}').variables == {"A": "1"}


def test_plain_json_needs_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "json5", None)

    assert read(tmp_path, jsonc='{"vars": {"A": "1"}}').variables == {"A": "1"}


def test_without_the_library_a_comment_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "json5", None)
    path = tmp_path / "wrangler.jsonc"
    path.write_text(COMMENTED, encoding="utf-8")

    assert refusal_of(path) == (
        "wrangler.jsonc is no plain JSON (Expecting property name enclosed in double quotes: "
        "line 3 column 5 (char 7)); for comments and trailing commas install what reads them: "
        "pip install 'pytest-kv[wrangler]'"
    )


def test_of_several_files_in_a_folder_wrangler_takes_the_first(tmp_path: Path) -> None:
    files = {name.partition(".")[2]: json.dumps({"vars": {"IN": name}}) for name in FILES}
    files["toml"] = "vars.IN = 'wrangler.toml'"
    taken = []
    for suffix, text in reversed(files.items()):
        taken.append(read(tmp_path, **{suffix: text}).variables["IN"])

    assert taken == ["wrangler.toml", "wrangler.jsonc", "wrangler.json"]


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    assert read(tmp_path, toml="vars.A = '1'").variables == {"A": "1"}
    assert read(tmp_path, toml="vars.A = 'two'").variables == {"A": "two"}


@pytest.mark.parametrize(("text", "told"), WRONG.items())
def test_what_makes_no_sense_is_one_sentence(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "wrangler.json"
    path.write_text(text, encoding="utf-8")

    assert refusal_of(path) == told


def test_a_mistake_in_an_environment_names_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "wrangler.toml"
    path.write_text('[[env.dev.kv_namespaces]]\nid = "1"', encoding="utf-8")

    assert refusal_of(path, "dev") == (
        "kv_namespaces of env.dev in wrangler.toml is a list of tables, each with a name as its "
        "binding, not {'id': '1'}"
    )


@pytest.mark.fidelity("wrangler-environments")
@pytest.mark.parametrize("value", ["2025-12-19", "12:30:00", "[{ on = 2025-12-19 }]"])
def test_a_date_as_a_variable_is_told_to_be_a_text(value: str, tmp_path: Path) -> None:
    path = tmp_path / "wrangler.toml"
    path.write_text(f"[vars]\nSINCE = {value}", encoding="utf-8")

    assert refusal_of(path) == (
        "the variable 'SINCE' of wrangler.toml is a date or a time; write it as a text, in quotes"
    )


def test_toml_that_does_not_parse_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "wrangler.toml"
    path.write_text("[vars]\nA = yes", encoding="utf-8")

    assert refusal_of(path) == "wrangler.toml is no TOML: Invalid value (at line 2, column 5)"


def test_a_file_in_another_encoding_is_told_to_be_saved_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "wrangler.toml"
    path.write_text("vars.A = 'é'", encoding="latin-1")

    assert refusal_of(path) == "wrangler.toml is not UTF-8; save it as UTF-8"


def test_an_unknown_environment_is_told_which_there_are(tmp_path: Path) -> None:
    path = tmp_path / "wrangler.toml"
    path.write_text(TOML, encoding="utf-8")

    assert refusal_of(path, "prod") == (
        "wrangler.toml has no environment 'prod'; there are production, staging"
    )


def test_an_environment_of_a_file_without_any_is_told_to_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "wrangler.toml"
    path.write_text("vars.A = '1'", encoding="utf-8")

    assert refusal_of(path, "prod") == (
        "wrangler.toml has no environment 'prod'; there is none, so leave out wrangler_env"
    )


@pytest.mark.parametrize("environments", ['"dev"', '{"dev": []}'])
def test_an_environment_is_a_table(environments: str, tmp_path: Path) -> None:
    path = tmp_path / "wrangler.json"
    path.write_text(f'{{"env": {environments}}}', encoding="utf-8")

    assert refusal_of(path, "dev") in {
        "env of wrangler.json is a table of names and values, not 'dev'",
        "env.dev of wrangler.json is a table of names and values, not []",
    }


def test_a_file_that_is_not_there_is_told_where_paths_start(tmp_path: Path) -> None:
    assert refusal_of(tmp_path / "wrangler.toml") == (
        f"there is no file 'wrangler.toml' in {tmp_path}; wrangler is the path of the file or of "
        "its folder, from pytest's rootdir"
    )


def test_a_folder_without_a_configuration_is_told_what_was_looked_for(tmp_path: Path) -> None:
    assert refusal_of(tmp_path) == (
        f"there is no wrangler.json, no wrangler.jsonc, no wrangler.toml in {tmp_path}; wrangler "
        "is the path of the file or of its folder, from pytest's rootdir"
    )


@pytest.mark.parametrize("name", ["wrangler.yaml", "worker"])
def test_a_file_of_another_kind_is_told_which_kinds_there_are(name: str, tmp_path: Path) -> None:
    assert refusal_of(tmp_path / name) == (
        f"wrangler is the path of a .toml, .json or .jsonc file or of its folder, not {name!r}"
    )


def test_a_file_outside_of_the_root_is_shown_whole(tmp_path: Path) -> None:
    path = tmp_path / "wrangler.toml"
    path.write_text("", encoding="utf-8")

    found = read_configuration(path, None, tmp_path / "tests")

    assert found.file == str(path)


def test_a_configuration_without_bindings_binds_nothing(tmp_path: Path) -> None:
    nothing: dict[str, Any] = {}

    found = read(tmp_path, json='{"name": "worker", "queues": {"consumers": [{"queue": "q"}]}}')

    assert (found.namespaces, found.variables, found.others) == (nothing, nothing, nothing)
    assert (found.secrets, found.account_id) == ((), None)
