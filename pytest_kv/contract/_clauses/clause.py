"""What a clause of the contract is, and what several clauses use to choose their cases."""

from __future__ import annotations

__all__ = (
    "Clause",
    "accepted",
    "accepts_all",
    "clause",
    "drawn_keys",
    "drawn_values",
    "require_any",
    "takes_bytes",
)

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hypothesis.strategies import SearchStrategy

from pytest_kv import strategies as kvst
from pytest_kv.contract._driver import RunCoroutine, check_no_running_loop
from pytest_kv.contract._reach import check_reached
from pytest_kv.contract._run import case_run
from pytest_kv.contract._subject import Missing, Over, Refuses, Subject, refuses_nothing


@dataclass(frozen=True)
class Clause:
    """One promise of a client. Call it with ``make_client`` to check whether a client keeps it."""

    function: Callable[[Subject], None]
    needs: tuple[str, ...]
    """The methods that a client must have for the clause to apply."""

    @property
    def name(self) -> str:
        """The promise, in words joined by underscores."""
        return self.function.__name__

    @property
    def promise(self) -> str:
        """The promise, in a sentence."""
        return (self.function.__doc__ or "").partition("\n")[0]

    def __call__(
        self,
        make_client: Callable[[Any], Any],
        *,
        over: Over = "respx",
        missing: Missing = None,
        refuses: Refuses = refuses_nothing,
        binary: bool = True,
        run_coroutine: RunCoroutine | None = None,
    ) -> None:
        """Check the clients that ``make_client`` makes; see :func:`check_contract`.

        Raises :class:`Broken` when a client breaks the clause, and :class:`Skipped` when it lacks a
        method that the clause is about.
        """
        self.check(
            Subject(
                make_client=make_client,
                over=over,
                missing=missing,
                refuses=refuses,
                binary=binary,
                run_coroutine=run_coroutine,
            )
        )

    def check(self, subject: Subject) -> None:
        """The same, for a subject."""
        __tracebackhide__ = True
        check_no_running_loop()
        with case_run(subject) as run:
            run.require(*self.needs)
            check_reached(run)
        self.function(subject)


def clause(*needs: str) -> Callable[[Callable[[Subject], None]], Clause]:
    """Make a function a clause about these methods of an adapter."""
    return lambda function: Clause(function, needs)


def require_any(subject: Subject, *methods: str) -> None:
    """Raise Skipped when the client lacks all of ``methods``."""
    with case_run(subject) as run:
        run.require_any(*methods)


def accepted(subject: Subject, keys: Iterable[str]) -> list[str]:
    """The keys without those that the client rejects by design."""
    return [key for key in keys if not subject.refuses(key)]


def accepts_all(subject: Subject) -> Callable[[Iterable[str]], bool]:
    """A filter for lists of keys: whether the client rejects none of them by design."""
    return lambda keys: not any(map(subject.refuses, keys))


def drawn_keys(subject: Subject) -> SearchStrategy[str]:
    """Legal keys without those that the client rejects by design."""
    return kvst.keys().filter(lambda key: not subject.refuses(key))


def drawn_values(subject: Subject) -> SearchStrategy[str | bytes]:
    """Values of the types that the client takes."""
    texts = kvst.values(text=True)
    return texts | kvst.values() if takes_bytes(subject) else texts


def takes_bytes(subject: Subject) -> bool:
    """Whether values may be bytes. A text-only client raises for bytes or reads them as str."""
    if not subject.binary:
        return False
    with case_run(subject) as run:
        if run.has("put"):
            return not run.call("put", "k", b"v").raised
        if run.has("put_many"):
            return not run.call("put_many", {"k": b"v"}).raised
        run.seed({"k": "v"})
        return not (run.has("get") and isinstance(run.call("get", "k").value, str))
