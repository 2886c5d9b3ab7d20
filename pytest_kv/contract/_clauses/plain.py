"""The clause about a plain entry; check_basics compares it with the hooks before each clause."""

from __future__ import annotations

__all__ = ("a_plain_entry_is_stored_as_said",)

from pytest_kv._internal import shortened
from pytest_kv.contract._basics import A_CALL_OF_EACH_METHOD
from pytest_kv.contract._clauses.clause import clause
from pytest_kv.contract._open_run import case_run
from pytest_kv.contract._run import CaseRun
from pytest_kv.contract._subject import Subject


@clause()
def a_plain_entry_is_stored_as_said(subject: Subject) -> None:
    """A plain entry is stored in the given namespace, with the name and form that the hooks say."""
    if not subject.is_binding:
        with case_run(subject, is_first=False) as run:
            _use_the_given_namespace(run)


def _use_the_given_namespace(run: CaseRun) -> None:
    for method in filter(run.has, A_CALL_OF_EACH_METHOD):
        earlier = len(run.account.calls)
        outcome = run.call(method, *A_CALL_OF_EACH_METHOD[method])
        given = run.namespace.id
        for call in run.calls_since(earlier):
            if call.namespace_id not in (given, None):
                title = run.account.namespace(call.namespace_id).title
                run.fail(
                    f"{outcome.code} used the namespace {shortened(title, 80)}, but the client was "
                    f"given {shortened(run.namespace.title, 80)}",
                    assertion=f"assert {run.calls_code}[-1].namespace_id == api.namespace_id",
                )
