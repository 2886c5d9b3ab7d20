"""The REST face: one account's KV operations behind requests and responses."""

from __future__ import annotations

__all__ = ("RestApi",)

from collections.abc import Callable
from functools import partial

from pytest_kv._core.account import Account, hex_id
from pytest_kv._core.faults import Fault, Outage, Struck
from pytest_kv._core.journal import Call
from pytest_kv._core.rules import Refused
from pytest_kv._core.text import shortened
from pytest_kv._errors import warn_of_usage
from pytest_kv._rest.call import RestCall
from pytest_kv._rest.credentials import check_credentials
from pytest_kv._rest.envelope import failure
from pytest_kv._rest.errors import Problem, RestError, struck_error, worded
from pytest_kv._rest.handlers import HANDLERS
from pytest_kv._rest.http import NoAnswer, Request, Response
from pytest_kv._rest.routes import resolve

UNKNOWN = "unknown"
"""The operation of a request that KV has no route for."""


class RestApi:
    """Answers requests for one account: whatever comes in, KV's envelope or a value goes out."""

    def __init__(self, account: Account, warn: Callable[[str], object] = warn_of_usage) -> None:
        self._account = account
        self._warn = warn

    def handle(self, request: Request) -> Response:
        """The response to ``request``; a refusal is a response and changes nothing."""
        self._account.troubles.count_call()
        try:
            route = resolve(request.method, request.target)
        except RestError as error:
            is_told = request.target.partition("?")[0] in error.message
            asked = "" if is_told else f" for {request.method} {shortened(request.target, 80)}"
            return self._refuse(Call(UNKNOWN, (), "rest", request=_asked(request)), error, asked)
        call = RestCall(self._account, request, route)
        with self._account.lock:
            response = self._answer(call)
        if call.warning is not None:
            self._warn(call.warning)
        self._account.troubles.after_read(call.namespace_id, call.keys_read)
        return response

    def _answer(self, call: RestCall) -> Response:
        """The response to a request that has a route, noted in the journal."""
        try:
            response = self._carried_out(call)
        except Refused as refused:
            return self._refuse(_noted(call, refused=True), worded(call.operation, refused))
        except RestError as error:
            return self._refuse(_noted(call, refused=True), error)
        except Struck as struck:
            call.keys_read = ()
            return self._strike(_noted(call), struck.fault)
        self._account.journal.append(_noted(call))
        return response

    def _carried_out(self, call: RestCall) -> Response:
        check_credentials(self._account, call.route.account_id, call.request.headers)
        namespace_id = call.route.namespace_id
        if namespace_id is not None and not hex_id(namespace_id):
            raise RestError.of(Problem.BAD_NAMESPACE_ID, id=namespace_id)
        self._account.check_pace()
        handler = partial(HANDLERS[call.route.operation], call)
        return self._account.troubles.carry_out(call.operation, "rest", handler)

    def _strike(self, call: Call, fault: Fault) -> Response:
        noted = call._replace(answer_lost=fault.done)
        if fault.what is Outage.DROPPED or fault.what is Outage.TIMED_OUT:
            self._account.journal.append(noted._replace(error=fault.what.value))
            raise NoAnswer(fault.what)
        return self._refuse(noted, struck_error(fault))

    def _refuse(self, call: Call, error: RestError, asked: str = "") -> Response:
        told = f"{error.status} {error.code}: {error.message}{asked}"
        self._account.journal.append(call._replace(error=told))
        return failure(error.status, error.code, error.message, error.headers)


def _noted(call: RestCall, *, refused: bool = False) -> Call:
    is_telling = refused or (call.route.raw_key is not None and "?" in call.request.target)
    return Call(
        call.operation,
        call.keys,
        "rest",
        None,
        call.route.namespace_id,
        unsuccessful_keys=call.unsuccessful_keys,
        request=_asked(call.request) if is_telling else None,
    )


def _asked(request: Request) -> str:
    return f"{request.method} {request.target}"
