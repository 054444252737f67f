"""Answering one API request: who asks, what is broken on purpose, has it been asked before, and the answer."""

from __future__ import annotations

import base64
import binascii
import json
import time
from dataclasses import dataclass, field

from . import accounts, checkout, idempotency, lists, routes
from .errors import ApiError
from .parameters import read_parameters
from .store import Json
from .world import Request, World, current_request, new_id, public


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    raw: str  # the query of a GET, the body of a POST
    authorization: str = ""
    idempotency_key: str | None = None
    base_url: str = ""
    version: str = ""  # Stripe-Version
    account: str = ""  # Stripe-Account: the request is made for a connected account


@dataclass
class Answer:
    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    stall: float = 0.0


def answer(world: World, in_flight: idempotency.InFlight, call: Call) -> Answer:
    """Never raises for a bad request: Stripe's error shape is an answer too."""
    request = Request(new_id("req_", 14), call.idempotency_key, call.base_url)
    token = current_request.set(request)
    key = call.idempotency_key if call.method == "POST" else None
    headers = {"Request-Id": request.id}
    if key:
        headers |= {"Idempotency-Key": key, "Original-Request": request.id}
    try:
        authorize(call.authorization)
        accounts.check_access(world, call.account)
        idempotency.check_key(key)
        with world.store.as_account(call.account), in_flight.only_one(key):
            time.sleep(world.faults.latency)
            fail_on_purpose(world, call)
            found = _answer_once(world, call, key, request, headers)
        found.stall = _stall(world, call)
        return found
    except ApiError as e:
        return Answer(e.status, _error_body(e, request), headers)
    finally:
        current_request.reset(token)


def authorize(header: str) -> None:
    """Bearer or Basic, as Stripe takes it (https://docs.stripe.com/api/authentication); test keys only."""
    scheme, _, given = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().split(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            given = ""
    if not given:
        raise ApiError(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )
    if not given.startswith(("sk_test_", "rk_test_")):
        shown = f"{given[:8]}{'*' * 8}"
        raise ApiError(f"Invalid API Key provided: {shown}. The sandbox takes test keys only.", status=401)


def fail_on_purpose(world: World, call: Call) -> None:
    faults = world.faults
    if faults.fail > 0 and faults.stall_path in call.path:
        faults.fail -= 1
        raise ApiError("An unknown error occurred", status=500, kind="api_error", replayed=False)


def _stall(world: World, call: Call) -> float:
    faults = world.faults
    if call.method == "POST" and faults.stall > 0 and faults.stall_path in call.path:
        faults.stall -= 1
        return faults.stall_for
    return 0.0


def _answer_once(world: World, call: Call, key: str | None, request: Request, headers: dict[str, str]) -> Answer:
    found = routes.find_route(call.method, call.path)
    if found is None:
        raise ApiError(
            f"Unrecognized request URL ({call.method}: {call.path[:200]}). The sandbox speaks a part of Stripe.",
            status=404, replayed=False,
        )  # fmt: skip
    route, ids = found
    params = read_parameters(call.raw, route.shape, version=call.version)
    print = idempotency.fingerprint(params)
    with world.store.transaction():
        if key and (kept := idempotency.kept_answer(world, key, path=call.path, print=print)):
            replayed = {"Idempotent-Replayed": "true", "Original-Request": kept.request}
            return Answer(kept.status, kept.body, headers | replayed)
        try:
            with world.store.transaction():
                status, body = _worked_out(world, route, params, ids)
        except ApiError as e:
            if not e.replayed:
                raise
            status, body = e.status, _error_body(e, request)
        if key:
            kept = idempotency.Kept(status, body, request.id)
            idempotency.keep_answer(world, key, path=call.path, print=print, kept=kept)
    return Answer(status, body, headers)


def _worked_out(world: World, route: routes.Route, params: Json, ids: tuple[str, ...]) -> tuple[int, str]:
    wanted = params.pop("expand", [])
    thing = route.answer(world, params, *ids)
    status = thing.get("_status", 200)
    shown = public(thing)
    if "error" in thing:  # a declined card: the answer is no object that could be expanded
        return status, json.dumps(shown, indent=2)

    def hidden(part: Json, name: str) -> Json | None:
        if part.get("object") == "checkout.session" and name == "line_items":
            return checkout.line_items(world, {}, part["id"])
        return None

    return status, json.dumps(lists.expand(world, shown, wanted, hidden), indent=2)


def _error_body(error: ApiError, request: Request) -> str:
    return json.dumps({"error": error.error | {"request_log_url": None, "request": request.id}}, indent=2)
