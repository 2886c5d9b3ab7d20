"""How a client stores what it is given: under which names, and in which form."""

from __future__ import annotations

__all__ = ("GZIP", "GZIP_HEADER", "Habits", "same_content", "to_bytes")

from collections.abc import Callable, Iterable
from typing import Any

from pytest_kv import Limits
from pytest_kv._internal import is_legal_key, shortened
from pytest_kv.contract._subject import Subject

_LIMITS = Limits()
_RARE = "q7zj"
"""An unusual key: its position in a stored name shows what is put before and after a key."""
GZIP, GZIP_HEADER = b"\x1f\x8b", 10


def to_bytes(value: object) -> bytes | None:
    """A value as KV stores it; None for a type that an adapter never returns."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else None


def same_content(one: bytes, other: bytes) -> bool:
    """Whether two stored values are equal, apart from the time that gzip writes into its header."""
    return _without_time(one) == _without_time(other)


def _without_time(content: bytes) -> bytes:
    return GZIP + content[GZIP_HEADER:] if content.startswith(GZIP) else content


class _Foreign(bytes):
    """Stored bytes that the client's hook has not returned; they are unequal to every value."""

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    __hash__ = bytes.__hash__


class Habits:
    """The client's hooks, and what they returned so far.

    A stored value is recognised only if the hook has returned it before. A stored name is
    recognised in the same way, or by what the hook puts before and after each key.
    """

    def __init__(self, subject: Subject) -> None:
        self._stored_key = subject.stored_key
        self._stored_value = subject.stored_value
        self._names: dict[str, str] = {}
        self._legal_names: dict[str, str | None] = {}
        self._keys: dict[str, str] = {}
        self._values: dict[bytes, bytes] = {}
        self._affixes = self._found_affixes()

    @property
    def has_names(self) -> bool:
        """Whether the client stores keys under other names."""
        return self._stored_key is not None

    @property
    def has_contents(self) -> bool:
        """Whether the client stores values in another form."""
        return self._stored_value is not None

    @property
    def knows_own_names(self) -> bool:
        """Whether the client's own names can be told from others, by their beginning or end."""
        return self._affixes not in (None, ("", ""))

    def _found_affixes(self) -> tuple[str, str] | None:
        """What is before and after the key in a stored name; None for names without the key."""
        if self._stored_key is None:
            return ("", "")
        try:
            before, found, after = self.name(_RARE).partition(_RARE)
        except Exception:
            return None
        return (before, after) if found else None

    def check(self, key: str) -> None:
        """Raise an error that names the hook when no store can hold what it returns.

        The hooks are called with ``key`` and with the value 'v'. A hook may lengthen a key so that
        a long one no longer fits; no case uses such a key.
        """
        name = self.name(key)
        if not is_legal_key(name):
            raise ValueError(
                f"stored_key({key!r}) returned {shortened(name, 80)}, which is no key: KV takes "
                f"1 to {_LIMITS.key_bytes} bytes of UTF-8, and neither '.' nor '..'"
            )
        content = to_bytes(self.content("v"))
        if content is None or len(content) > _LIMITS.value_bytes:
            raise ValueError(f"stored_value('v') returned more than {_LIMITS.value_bytes:,} bytes")

    def name(self, key: str) -> str:
        """The name under which the client stores ``key``; TypeError if the hook returns no str."""
        if self._stored_key is None:
            return key
        if key in self._names:
            return self._names[key]
        name = _called("stored_key", self._stored_key, key)
        if not isinstance(name, str):
            raise TypeError(
                f"stored_key({key!r}) returned {name!r}; it returns a name, which is a str"
            )
        self._names[key] = name
        self._keys[name] = key
        return name

    def name_or_none(self, key: str) -> str | None:
        """The stored name; None when the hook raises for the key, or returns an illegal name.

        Without a hook, the name is the key itself, legal or not.
        """
        if self._stored_key is None:
            return key
        if key not in self._legal_names:
            try:
                name = self.name(key)
            except Exception:
                return None
            self._legal_names[key] = name if is_legal_key(name) else None
        return self._legal_names[key]

    def content(self, value: str | bytes) -> str | bytes:
        """What the client stores for ``value``; TypeError when the hook returns no str or bytes."""
        if self._stored_value is None:
            return value
        content: str | bytes = _called("stored_value", self._stored_value, value)
        stored, given = to_bytes(content), to_bytes(value)
        if stored is None or given is None:
            raise TypeError(
                f"stored_value({shortened(value, 80)}) returned {content!r}; it returns what the "
                "client stores, which is a str or bytes"
            )
        self._values[_without_time(stored)] = given
        return content

    def takes(self, value: str | bytes) -> bool:
        """Whether the client takes a value; a hook that raises says that the client does not."""
        try:
            self.content(value)
        except Exception:
            return False
        return True

    def takes_bytes(self) -> bool:
        """Whether the client takes bytes; a hook that raises says that the client does not.

        A hook that decodes its value accepts b"v" too, so bytes that are no UTF-8 are tried also.
        """
        return self.takes(b"v") and self.takes(b"\xff")

    def key(self, name: str) -> str | None:
        """The key that the client knows by a stored name; None for a name that is not its own."""
        if self._stored_key is None:
            return name
        if name in self._keys:
            return self._keys[name]
        if self._affixes is None:
            return None
        before, after = self._affixes
        if not (name.startswith(before) and name.endswith(after)):
            return None
        key = name[len(before) : len(name) - len(after)]
        return key if self.name_or_none(key) == name else None

    def meaning(self, content: bytes) -> bytes:
        """The value that the client stores as ``content``.

        If the hook has not returned this content for a value, the result is unequal to every value.
        """
        if self._stored_value is None:
            return content
        return self._values.get(_without_time(content), _Foreign(content))

    def name_code(self, variable: str, keys: Iterable[str]) -> str:
        """The expression for the stored name of ``variable``, which is one of ``keys``."""
        if self._stored_key is None:
            return variable
        if self._affixes is not None:
            before, after = self._affixes
            if all(self.name(key) == f"{before}{key}{after}" for key in keys):
                affixes = (repr(before) if before else "", variable, repr(after) if after else "")
                return " + ".join(filter(None, affixes))
        return f"stored_key({variable})"


def _called(name: str, hook: Callable[[Any], Any], given: object) -> Any:
    try:
        return hook(given)
    except Exception as error:
        error.add_note(f"{name}, a hook of the contract, raised this for {given!r:.80}")
        raise
