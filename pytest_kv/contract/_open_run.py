"""Opening what a run of a case needs: the account, the API, the client, and no real waiting."""

from __future__ import annotations

__all__ = ("case_run",)

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any

from pytest_kv import KVAccount
from pytest_kv._internal import (
    SkippedTime,
    open_api,
    open_intercept,
    open_server,
    skip_sleep,
    unwatched_account,
)
from pytest_kv.contract._driver import Driver
from pytest_kv.contract._run import CaseRun
from pytest_kv.contract._subject import Subject
from pytest_kv.contract._usage_warnings import usage_warnings

_GIVEN = "given"
"""The title of a namespace that is not the first one of its account."""


@contextmanager
def case_run(subject: Subject, *, is_first: bool = True) -> Iterator[CaseRun]:
    """A run with a fresh account and a fresh client; the client is closed at the end.

    ``is_first`` says whether the client's namespace is the first one of the account.
    """
    account = unwatched_account()
    if not is_first:
        account.default_namespace = account.create_namespace(_GIVEN)
    with ExitStack() as stack:
        warned = stack.enter_context(usage_warnings())
        skipped = stack.enter_context(_skipping(subject))
        driver = stack.enter_context(Driver(subject.run_coroutine))
        run = CaseRun(subject, driver, skipped, account)
        run.warned = warned
        if not is_first:
            run.note_given_namespace()
        run.make_client(stack.enter_context(_opened(subject, account)))
        stack.callback(run.close_client)
        yield run


def _skipping(subject: Subject) -> AbstractContextManager[SkippedTime]:
    """The block in which sleeps are skipped: that of the clause, or one for this run alone."""
    return skip_sleep() if subject.skipped is None else nullcontext(subject.skipped)


def _opened(subject: Subject, account: KVAccount) -> AbstractContextManager[Any]:
    """The block in which the API is open, for what ``make_client`` is given."""
    if subject.is_binding:
        return nullcontext(account.default_namespace)
    opened = {"respx": open_api, "http": open_server, "intercept": open_intercept}
    return opened[subject.over](account)
