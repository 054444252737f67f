"""What happened, as Stripe tells it: an Event for every change (https://docs.stripe.com/api/events/object)."""

from __future__ import annotations

import copy

import stripe

from . import lists
from .errors import no_such
from .store import Json, current_account
from .webhooks import plan_deliveries
from .world import World, current_request, new_id, public


def tell(world: World, kind: str, thing: Json, *, before: Json | None = None) -> Json:
    """Record that something happened, with the object as it is at this moment, and plan its webhooks."""
    request = current_request.get()
    data: Json = {"object": copy.deepcopy(public(thing))}
    if before is not None:
        data["previous_attributes"] = before
    event: Json = {
        "id": new_id("evt_1"),
        "object": "event",
        "api_version": stripe.api_version,
        "created": world.now(),
        "data": data,
        "livemode": False,
        "pending_webhooks": 1 if world.webhook_url else 0,
        "request": {
            "id": request.id if request else None,
            "idempotency_key": request.idempotency_key if request else None,
        },
        "type": kind,
    }
    if account := current_account.get():
        event["account"] = account  # https://docs.stripe.com/connect/webhooks: "the top-level account property"
    world.store.put(event)
    plan_deliveries(world, event["id"])
    return event


def retrieve(world: World, params: Json, id: str) -> Json:
    event = world.store.get(id, "event")
    if event is None:
        raise no_such("event", id)
    return event


def list_events(world: World, params: Json) -> Json:
    """Newest first; `type` may end in a star, `types` lists several (https://docs.stripe.com/api/events/list)."""
    wanted = params.get("types") or ([params["type"]] if "type" in params else [])
    where, values = "1", ()
    if wanted:
        where = " OR ".join("json_extract(body, '$.type') GLOB ?" for _ in wanted)
        values = tuple(kind.replace("[", "[[]").replace("?", "[?]") for kind in wanted)
    if "delivery_success" in params:
        sign = "=" if params["delivery_success"] else ">"
        where = f"({where}) AND json_extract(body, '$.pending_webhooks') {sign} 0"
    return lists.page(world, "event", params, url="/v1/events", where=where, values=values)
