"""Namespaces: creation, titles, the list of them, and their end."""

from __future__ import annotations

__all__ = ("FACTS",)

from pytest_kv._verify.facts import (
    ID,
    NUMBER,
    Answer,
    Bytes,
    Fact,
    Maybe,
    Step,
    ask,
    form,
    ok,
    refused,
    value,
)

_TAKEN = refused(400, 10014, "a namespace with this account ID and title already exists")
_NO_TITLE = refused(400, 10019, "title must not be empty")
_TOO_LONG = refused(400, 10012, "title must have at most 512 characters")


def _namespace(title: str, id: object) -> Answer:
    # Only one fact is about the mode, since an older API may not show it.
    shown = {"id": id, "title": title, "supports_url_encoding": True, "mode": Maybe("classic")}
    return ok(shown)


def _created(**members: str) -> Step:
    """The creation of one more namespace, whose id is `$other` from then on."""
    asked = ask("POST", "", json={"title": "$title $key", **members})
    return asked.saving(other=("result", "id"))


def _empty_page(query: str) -> Step:
    """A page of the list of namespaces that is far behind the last one."""
    return ask("GET", f"?page=100000&{query}")


def _bad_parameter(id: str, row: str, query: str, code: int) -> Fact:
    name, _, given = query.partition("=")
    return Fact(
        id,
        row,
        f"A list of namespaces with {query} is refused.",
        ask("GET", f"?{query}").gives(refused(400, code, f"invalid {name}: '{given}'")),
        inferred=True,
    )


def _not_found(id: str, step: Step, verb: str) -> Fact:
    return Fact(
        id,
        "NAMESPACE_NOT_FOUND",
        f"{step.method} {step.path.removeprefix('/')} of a namespace that is not there is refused.",
        step.gives(refused(404, 10013, f"{verb}: 'namespace not found'")),
    )


FACTS = (
    Fact(
        "namespace-created",
        "create_namespace",
        "A new namespace has an id of 32 hex digits.",
        _created().gives(_namespace("$title $key", ID)),
        ask("GET", "/$other").gives(_namespace("$title $key", "$other")),
    ),
    Fact(
        "namespace-read",
        "get_namespace",
        "A namespace can be asked for.",
        ask("GET", "/$ns").gives(_namespace("$title", "$ns")),
    ),
    Fact(
        "namespace-renamed",
        "rename_namespace",
        "A namespace that is renamed keeps its id and its keys.",
        _created(),
        ask("PUT", "/$other/values/a", body=b"v"),
        ask("PUT", "/$other", json={"title": "$title $key 2"}).gives(
            _namespace("$title $key 2", "$other")
        ),
        ask("GET", "/$other/values/a").gives(value(b"v")),
    ),
    Fact(
        "namespace-removed",
        "remove_namespace",
        "A namespace that is removed is gone, and its title is free.",
        _created(),
        ask("DELETE", "/$other").gives(ok({})),
        _created().gives(_namespace("$title $key", ID)),
    ),
    Fact(
        "namespace-removed-by-a-slash",
        "rest-collapsed-key",
        "A delete of a namespace's path with a slash at its end removes the namespace.",
        _created(),
        ask("DELETE", "/$other/").gives(ok({})),
        inferred=True,
    ),
    Fact(
        "namespace-title-taken",
        "TITLE_TAKEN",
        "A title that is in use is refused.",
        ask("POST", "", json={"title": "$title"}).gives(_TAKEN),
    ),
    Fact(
        "namespace-renamed-to-a-title-taken",
        "TITLE_TAKEN",
        "A namespace cannot be renamed to a title that is in use.",
        _created(),
        ask("PUT", "/$other", json={"title": "$title"}).gives(_TAKEN),
    ),
    Fact(
        "namespace-renamed-to-its-own-title",
        "namespace-own-title",
        "A namespace can be renamed to its own title.",
        ask("PUT", "/$ns", json={"title": "$title"}).gives(_namespace("$title", "$ns")),
        inferred=True,
    ),
    Fact(
        "namespace-empty-title",
        "TITLE_EMPTY",
        "An empty title is refused.",
        ask("POST", "", json={"title": ""}).gives(_NO_TITLE),
        inferred=True,
    ),
    Fact(
        "namespace-no-title",
        "TITLE_EMPTY",
        "A namespace without a title is refused.",
        ask("POST", "", json={}).gives(_NO_TITLE),
        inferred=True,
    ),
    Fact(
        "namespace-title-of-512-characters",
        "Limits.title_characters",
        "A title of 512 characters is accepted.",
        _created(),
        ask("PUT", "/$other", json={"title": f"$title {'t' * 478}"}).gives(
            _namespace(f"$title {'t' * 478}", "$other")
        ),
    ),
    Fact(
        "namespace-title-of-513-characters",
        "TITLE_TOO_LONG",
        "A title of 513 characters is refused.",
        ask("POST", "", json={"title": "t" * 513}).gives(_TOO_LONG),
        inferred=True,
    ),
    Fact(
        "namespace-body-not-json",
        "BAD_BODY",
        "A creation that is not JSON is refused.",
        ask("POST", "", body=b"title=a").gives(
            refused(400, 10012, "could not parse the request body: it is not JSON in UTF-8")
        ),
        inferred=True,
    ),
    Fact(
        "namespace-unknown-jurisdiction",
        "rest-jurisdiction",
        "A jurisdiction that does not exist is refused.",
        ask("POST", "", json={"title": "$title $key", "jurisdiction": "moon"}).gives(
            refused(400, 10012, "invalid jurisdiction: 'moon'")
        ),
        inferred=True,
    ),
    Fact(
        "namespace-mode",
        "namespace-mode",
        "A namespace shows its mode.",
        ask("GET", "/$ns").gives(
            ok(
                {
                    "id": "$ns",
                    "title": "$title",
                    "supports_url_encoding": True,
                    "mode": "classic",
                }
            )
        ),
    ),
    Fact(
        "namespace-other-mode",
        "BAD_PARAMETER",
        "A mode that does not exist is refused.",
        ask("POST", "", json={"title": "$title $key", "mode": "moon"}).gives(
            refused(400, 10012, "invalid mode: 'moon'")
        ),
        inferred=True,
    ),
    Fact(
        "namespace-mode-and-jurisdiction",
        "namespace-mode-refused",
        "A mode beside a jurisdiction is refused.",
        ask(
            "POST", "", json={"title": "$title $key", "mode": "instant", "jurisdiction": "eu"}
        ).gives(
            refused(
                400,
                10012,
                "could not parse the request body: mode and jurisdiction exclude each other",
            )
        ),
        inferred=True,
    ),
    Fact(
        "instant-metadata",
        "INSTANT_METADATA",
        "A KV Instant namespace takes no metadata.",
        _created(mode="instant"),
        form("/$other/values/a", ("value", "v"), ("metadata", "1")).gives(
            refused(400, 10012, "put: 'a KV Instant namespace takes no metadata'")
        ),
        inferred=True,
    ),
    Fact(
        "instant-key-of-301-bytes",
        "KEY_TOO_LONG",
        "A KV Instant namespace takes no key of 301 bytes.",
        _created(mode="instant"),
        ask("PUT", f"/$other/values/{'k' * 301}", body=b"v").gives(
            refused(
                414, 10030, "put: 'UTF-8 encoded length of 301 exceeds key length limit of 300.'"
            )
        ),
    ),
    Fact(
        "instant-key-of-300-bytes",
        "Limits.instant_key_bytes",
        "A KV Instant namespace takes a key of 300 bytes.",
        _created(mode="instant"),
        ask("PUT", f"/$other/values/{'k' * 300}", body=b"v").gives(ok({})),
    ),
    Fact(
        "instant-value-of-1-mb",
        "Limits.instant_value_bytes",
        "A KV Instant namespace takes a value of 1 MB.",
        _created(mode="instant"),
        ask("PUT", "/$other/values/a", body=Bytes(1_000_000)).gives(ok({})),
    ),
    Fact(
        "namespaces-page",
        "list_namespaces",
        "A list of namespaces has 20 a page, and tells how many there are.",
        _empty_page("").gives(
            ok([], {"count": 0, "page": 100_000, "per_page": 20, "total_count": NUMBER})
        ),
    ),
    Fact(
        "namespaces-per-page",
        "Limits.namespaces_per_page",
        "A list of namespaces may have 1,000 a page.",
        _empty_page("per_page=1000").gives(
            ok([], {"count": 0, "page": 100_000, "per_page": 1_000, "total_count": NUMBER})
        ),
    ),
    Fact(
        "namespaces-empty-order",
        "rest-empty-order",
        "An empty order or direction is as if it were not there.",
        _empty_page("order=&direction=").gives(
            ok([], {"count": 0, "page": 100_000, "per_page": 20, "total_count": NUMBER})
        ),
        inferred=True,
    ),
    _bad_parameter("namespaces-per-page-1001", "BAD_PER_PAGE", "per_page=1001", 10008),
    _bad_parameter("namespaces-page-0", "BAD_PAGE", "page=0", 10007),
    _bad_parameter("namespaces-other-order", "BAD_ORDER", "order=size", 10043),
    _bad_parameter("namespaces-other-direction", "BAD_DIRECTION", "direction=up", 10044),
    _not_found("missing-namespace", ask("GET", "/$missing"), "get namespace"),
    _not_found("missing-namespace-list", ask("GET", "/$missing/keys"), "list keys"),
    _not_found("missing-namespace-get", ask("GET", "/$missing/values/a"), "get"),
    _not_found("missing-namespace-put", ask("PUT", "/$missing/values/a", body=b"v"), "put"),
    _not_found("missing-namespace-delete", ask("DELETE", "/$missing/values/a"), "remove key"),
    _not_found(
        "missing-namespace-bulk-get",
        ask("POST", "/$missing/bulk/get", json={"keys": ["a"]}),
        "bulk get keys",
    ),
)
