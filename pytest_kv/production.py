"""Production's own troubles, each off unless a test asks for it."""

from __future__ import annotations

__all__ = ("Production",)

from pytest_kv._core.account import Account
from pytest_kv._core.faults import Fault, Outage

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


class Production:
    """The side of an account on which a test asks for what only production does.

    A planned fault strikes calls of one operation, over either face: ``after`` of them pass first,
    ``times`` of those that follow are struck (None: all of them), and ``done`` says that a call is
    carried out and only its answer is lost. Of several faults that are due, the one planned first
    strikes. A fault that did not fire fails the test that uses the fixtures. Operations are those
    of :attr:`pytest_kv.Call.operation`; ValueError for another one.
    """

    def __init__(self, core: Account) -> None:
        self._core = core
        self._troubles = core.troubles

    @property
    def page_size(self) -> int | None:
        """The most names the server puts on a page of ``list``, however high the limit (D)."""
        return self._troubles.page_size

    @page_size.setter
    def page_size(self, names: int | None) -> None:
        if names is not None and names < 1:
            raise ValueError(f"a page holds one name or more, not {names}")
        self._troubles.page_size = names

    @property
    def tombstones(self) -> bool:
        """Whether names that were deleted or have expired still fill pages of ``list`` (D).

        Deletes count from the moment it is set.
        """
        return self._troubles.tombstones

    @tombstones.setter
    def tombstones(self, on: bool) -> None:
        self._troubles.tombstones = on

    @property
    def write_limit(self) -> bool:
        """Whether a second write to a key within a second is refused with a 429 (D)."""
        return self._troubles.write_limit

    @write_limit.setter
    def write_limit(self, on: bool) -> None:
        self._troubles.write_limit = on

    @property
    def request_limit(self) -> int | None:
        """How many REST requests pass in 5 minutes before a 429 shuts the client out (D).

        True stands for production's 1,200, None and False for no limit.
        """
        return self._troubles.request_limit

    @request_limit.setter
    def request_limit(self, requests: int | bool | None) -> None:
        if requests is True:
            requests = self._core.rules.limits.requests
        elif requests is False:
            requests = None
        if requests is not None and requests < 0:
            raise ValueError(f"a limit is 0 requests or more, not {requests}")
        self._troubles.request_limit = requests

    def fail_next(
        self,
        operation: str,
        status: int = 500,
        times: int | None = 1,
        *,
        after: int = 0,
        done: bool = False,
        code: int | None = None,
        message: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Answer with an HTTP error: a KVError through the binding, the envelope over REST.

        ``code`` (of REST) and ``message`` stand for the usual ones. A 429 over REST tells the
        client to wait ``retry_after`` seconds, 0 unless given. Raises ValueError for a status that
        is not 400 to 599.
        """
        if not 400 <= status <= 599:
            raise ValueError(f"an error has a status from 400 to 599, not {status}")
        self._troubles.plan(
            Fault(
                operation=operation,
                what=status,
                times=times,
                after=after,
                done=done,
                code=code,
                message=message,
                retry_after=retry_after,
            )
        )

    def refuse_next(
        self,
        operation: str,
        times: int | None = 1,
        *,
        after: int = 0,
        code: int | None = None,
        message: str | None = None,
    ) -> None:
        """Answer REST requests with 200 and ``success`` false, and do nothing (R)."""
        self._troubles.plan(
            Fault(
                operation=operation,
                what=Outage.REFUSED,
                times=times,
                after=after,
                code=code,
                message=message,
            )
        )

    def drop_next(
        self, operation: str, times: int | None = 1, *, after: int = 0, done: bool = False
    ) -> None:
        """Close the connection without an answer; nothing waits."""
        self._troubles.plan(
            Fault(operation=operation, what=Outage.DROPPED, times=times, after=after, done=done)
        )

    def time_out_next(
        self, operation: str, times: int | None = 1, *, after: int = 0, done: bool = False
    ) -> None:
        """Let the client's time run out, at once but over ``kv_server``, where it waits itself."""
        self._troubles.plan(
            Fault(operation=operation, what=Outage.TIMED_OUT, times=times, after=after, done=done)
        )

    def fail_keys(self, *keys: str, times: int | None = 1) -> None:
        """Let bulk writes and deletes leave these keys undone, as ``unsuccessful_keys`` (D)."""
        for key in keys:
            if not isinstance(key, str):
                raise TypeError(f"fail_keys() takes key names, each a str, not {key!r}")
        self._troubles.plan_failing_keys(keys, times)

    def stop_after(self, calls: int | None) -> None:
        """Stop a client that makes more than ``calls`` calls from now on: a loop without an end.

        The next one raises :class:`pytest_kv.TooManyCalls`, which is no Exception, since clients
        catch those and try again. None lets any number pass. Raises ValueError for less than 0.
        """
        if calls is not None and calls < 0:
            raise ValueError(f"a client is stopped after 0 calls or more, not {calls}")
        self._troubles.stop_after(calls)

    def assert_all_faults_fired(self) -> None:
        """Every planned fault has fired as often as planned; AssertionError says which has not.

        The fixtures see to it when a test has passed, and ``mock_api`` and ``serve`` at the end of
        their blocks.
        """
        missed = self._troubles.missed()
        if missed:
            raise AssertionError(missed)

    def propagate(self) -> None:
        """Let every location see what the central store holds, as if its caches had run out."""
        with self._core.lock:
            self._core.propagate()
