"""The arguments and the result of ``list``."""

from __future__ import annotations

__all__ = ("ListOptions", "page_result")

from typing import NamedTuple

from pytest_kv._binding.arguments import Options, is_object
from pytest_kv._binding.errors import failed_to_execute
from pytest_kv._binding.javascript import replace_surrogates
from pytest_kv._binding.reading import read_metadata
from pytest_kv._binding.results import ListedKey, ListResult
from pytest_kv._core.cursor import decode_cursor, encode_cursor
from pytest_kv._core.entry import Entry
from pytest_kv._core.namespace import Page
from pytest_kv._core.rules import Rules

_OPTIONS = ("limit", "prefix", "cursor")


class ListOptions(NamedTuple):
    """The options of one ``list``."""

    prefix: str
    after: str | None
    limit: int

    @classmethod
    def read(cls, options: object, rules: Rules) -> ListOptions:
        """Read the options as workerd does; a limit of 0 or less means the default (O)."""
        if not is_object(options):
            raise failed_to_execute("list", 1, "ListOptions")
        chosen = Options("list", options, _OPTIONS)
        limit = chosen.integer("limit") or 0
        prefix = chosen.string("prefix") or ""
        cursor = chosen.string("cursor")
        if limit > 0:
            rules.check_list_limit(limit, at_least=1)
        else:
            limit = rules.limits.list_names
        return cls(replace_surrogates(prefix), decode_cursor(cursor) if cursor else None, limit)


def page_result(page: Page) -> ListResult:
    """A page as ``list`` returns it; the last page has no cursor (O)."""
    result = ListResult(
        keys=[_listed(name, entry) for name, entry in page.entries], list_complete=page.complete
    )
    if not page.complete:
        result["cursor"] = encode_cursor(page.last_name)
    result["cacheStatus"] = page.cache_status
    return result


def _listed(name: str, entry: Entry) -> ListedKey:
    listed = ListedKey(name=name)
    if entry.expiration is not None:
        listed["expiration"] = entry.expiration
    if entry.metadata_json is not None:
        listed["metadata"] = read_metadata(entry)
    return listed
