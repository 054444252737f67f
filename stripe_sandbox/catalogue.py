"""Customers, products and prices: just enough for what refers to them (and for Stripe's own fixtures)."""

from __future__ import annotations

from .errors import ApiError, missing_parameter, no_such
from .events import tell
from .money import check_currency
from .store import Json
from .world import World, new_id


def create_customer(world: World, params: Json) -> Json:
    customer = {
        "id": new_id("cus_", 14),
        "object": "customer",
        "created": world.now(),
        "description": params.get("description"),
        "email": params.get("email"),
        "livemode": False,
        "metadata": params.get("metadata") or {},
        "name": params.get("name"),
        "phone": params.get("phone"),
    }
    tell(world, "customer.created", world.store.put(customer))
    return customer


def create_product(world: World, params: Json) -> Json:
    product = {
        "id": params.get("id") or new_id("prod_", 14),
        "object": "product",
        "active": params.get("active", True),
        "created": world.now(),
        "description": params.get("description"),
        "livemode": False,
        "metadata": params.get("metadata") or {},
        "name": params["name"],
        "updated": world.now(),
    }
    if world.store.get(product["id"]):
        raise ApiError("Product already exists.", code="resource_already_exists", param="id")
    tell(world, "product.created", world.store.put(product))
    return product


def create_price(world: World, params: Json) -> Json:
    currency = check_currency(params["currency"], param="currency")
    if "unit_amount" not in params:
        raise missing_parameter("unit_amount")
    if "product_data" in params:
        owner = create_product(world, {"name": params["product_data"]["name"]})
    elif "product" in params:
        owner = product(world, params["product"], param="product")
    else:
        raise missing_parameter("product")
    price = new_price(
        world, currency=currency, unit_amount=params["unit_amount"], product=owner["id"], name=owner["name"]
    )
    tell(world, "price.created", world.store.put(price))
    return price


def new_price(world: World, *, currency: str, unit_amount: int, product: str, name: str) -> Json:
    return {
        "id": new_id("price_1"),
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": world.now(),
        "currency": currency,
        "livemode": False,
        "metadata": {},
        "product": product,
        "recurring": None,
        "tax_behavior": "unspecified",
        "type": "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
        "_name": name,
    }


def price(world: World, id: str, *, param: str = "id") -> Json:
    return _known(world, id, "price", param)


def product(world: World, id: str, *, param: str = "id") -> Json:
    return _known(world, id, "product", param)


def customer(world: World, id: str, *, param: str = "id") -> Json:
    return _known(world, id, "customer", param)


def retrieve_customer(world: World, params: Json, id: str) -> Json:
    return customer(world, id)


def retrieve_product(world: World, params: Json, id: str) -> Json:
    return product(world, id)


def retrieve_price(world: World, params: Json, id: str) -> Json:
    return price(world, id)


def _known(world: World, id: str, kind: str, param: str) -> Json:
    thing = world.store.get(id, kind)
    if thing is None:
        raise no_such(kind, id, param=param)
    return thing
