"""Pages of names."""

from __future__ import annotations

__all__ = ("FACTS",)

from pytest_kv._verify.facts import CURSOR, Answer, Fact, In, Step, ask, ok, refused

_TOO_LOW = "list keys: 'Invalid key_count_limit of {}. Please specify an integer of at least 10.'"


def _written(*names: str) -> Step:
    """A write of keys with these names."""
    return ask("PUT", "/$ns/bulk", json=[{"key": name, "value": ""} for name in names])


def _page(*names: str, cursor: object = "") -> Answer:
    """A page with these names."""
    return ok([{"name": name} for name in names], {"count": len(names), "cursor": cursor})


_TWELVE = [f"$key/{number:02}" for number in range(12)]
_IN_ORDER = ["$key/", "$key/B", "$key/a", "$key/é", "$key/\uff5a", "$key/😀"]

FACTS = (
    Fact(
        "list-nothing",
        "list",
        "A list without names is one empty page.",
        ask("GET", "/$ns/keys?prefix=$key").gives(_page()),
    ),
    Fact(
        "list-expiration-and-metadata",
        "list",
        "A name of a list comes with its expiration and its metadata.",
        ask(
            "PUT",
            "/$ns/bulk",
            json=[{"key": "$key", "value": "", "expiration": In(7200), "metadata": {"page": [1]}}],
        ),
        ask("GET", "/$ns/keys?prefix=$key").gives(
            ok(
                [{"name": "$key", "expiration": In(7200), "metadata": {"page": [1]}}],
                {"count": 1, "cursor": ""},
            )
        ),
    ),
    Fact(
        "list-order",
        "list",
        "Names are in the order of their UTF-8 bytes.",
        _written(*reversed(_IN_ORDER)),
        ask("GET", "/$ns/keys?prefix=$key").gives(_page(*_IN_ORDER)),
    ),
    Fact(
        "list-prefix-is-literal",
        "list",
        "A prefix is no pattern.",
        _written("$key/a", "$key/a*b", "$key/A*"),
        ask("GET", "/$ns/keys?prefix=$key/a*").gives(_page("$key/a*b")),
    ),
    Fact(
        "list-prefix-too-long",
        "KEY_TOO_LONG",
        "A prefix of 513 bytes is refused.",
        ask("GET", f"/$ns/keys?prefix={'k' * 513}").gives(
            refused(
                414,
                10030,
                "list keys: 'UTF-8 encoded length of 513 exceeds key length limit of 512.'",
            )
        ),
    ),
    Fact(
        "list-pages",
        "list",
        "The cursor of a page leads to the next one; the last one has an empty cursor.",
        _written(*_TWELVE),
        ask("GET", "/$ns/keys?prefix=$key&limit=10")
        .gives(_page(*_TWELVE[:10], cursor=CURSOR))
        .saving(cursor=("result_info", "cursor")),
        ask("GET", "/$ns/keys?prefix=$key&limit=10&cursor=$cursor").gives(_page(*_TWELVE[10:])),
    ),
    Fact(
        "list-full-last-page",
        "list",
        "A last page that is exactly full has an empty cursor.",
        _written(*_TWELVE[:10]),
        ask("GET", "/$ns/keys?prefix=$key&limit=10").gives(_page(*_TWELVE[:10])),
    ),
    Fact(
        "list-empty-cursor",
        "list",
        "An empty cursor is none.",
        _written("$key"),
        ask("GET", "/$ns/keys?prefix=$key&cursor=").gives(_page("$key")),
    ),
    Fact(
        "list-unknown-cursor",
        "rest-unknown-cursor",
        "A cursor that KV gave to nobody is read as base64 of a name.",
        _written("$key/a", "$key/b"),
        ask("GET", "/$ns/keys?prefix=$key&cursor=bGlzdC11bmtub3duLWN1cnNvci4vYQ").gives(
            _page("$key/b")
        ),
        inferred=True,
    ),
    Fact(
        "list-limit-1000",
        "Limits.list_names",
        "A limit of 1,000 is accepted.",
        ask("GET", "/$ns/keys?prefix=$key&limit=1000").gives(_page()),
    ),
    Fact(
        "list-limit-1001",
        "LIST_LIMIT_TOO_HIGH",
        "A limit of 1,001 is refused.",
        ask("GET", "/$ns/keys?limit=1001").gives(
            refused(
                400,
                10028,
                "list keys: 'Invalid key_count_limit of 1001. Please specify an integer less than "
                "1000.'",
            )
        ),
    ),
    Fact(
        "list-limit-10",
        "Limits.rest_list_names",
        "A limit of 10 is accepted.",
        ask("GET", "/$ns/keys?prefix=$key&limit=10").gives(_page()),
    ),
    Fact(
        "list-limit-9",
        "LIST_LIMIT_TOO_LOW",
        "A limit of 9 is refused.",
        ask("GET", "/$ns/keys?limit=9").gives(refused(400, 10028, _TOO_LOW.format(9))),
        inferred=True,
    ),
    Fact(
        "list-limit-no-number",
        "LIST_LIMIT_TOO_LOW",
        "A limit that is no number is refused.",
        ask("GET", "/$ns/keys?limit=many").gives(refused(400, 10028, _TOO_LOW.format("many"))),
        inferred=True,
    ),
    Fact(
        "query-unknown-parameter",
        "rest-unknown-parameter",
        "A parameter that is not known is ignored.",
        ask("GET", "/$ns/keys?prefix=$key&banana=1").gives(_page()),
        inferred=True,
    ),
    Fact(
        "query-repeated-parameter",
        "rest-repeated-parameter",
        "Of a parameter that is given twice the first one counts.",
        _written("$key/a", "$key/b"),
        ask("GET", "/$ns/keys?prefix=$key/a&prefix=$key/b").gives(_page("$key/a")),
        inferred=True,
    ),
    Fact(
        "query-plus",
        "rest-query-decoding",
        "A plus in a query is a space.",
        _written("$key a", "$key+a"),
        ask("GET", "/$ns/keys?prefix=$key+a").gives(_page("$key a")),
        inferred=True,
    ),
    Fact(
        "path-slash-at-the-end",
        "rest-slashes-at-the-end",
        "A slash at the end of a path without a key is ignored.",
        ask("GET", "/$ns/keys/?prefix=$key").gives(_page()),
        inferred=True,
    ),
)
