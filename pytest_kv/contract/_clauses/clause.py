"""What a clause of the contract is."""

from __future__ import annotations

__all__ = ("Clause", "all_accepted", "clause", "drawn_keys", "drawn_values", "legal", "takes_bytes")

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hypothesis.strategies import SearchStrategy

from pytest_kv import strategies as kvst
from pytest_kv.contract._driver import refuse_a_running_loop
from pytest_kv.contract._run import trial
from pytest_kv.contract._subject import Subject


@dataclass(frozen=True)
class Clause:
    """One promise a client makes; call it with a factory to see whether it is kept."""

    function: Callable[[Subject], None]
    needs: tuple[str, ...]
    """The methods without which a client cannot break it."""

    @property
    def name(self) -> str:
        """The promise, in words joined by underscores."""
        return self.function.__name__

    @property
    def promise(self) -> str:
        """The promise, in a sentence."""
        return (self.function.__doc__ or "").partition("\n")[0]

    def __call__(self, make_client: Callable[[Any], Any], **said: Any) -> None:
        """Try the client; see :class:`Subject` for what else may be said of it.

        Raises :class:`Broken` when it breaks the clause and :class:`Skipped` when it lacks a
        method the clause is about.
        """
        self.check(Subject(make_client=make_client, **said))

    def check(self, subject: Subject) -> None:
        """The same, for a subject."""
        __tracebackhide__ = True
        refuse_a_running_loop()
        with trial(subject) as stage:
            stage.require(*self.needs)
        self.function(subject)


def clause(*needs: str) -> Callable[[Callable[[Subject], None]], Clause]:
    """Make a function of a subject a clause about these methods of an adapter."""
    return lambda function: Clause(function, needs)


def legal(subject: Subject, keys: Iterable[str]) -> list[str]:
    """Those of the keys that the client does not refuse by design."""
    return [key for key in keys if not subject.refuses(key)]


def drawn_keys(subject: Subject) -> SearchStrategy[str]:
    """Keys that the client does not refuse by design."""
    return kvst.keys().filter(lambda key: not subject.refuses(key))


def drawn_values(subject: Subject) -> SearchStrategy[str | bytes]:
    """Values of the types that the client takes."""
    return (
        kvst.values(text=True) | kvst.values() if takes_bytes(subject) else kvst.values(text=True)
    )


def takes_bytes(subject: Subject) -> bool:
    """Whether values may be bytes: a client of text only refuses any, or never gives any back."""
    if not subject.binary:
        return False
    with trial(subject) as stage:
        if stage.has("put"):
            return not stage.call("put", "k", b"v").raised
        if stage.has("put_many"):
            return not stage.call("put_many", {"k": b"v"}).raised
        stage.seed({"k": "v"})
        return not (stage.has("get") and isinstance(stage.call("get", "k").value, str))


def all_accepted(subject: Subject) -> Callable[[Iterable[str]], bool]:
    """Whether the client refuses none of some keys by design."""
    return lambda keys: not any(map(subject.refuses, keys))
