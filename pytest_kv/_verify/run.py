"""Runs facts at an endpoint, in a namespace of the run's own, and says what came of each."""

from __future__ import annotations

__all__ = ("Difference", "Outcome", "Unusable", "Verdict", "run_facts", "with_namespace")

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote, unquote

from pytest_kv._verify.endpoint import Came, Endpoint, Request, Unreachable
from pytest_kv._verify.facts import (
    NOTHING,
    About,
    Answer,
    Bytes,
    Fact,
    In,
    Items,
    Like,
    Maybe,
    Step,
)

_HOLE = re.compile(r"\$(\w+)(?:\+(\d+))?")
_MOST_UNANSWERED = 3
_GIVEN_UP = f"{_MOST_UNANSWERED} facts before it got no answer"


class Unusable(Exception):
    """The endpoint cannot be asked at all; the text says why, in one sentence."""


class Verdict(Enum):
    """What a run says of a fact."""

    HELD = "held"
    DIFFERS = "differs"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Difference:
    """An answer that is not the one that KV gives, in full."""

    request: str
    expected: str
    came: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A fact, and what a run says of it."""

    fact: Fact
    verdict: Verdict
    difference: Difference | None = None
    reason: str | None = None
    """Why the fact could not be tried."""


@contextmanager
def with_namespace(endpoint: Endpoint) -> Iterator[str]:
    """A namespace of the run's own, by its id; it and all others of the run are removed at the end.

    Raises :class:`Unusable` when there is none, and Unreachable when one could not be removed.
    """
    try:
        yield _created(endpoint)
    finally:
        endpoint.remove_namespaces()


def _created(endpoint: Endpoint) -> str:
    try:
        came = endpoint.send(endpoint.authorized("POST", "", {"title": endpoint.own.title}))
    except Unreachable as error:
        raise Unusable(str(error)) from None
    if endpoint.own.ids:
        return endpoint.own.ids[0]
    told = endpoint.redacted(came.told)
    if not came.envelope:
        raise Unusable(f"{endpoint.base_url} does not answer as Cloudflare's API does: {told}")
    if came.status in {401, 403} or (came.status == 400 and "6003" in told):
        raise Unusable(
            "the account does not accept this API token, which needs the permission "
            f"Workers KV Storage: Edit ({told})"
        )
    raise Unusable(f"the account has no Workers KV, or no room for a namespace ({told})")


def run_facts(
    endpoint: Endpoint, namespace_id: str, facts: Sequence[Fact], tell: Callable[[Outcome], object]
) -> None:
    """Run facts one after the other, and ``tell`` what came of each.

    When several in a row get no answer, the others are not tried.
    """
    unanswered = 0
    for fact in facts:
        if unanswered == _MOST_UNANSWERED:
            tell(Outcome(fact, Verdict.NOT_TRIED, reason=_GIVEN_UP))
            continue
        try:
            outcome = _FactRun(endpoint, namespace_id, fact).outcome()
        except Unreachable as error:
            outcome = Outcome(fact, Verdict.NOT_TRIED, reason=endpoint.redacted(str(error)))
            unanswered += 1
        else:
            unanswered = 0
        tell(outcome)


class _FactRun:
    """One fact at an endpoint."""

    def __init__(self, endpoint: Endpoint, namespace_id: str, fact: Fact) -> None:
        self._endpoint = endpoint
        self._fact = fact
        self._now = int(endpoint.clock())
        self._texts = {
            "ns": namespace_id,
            "NS": namespace_id.upper(),
            "title": endpoint.own.title,
            "missing": endpoint.own.missing_id,
            "account": endpoint.account_id,
            "token": endpoint.token,
            # No other key begins like this, so that it is a prefix for lists too.
            "key": f"{fact.id}.",
        }

    def outcome(self) -> Outcome:
        """What comes of the fact's steps."""
        has_written = False
        for step in self._fact.steps:
            request = self._request(step)
            written = list(_written(request, self._endpoint.own.collection))
            came = self._endpoint.send(request, written)
            if step.answer is None:
                if came.status != 200 or came.envelope.get("success") is not True:
                    told = f"{_line(request)} was answered {came.told}"
                    return self._told(Verdict.NOT_TRIED, reason=told)
            else:
                expected = self._expected(step.answer)
                if has_written and step.is_read:
                    came = self._seen(request, came, expected)
                if not _is_as_expected(expected, came, self._endpoint.clock()):
                    return self._told(
                        Verdict.DIFFERS, difference=_difference(request, expected, came)
                    )
            missing = self._save(step, came)
            if missing is not None:
                told = f"the answer to {_line(request)} has no {missing}"
                return self._told(Verdict.NOT_TRIED, reason=told)
            has_written |= not step.is_read
        return self._told(Verdict.HELD)

    def _told(
        self,
        verdict: Verdict,
        *,
        difference: Difference | None = None,
        reason: str | None = None,
    ) -> Outcome:
        redacted = self._endpoint.redacted
        if difference is not None:
            difference = Difference(
                redacted(difference.request),
                redacted(difference.expected),
                redacted(difference.came),
            )
        return Outcome(self._fact, verdict, difference, reason and redacted(reason))

    def _seen(self, request: Request, came: Came, expected: Answer) -> Came:
        """The answer to a read, which is repeated for a while if it does not show a write yet."""
        for seconds in self._endpoint.patience.until_seen:
            if _is_as_expected(expected, came, self._endpoint.clock()):
                break
            self._endpoint.sleep(seconds)
            came = self._endpoint.send(request)
        return came

    def _save(self, step: Step, came: Came) -> str | None:
        """Keep what later steps need of an answer; the name of what it does not have."""
        for name, way in step.saved.items():
            found: object = came.envelope
            for part in way:
                found = found.get(part) if isinstance(found, dict) else None
            if not isinstance(found, str):
                return ".".join(way)
            self._texts[name] = found
        return None

    def _request(self, step: Step) -> Request:
        root = self._endpoint.base_path if step.is_below_api else self._endpoint.own.collection
        path, mark, query = step.path.partition("?")
        target = f"{root}{self._text(path)}{mark}{self._text(query, quoted=True)}"
        headers = {name: self._text(given) for name, given in step.headers.items()}
        if step.token is not None:
            headers["authorization"] = f"Bearer {self._text(step.token)}"
        if step.json is not NOTHING:
            headers.setdefault("content-type", "application/json")
        return Request(step.method, target, headers, self._body(step))

    def _body(self, step: Step) -> bytes:
        if step.json is not NOTHING:
            return json.dumps(self._filled(step.json)).encode()
        if isinstance(step.body, Bytes):
            return b"x" * step.body.length
        if isinstance(step.body, Items):
            items = (step.body.item.replace("%d", str(n)) for n in range(step.body.count))
            return self._text(f"[{','.join(items)}]").encode()
        return self._text(step.body.decode("latin-1")).encode("latin-1")

    def _text(self, text: str, *, quoted: bool = False) -> str:
        def filled(found: re.Match[str]) -> str:
            name, ahead = found.groups()
            if name == "now":
                return str(self._now + int(ahead or 0))
            known = self._texts.get(name)
            if known is None:
                return found[0]
            return quote(known, safe="") if quoted else known

        return _HOLE.sub(filled, text) if "$" in text else text

    def _expected(self, answer: Answer) -> Answer:
        headers = {
            name: self._text(given) if isinstance(given, str) else given
            for name, given in answer.headers.items()
        }
        return Answer(answer.status, self._filled(answer.body), headers)

    def _filled(self, part: object) -> object:
        """JSON with all of its texts and times filled in."""
        if isinstance(part, str):
            return self._text(part)
        if isinstance(part, In):
            return self._now + part.seconds
        if isinstance(part, dict):
            return {self._text(name): self._filled(member) for name, member in part.items()}
        if isinstance(part, list):
            return [self._filled(member) for member in part]
        return part


def _written(request: Request, collection: str) -> Iterator[str]:
    """The keys that a request writes or deletes, each with its namespace."""
    if request.method == "GET" or not request.target.startswith(f"{collection}/"):
        return
    below = request.target.removeprefix(f"{collection}/").partition("?")[0]
    namespace_id, _, path = below.partition("/")
    collected, _, key = path.partition("/")
    if collected == "values":
        yield f"{namespace_id} {unquote(key)}"
    elif collected == "bulk" and key != "get":
        try:
            items = json.loads(request.body)
        except ValueError:
            return
        for item in items if isinstance(items, list) else []:
            yield f"{namespace_id} {item.get('key') if isinstance(item, dict) else item}"


def _is_as_expected(expected: Answer, came: Came, now: float) -> bool:
    if came.status != expected.status:
        return False
    if not all(
        _is_same(wanted, came.headers.get(name, "").partition(";")[0], now)
        for name, wanted in expected.headers.items()
    ):
        return False
    if isinstance(expected.body, bytes):
        return came.body == expected.body
    if isinstance(expected.body, Like):
        return expected.body.fits(came.body)
    try:
        return _is_same(expected.body, came.json, now)
    except ValueError:
        return False


def _is_same(expected: object, came: object, now: float) -> bool:
    """Whether a part of an answer is as expected; 1, 1.0 and true are three different values."""
    if isinstance(expected, Like):
        return expected.fits(came)
    if isinstance(expected, About):
        seconds = int(came) if isinstance(came, str) and came.isdecimal() else came
        ahead = now + expected.seconds
        return type(seconds) is int and abs(seconds - ahead) <= expected.tolerance
    if isinstance(expected, Maybe):
        return _is_same(expected.part, came, now)
    if isinstance(expected, dict) and isinstance(came, dict):
        missing = expected.keys() - came.keys()
        return (
            came.keys() <= expected.keys()
            and all(isinstance(expected[name], Maybe) for name in missing)
            and all(_is_same(expected[name], member, now) for name, member in came.items())
        )
    if isinstance(expected, list) and isinstance(came, list):
        return len(expected) == len(came) and all(
            _is_same(wanted, found, now) for wanted, found in zip(expected, came, strict=True)
        )
    return type(expected) is type(came) and expected == came


def _difference(request: Request, expected: Answer, came: Came) -> Difference:
    names = dict.fromkeys([*expected.headers, "expiration", "retry-after"])
    headers = {name: came.headers[name] for name in names if name in came.headers}
    return Difference(
        _line(request),
        _shown(expected.status, expected.headers, expected.body),
        _shown(came.status, headers, came.body),
    )


def _shown(status: int, headers: object, body: object) -> str:
    shown = f"{status} {json.dumps(headers, default=_hole)}" if headers else str(status)
    if isinstance(body, bytes):
        try:
            body = json.loads(body)
        except ValueError:
            return f"{shown} {body!r}"
    return f"{shown} {json.dumps(body, ensure_ascii=False, default=_hole)}"


def _hole(part: object) -> str:
    if isinstance(part, Like):
        return part.told
    if isinstance(part, Maybe):
        return f"<perhaps {part.part}>"
    assert isinstance(part, About), "an answer holds JSON, and nothing else is left to fill in"
    return f"<about {part.seconds} seconds from now>"


def _line(request: Request) -> str:
    return f"{request.method} {request.target}"
