"""Against a server with one behaviour changed, ``pytest-kv verify`` names the facts about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pytest_kv import Limits, serve
from pytest_kv._account import KVAccount
from pytest_kv._core.rules import Refused, Rule, Rules
from pytest_kv._core.strict_json import compact_json
from pytest_kv._rest import api, bodies, errors, routes
from pytest_kv._rest.call import RestCall
from pytest_kv._rest.credentials import check_credentials
from pytest_kv._rest.envelope import NOTHING, success
from pytest_kv._rest.handlers import HANDLERS, bulk, pairs
from pytest_kv._rest.http import Request, Response
from pytest_kv._rest.query import Query
from pytest_kv._rest.routes import OPERATIONS, Route
from pytest_kv._verify.run import Verdict
from tests.helpers.verifying import outcomes_of

pytestmark = pytest.mark.filterwarnings("ignore:DELETE .* removes the whole namespace")

Change = Callable[[pytest.MonkeyPatch], object]


def answered(operation: str, change: Callable[[RestCall, Any], object]) -> Change:
    """A change of the JSON that an operation answers; ``change`` gets it and changes it."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        handler = HANDLERS[operation]

        def changed(call: RestCall) -> Response:
            answer = handler(call)
            envelope = json.loads(answer.body)
            change(call, envelope)
            return answer._replace(body=json.dumps(envelope).encode())

        patch.setitem(HANDLERS, operation, changed)

    return apply


def asked(operation: str, change: Callable[[RestCall], object]) -> Change:
    """A change of what an operation does first; an answer of ``change`` is the answer."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        handler = HANDLERS[operation]
        patch.setitem(HANDLERS, operation, lambda call: change(call) or handler(call))

    return apply


def code_of(rule: Rule, code: int) -> Change:
    return lambda patch: patch.setitem(errors.CODES, rule, code)


def verb_of(operation: str, verb: str) -> Change:
    return lambda patch: patch.setitem(errors._VERBS, operation, verb)


def words_of(rule: Rule, words: str) -> Change:
    return lambda patch: patch.setattr(rule, "template", words)


def status_of(rule: Rule, status: int) -> Change:
    return lambda patch: patch.setattr(rule, "status", status)


def refuse_a_missing_key(call: RestCall) -> None:
    if call.namespace.get(call.key)[0] is None:
        raise Refused(Rule.KEY_NOT_FOUND)


def sort_without_case(call: RestCall, envelope: Any) -> None:
    envelope["result"].sort(key=lambda listed: listed["name"].lower())


def give_a_cursor_to_full_pages(call: RestCall, envelope: Any) -> None:
    if call.query.text("limit") == "10" and len(envelope["result"]) == 10:
        envelope["result_info"]["cursor"] = envelope["result_info"]["cursor"] or "Zg"


def refuse_an_empty_cursor(call: RestCall) -> None:
    if call.query.given("cursor") == "":
        raise Refused(Rule.LIST_LIMIT_TOO_LOW, value="", limit=10)


def leave_out_expirations(call: RestCall, envelope: Any) -> None:
    for listed in envelope["result"]:
        listed.pop("expiration", None)


def keep_null(patch: pytest.MonkeyPatch) -> None:
    read = pairs.to_metadata_json
    patch.setattr(pairs, "to_metadata_json", lambda text: read(text) or "null")


def lose_zero(patch: pytest.MonkeyPatch) -> None:
    read = pairs.to_metadata_json
    patch.setattr(pairs, "to_metadata_json", lambda text: None if text == b"0" else read(text))


def keep_white_space(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        pairs, "compact_json", lambda v: "[" + " " * 1100 + "1]" if v == [1] else compact_json(v)
    )


def let_the_expiration_win(patch: pytest.MonkeyPatch) -> None:
    original = Rules.expiration

    def changed(
        self: Rules, now: int, *, expiration: int | None, expiration_ttl: int | None
    ) -> int | None:
        ttl = expiration_ttl if expiration is None else None
        return original(self, now, expiration=expiration, expiration_ttl=ttl)

    patch.setattr(Rules, "expiration", changed)


def read_forms_of(content_type: str) -> Change:
    """Read a body of this type as a form, as if its value were `v`."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        original = bodies.read_form

        def changed(request: Request) -> bodies.Form | None:
            is_of_type = request.headers.get("content-type") == content_type
            return bodies.Form(b"v", None) if is_of_type else original(request)

        patch.setattr(pairs, "read_form", changed)

    return apply


def want_metadata(patch: pytest.MonkeyPatch) -> None:
    original = bodies.read_form

    def changed(request: Request) -> bodies.Form | None:
        form = original(request)
        if form is not None and form.metadata is None:
            raise errors.RestError.of(errors.Problem.NO_VALUE_PART)
        return form

    patch.setattr(pairs, "read_form", changed)


def keep_the_old_metadata(call: RestCall) -> Response | None:
    entry, _ = call.namespace.get(call.key)
    if entry is None or entry.metadata_json is None:
        return None
    write = pairs.read_write(call)._replace(metadata_json=entry.metadata_json)
    call.namespace.put(write)
    return NOTHING


def refuse_an_empty_array(call: RestCall) -> None:
    if call.request.body == b"[]":
        raise Refused(Rule.BULK_GET_EMPTY)


def store_what_comes_before(call: RestCall) -> None:
    for item in json.loads(call.request.body) if b'".."' in call.request.body else []:
        call.namespace.put(bulk.to_write(item))


def lose_indexes(call: RestCall, envelope: Any) -> None:
    envelope["result"]["values"].pop("42", None)


def keep_byte_order_marks(call: RestCall, envelope: Any) -> None:
    values = envelope["result"]["values"]
    values |= {key: "\ufefftext" for key, value in values.items() if value == "text"}


def leave_out_mode(call: RestCall, envelope: Any) -> None:
    del envelope["result"]["mode"]


def count_every_name(call: RestCall, envelope: Any) -> None:
    envelope["result"]["successful_key_count"] = len(call.keys)


def leave_out_missing_keys(call: RestCall, envelope: Any) -> None:
    values = envelope["result"]["values"]
    envelope["result"]["values"] = {key: one for key, one in values.items() if one is not None}


def remove_the_older_route(patch: pytest.MonkeyPatch) -> None:
    # Not delitem, which would put the route back at the end: others ask for the order.
    older = ("DELETE", "/{ns}/bulk")
    others = {known: name for known, name in OPERATIONS.items() if known != older}
    patch.setattr(routes, "OPERATIONS", others)


def decode_keys(change: Callable[[str], str]) -> Change:
    """A change of the key that a path is read as."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        original: Any = vars(Route)["key"].fget

        def key(route: Route) -> str | None:
            read = original(route)
            return None if read is None else change(read)

        patch.setattr(Route, "key", property(key))

    return apply


def count_the_last_parameter(patch: pytest.MonkeyPatch) -> None:
    original = Query.text

    def text(self: Query, name: str, default: str = "") -> str:
        given = original(self, name, default)
        return given[:-1] + "b" if given == "query-repeated-parameter./a" else given

    patch.setattr(Query, "text", text)


def refuse_the_own_title(call: RestCall) -> None:
    if json.loads(call.request.body).get("title") == call.namespace.title:
        raise Refused(Rule.TITLE_TAKEN)


def ignore_base64(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(bulk, "_decoded", lambda key, value: value.encode())


def open_every_account(patch: pytest.MonkeyPatch) -> None:
    def changed(account: Any, account_id: str, headers: Any) -> None:
        check_credentials(account, account.id, headers)

    patch.setattr(api, "check_credentials", changed)


def refuse_unknown_members(call: RestCall) -> None:
    if b'"banana"' in call.request.body:
        raise bodies.malformed("banana is not known")


def answer_with_null(call: RestCall) -> Response:
    call.account.remove_namespace(call.namespace.id)
    return success(None)


CHANGES: dict[str, tuple[Change, set[str]]] = {
    "to delete a missing key is refused": (
        asked("delete", refuse_a_missing_key),
        {"delete-missing-key"},
    ),
    "names are sorted without case": (answered("list", sort_without_case), {"list-order"}),
    "a full last page has a cursor": (
        answered("list", give_a_cursor_to_full_pages),
        {"list-full-last-page"},
    ),
    "an empty cursor is refused": (asked("list", refuse_an_empty_cursor), {"list-empty-cursor"}),
    "metadata null is kept": (keep_null, {"metadata-null"}),
    "metadata 0 is lost": (lose_zero, {"metadata-zero"}),
    "metadata is kept with white space": (keep_white_space, {"metadata-is-kept-compact"}),
    "the expiration wins": (let_the_expiration_win, {"expiration-ttl-wins"}),
    "JSON is read as a form": (
        read_forms_of("application/json"),
        {"value-of-type-json"},
    ),
    "an HTML form is read": (
        read_forms_of("application/x-www-form-urlencoded"),
        {"value-of-type-form"},
    ),
    "a form needs metadata": (want_metadata, {"form-value-only"}),
    "a write keeps the old metadata": (
        asked("put", keep_the_old_metadata),
        {"put-forgets-the-old-pair"},
    ),
    "an empty bulk write is refused": (
        asked("bulk_put", refuse_an_empty_array),
        {"bulk-put-nothing"},
    ),
    "an empty bulk delete is refused": (
        asked("bulk_delete", refuse_an_empty_array),
        {"bulk-delete-nothing"},
    ),
    "a bulk write stores what comes before a bad pair": (
        asked("bulk_put", store_what_comes_before),
        {"bulk-put-all-or-nothing"},
    ),
    "base64 is not decoded": (
        ignore_base64,
        {"bulk-put-base64", "bulk-put-base64-lines", "bulk-put-bad-base64"},
    ),
    "a namespace shows no mode": (answered("get_namespace", leave_out_mode), {"namespace-mode"}),
    "a repeated name is counted twice": (
        answered("bulk_delete", count_every_name),
        {"bulk-delete-repeated-name"},
    ),
    "an unknown member is refused": (
        asked("bulk_put", refuse_unknown_members),
        {"bulk-put-unknown-member"},
    ),
    "a bulk get loses indexes": (answered("bulk_get", lose_indexes), {"bulk-get-index-names"}),
    "a bulk get keeps a byte-order mark": (
        answered("bulk_get", keep_byte_order_marks),
        {"bulk-get-byte-order-mark"},
    ),
    "a bulk get leaves out missing keys": (
        answered("bulk_get", leave_out_missing_keys),
        {"bulk-get-missing-key", "bulk-get-100-keys", "bulk-get-with-metadata"},
    ),
    "the older bulk delete is gone": (remove_the_older_route, {"bulk-delete-older"}),
    "a list has no expirations": (
        answered("list", leave_out_expirations),
        {"list-expiration-and-metadata", "bulk-put-metadata-and-expiration"},
    ),
    "a key is decoded twice": (
        decode_keys(lambda key: key.replace("%41", "A")),
        {"key-decoded-once"},
    ),
    "a plus in a path is a space": (
        decode_keys(lambda key: key.replace("+", " ")),
        {"key-plus"},
    ),
    "keys are normalised": (
        decode_keys(lambda key: key.replace("e\u0301", "é")),
        {"key-unicode-form-counts"},
    ),
    "the last parameter counts": (count_the_last_parameter, {"query-repeated-parameter"}),
    "the own title is taken": (
        asked("rename_namespace", refuse_the_own_title),
        {"namespace-renamed-to-its-own-title"},
    ),
    "to remove a namespace gives null": (
        lambda patch: patch.setitem(HANDLERS, "remove_namespace", answer_with_null),
        {"namespace-removed", "namespace-removed-by-a-slash"},
    ),
    "a token opens every account": (open_every_account, {"credentials-of-another-account"}),
    "another code for no keys": (code_of(Rule.BULK_GET_EMPTY, 10012), {"bulk-get-no-keys"}),
    "another code for a short TTL": (
        code_of(Rule.TTL_TOO_SHORT, 10012),
        {"expiration-ttl-59", "bulk-put-short-ttl"},
    ),
    "another verb for a delete": (verb_of("delete", "delete"), {"missing-namespace-delete"}),
    "another verb for metadata": (
        verb_of("get_metadata", "get metadata"),
        {"get-metadata-missing-key"},
    ),
    "other words for a value that is too large": (
        words_of(Rule.VALUE_TOO_LARGE, "the value is too large"),
        {"value-too-large"},
    ),
    "another status for metadata that is too large": (
        status_of(Rule.METADATA_TOO_LARGE, 400),
        {"metadata-1025-bytes"},
    ),
}
"""What the server does otherwise, how, and the facts that a run must name, no more and no less."""


def test_many_changes_are_tried() -> None:
    assert len(CHANGES) >= 20
    assert sum(len(differing) == 1 for _, differing in CHANGES.values()) >= 20


@pytest.mark.parametrize(("change", "differing"), CHANGES.values(), ids=CHANGES)
def test_a_change_of_the_server_is_named(
    change: Change, differing: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch)
    with serve() as server:
        outcomes = outcomes_of(server)

    told = {one.fact.id: one.verdict for one in outcomes if one.verdict is not Verdict.HELD}
    assert told == dict.fromkeys(differing, Verdict.DIFFERS)


def test_another_limit_is_named() -> None:
    with serve(KVAccount(limits=Limits(bulk_get_keys=1_000))) as server:
        outcomes = outcomes_of(server)

    assert [one.fact.id for one in outcomes if one.verdict is not Verdict.HELD] == [
        "bulk-get-101-keys"
    ]


def test_a_difference_is_told_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    words_of(Rule.BULK_GET_EMPTY, "no keys")(monkeypatch)
    with serve() as server:
        [outcome] = [one for one in outcomes_of(server) if one.difference]
        assert outcome.difference is not None

    path = f"/client/v4/accounts/[account]/storage/kv/namespaces/{'0' * 32}/bulk/get"
    envelope = (
        '400 {{"success": false, "errors": [{{"code": 10029, "message": "bulk get keys: \'{}\'"}}],'
        ' "messages": [], "result": null}}'
    )
    asked_for = outcome.difference.request.split("/")
    asked_for[-3] = "0" * 32
    assert "/".join(asked_for) == f"POST {path}"
    assert outcome.difference.expected == envelope.format("You must request a minimum of 1 key")
    assert outcome.difference.came == envelope.format("no keys")
