"""The REST face: one account's KV operations behind requests and responses."""

from __future__ import annotations

__all__ = ("RestApi",)

from collections.abc import Callable
from functools import partial
from types import MappingProxyType

from pytest_kv._core.account import Account, hex_id
from pytest_kv._core.faults import CallFault, FaultError, FaultKind
from pytest_kv._core.journal import Call
from pytest_kv._core.rules import Refused
from pytest_kv._core.text import shortened
from pytest_kv._errors import warn_of_usage
from pytest_kv._rest.call import RestCall
from pytest_kv._rest.credentials import check_credentials
from pytest_kv._rest.envelope import failure
from pytest_kv._rest.errors import Problem, RestError, struck_error, worded
from pytest_kv._rest.handlers import HANDLERS, keys_of
from pytest_kv._rest.http import NoAnswer, Request, RequestLine, Response
from pytest_kv._rest.rate_headers import telling
from pytest_kv._rest.routes import UNKNOWN, Route, find_route

_TEXT = MappingProxyType({"content-type": "text/plain; charset=UTF-8"})
_HTML = MappingProxyType({"content-type": "text/html"})
_PAGE = "\r\n".join(
    (
        "<html>",
        "<head><title>{0}</title></head>",
        "<body>",
        "<center><h1>{0}</h1></center>",
        "</body>",
        "</html>",
        "",
    )
)
"""What Cloudflare's gateway answers; its lines are R (workers-sdk#1280) up to the heading."""


class RestApi:
    """Answers requests for one account with a value's bytes or with KV's envelope."""

    def __init__(self, account: Account, warn: Callable[[str], object] = warn_of_usage) -> None:
        self._account = account
        self._warn = warn

    def handle(self, request: Request) -> Response:
        """The response to ``request``; an error is a response too.

        Raises :class:`NoAnswer` when a planned fault leaves the request without a response.
        """
        return self.answer(request, find_route(request.method, request.target))

    def answer(self, request: Request, route: Route | RestError) -> Response:
        """:meth:`handle` for a transport that has found the request's route already."""
        self._account.faults.count_call()
        if isinstance(route, RestError):
            return self._answer_unknown(request, route)
        call = RestCall(self._account, request, route)
        with self._account.lock:
            response = self._answer_known(call)
            quota = self._account.request_quota() if call.is_counted else None
            if call.has_timed_out:
                self._account.journal.lose_answer(FaultKind.TIMED_OUT.value)
                raise NoAnswer(FaultKind.TIMED_OUT)
        if call.warning is not None:
            self._warn(call.warning)
        self._account.faults.after_read(call.namespace_id, call.keys_read)
        return response if quota is None else telling(quota, response)

    def _answer_unknown(self, request: Request, error: RestError) -> Response:
        """The response to a request that KV has no route for."""
        is_named = error.problem is Problem.BAD_ACCOUNT_ID
        path = "" if is_named else f" for {request.method} {shortened(request.target, 80)}"
        call = Call(UNKNOWN, (), "rest", request=_line_of(request))
        return self._fail(call, error, path)

    def _answer_known(self, call: RestCall) -> Response:
        """The response to a request that has a route, written down in the journal."""
        try:
            response = self._carried_out(call)
        except Refused as refused:
            return self._fail(_noted(call, failed=True), worded(call.operation, refused))
        except RestError as error:
            return self._fail(_noted(call, failed=True), error)
        except FaultError as struck:
            call.keys_read = ()
            keys_of(call)
            return self._strike(_noted(call), struck.fault)
        self._account.journal.append(_noted(call))
        return response

    def _carried_out(self, call: RestCall) -> Response:
        check_credentials(self._account, call.route.account_id, call.request.headers)
        namespace_id = call.route.namespace_id
        if namespace_id is not None and not hex_id(namespace_id):
            what = "format" if len(namespace_id) in {32, 36} else "length"
            raise RestError.of(Problem.BAD_NAMESPACE_ID, what=what, id=namespace_id)
        call.is_counted = True
        self._account.check_request_rate()
        handler = HANDLERS[call.route.operation]
        if self._account.faults.is_empty:
            return handler(call)
        return self._account.faults.carry_out(
            call.operation,
            "rest",
            partial(handler, call),
            keys=partial(keys_of, call),
            wait=call.take_time,
        )

    def _strike(self, call: Call, fault: CallFault) -> Response:
        """The response to a call that ``fault`` strikes, if it leaves one."""
        struck = call._replace(planned=True, answer_lost=fault.done)
        if not fault.kind.has_answer:
            self._account.journal.append(struck._replace(error=fault.kind.value))
            raise NoAnswer(fault.kind)
        return self._fail(struck, struck_error(fault))

    def _fail(self, call: Call, error: RestError, path: str = "") -> Response:
        told = f"{error}{path}"
        self._account.journal.append(
            call._replace(error=told, status=error.status, code=error.code)
        )
        if error.problem is Problem.REQUEST_TOO_LARGE:
            return Response(error.status, _HTML, _PAGE.format(error.message).encode())
        if error.code is None:
            return Response(error.status, _TEXT, error.message.encode())
        return failure(error.status, error.code, error.message, error.headers)


def _noted(call: RestCall, *, failed: bool = False) -> Call:
    is_telling = failed or (call.route.raw_key is not None and "?" in call.request.target)
    return Call(
        call.operation,
        call.keys,
        "rest",
        None,
        call.route.namespace_id,
        call.unsuccessful_keys,
        request=_line_of(call.request) if is_telling else None,
        planned=bool(call.unsuccessful_keys),
        written=call.written,
        expiration_ttls=call.expiration_ttls,
    )


def _line_of(request: Request) -> str:
    return str(RequestLine(request.method, request.target))
