"""What is stored now, in the words of the client, and the printed lines that assert it."""

from __future__ import annotations

__all__ = ("Stored",)

from collections.abc import Iterable

from pytest_kv import Entry, KVNamespace
from pytest_kv.contract._habits import GZIP, GZIP_HEADER, Habits, to_bytes
from pytest_kv.contract._record import code_of
from pytest_kv.contract._seeds import given


class Stored:
    """The entries of a run's namespace.

    ``code`` is the expression for them in a printed test.
    """

    def __init__(self, namespace: KVNamespace, habits: Habits, code: str) -> None:
        self._namespace = namespace
        self._habits = habits
        self.code = code

    def entries(self) -> dict[str, Entry]:
        """Every entry, by the name under which it is stored."""
        return dict(self._namespace.data.items())

    def entry(self, key: str) -> Entry | None:
        """What is stored for a key now."""
        name = self._habits.name_or_none(key)
        return None if name is None else self._namespace.data.get(name)

    def values(self, keys: Iterable[str]) -> dict[str, bytes | None]:
        """The value that each key has now, as the client was given it; None for a missing key."""
        data, name = self.entries(), self._habits.name_or_none
        return {key: self._meaning(data.get(name(key) or "")) for key in keys}

    def value(self, key: str) -> bytes | None:
        """The value of one key; see :meth:`values`."""
        return self._meaning(self.entry(key))

    def known_keys(self) -> list[str]:
        """The keys that the client should know of now, sorted."""
        known = map(self._habits.key, self.entries())
        return sorted(key for key in known if key is not None)

    def _meaning(self, entry: Entry | None) -> bytes | None:
        return None if entry is None else self._habits.meaning(entry.value)

    def value_assertion(self, key: str, *values: bytes | None) -> str:
        """The assertion that a key has one of these values; None for a missing key."""
        name = code_of(self._habits.name(key))
        if values == (None,):
            return f"assert {name} not in {self.code}"
        contents = [None if value is None else self._content(value) for value in values]
        if any(content is not None and content.startswith(GZIP) for content in contents):
            # The header holds the time, which is another one when the test is pasted.
            rest = [(content or b"")[GZIP_HEADER:] for content in contents]
            found = f"getattr({self.code}.get({name}), 'value', b'')[{GZIP_HEADER}:]"
            return f"assert {found} in [{', '.join(map(code_of, rest))}]"
        if len(contents) == 1:
            return f"assert {self.code}[{name}].value == {code_of(contents[0])}"
        allowed = ", ".join(map(code_of, contents))
        return f"assert getattr({self.code}.get({name}), 'value', None) in ({allowed})"

    def _content(self, value: bytes) -> bytes:
        """What the client stores for a value, as bytes."""
        if not self._habits.has_contents:
            return value
        content = to_bytes(self._habits.content(given(value)))
        assert content is not None, "the hook returned str or bytes"
        return content

    def entry_code(self, key: str) -> str:
        """The expression for the entry that is stored for a key."""
        return f"{self.code}[{code_of(self._habits.name(key))}]"

    def unchanged_assertion(self, name: str, entry: Entry | None) -> str:
        """The assertion that ``entry`` is still stored under a name; None for no entry."""
        if entry is None:
            return f"assert {code_of(name)} not in {self.code}"
        return f"assert {self.code}.get({code_of(name)}) == {code_of(entry)}"
