"""Reading a form-encoded request and holding it against stripe-python's own TypedDicts.

stripe-python ships the parameters of every endpoint as types, generated from Stripe's OpenAPI description; so
what this server accepts is what the pinned library says Stripe accepts, and no list of ours can grow stale.
"""

from __future__ import annotations

import datetime
import re
import sys
import typing
from decimal import Decimal, InvalidOperation
from functools import cache
from types import UnionType
from typing import Any, ForwardRef, Literal, NotRequired, Required, Union
from urllib.parse import parse_qsl

import stripe
from stripe._request_options import RequestOptions
from typing_extensions import is_typeddict

from .errors import ApiError, bad_parameter, missing_parameter

# typing's own stubs promise less than the functions do at run time
get_args: Any = typing.get_args
get_origin: Any = typing.get_origin
list_of: Any = list
union_of: Any = Union

MOST_FIELDS = 2_000
DEEPEST = 8
KEY = re.compile(r"^([A-Za-z0-9_.-]+)((?:\[[A-Za-z0-9_.\- ]*\])*)$")
# https://docs.stripe.com/api/metadata
METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500
# A guess: Stripe documents a limit of 5,000 characters for most free text ("parameter_invalid_string…").
LONGEST_TEXT = 5_000


def read_parameters(raw: str, shape: type, *, version: str = "") -> dict[str, Any]:
    """`a[b][0]=1` as nested dictionaries and lists, typed as the shape says; raises ApiError with the field."""
    tree = decode(raw)
    if version != stripe.api_version and "payment_method_types" not in shape.__annotations__:
        # Requests at an older version of the API still name the methods; we only ever offer cards.
        tree.pop("payment_method_types", None)
    return _typed_dict(tree, shape, "")


def decode(raw: str) -> dict[str, Any]:
    """Stripe's bracketed form encoding, as nested dictionaries of strings (lists are still `{"0": …}`)."""
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except (UnicodeDecodeError, ValueError) as e:
        raise ApiError("Invalid request: unreadable parameters.", replayed=False) from e
    tree: dict[str, Any] = {}
    for name, value in pairs:
        _place(tree, name, value)
    return tree


def _place(tree: dict[str, Any], name: str, value: str) -> None:
    match = KEY.match(name)
    if not match:
        raise unknown_parameter(name[:100])
    path = [match[1], *re.findall(r"\[([^\]]*)\]", match[2])]
    if len(path) > DEEPEST:
        raise bad_parameter(f"Invalid parameter: {name[:100]}", param=match[1])
    here = tree
    for step in path[:-1]:
        here = here.setdefault(step or str(len(here)), {})
        if not isinstance(here, dict):
            raise bad_parameter(f"Invalid object: {name[:100]}", param=match[1])
    here[path[-1] or str(len(here))] = value


def unknown_parameter(param: str) -> ApiError:
    return bad_parameter(f"Received unknown parameter: {param}", param=param, code="parameter_unknown")


def _typed_dict(value: Any, shape: type, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise bad_parameter("Invalid object", param=path)
    known, required = _fields(shape)
    for name in value:
        if name not in known:
            raise unknown_parameter(_under(path, name))
    for name in required:
        if name not in value:
            raise missing_parameter(_under(path, name))
    return {name: _typed(item, known[name], _under(path, name)) for name, item in value.items()}


def _under(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


@cache
def _fields(shape: type) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The endpoint's parameters (stripe-python's request options are not sent) and those it cannot do without."""
    names = vars(sys.modules[shape.__module__])
    options = RequestOptions.__annotations__
    known: dict[str, Any] = {}
    required: list[str] = []
    for name, hint in shape.__annotations__.items():
        if name in options:
            continue
        hint = _resolved(hint, names)
        if get_origin(hint) is NotRequired:
            hint = _resolved(get_args(hint)[0], names)
        else:
            required.append(name)
            if get_origin(hint) is Required:
                hint = _resolved(get_args(hint)[0], names)
        known[name] = hint
    return known, tuple(required)


def _resolved(hint: Any, names: dict[str, Any]) -> Any:
    """The type behind a quoted annotation, at any depth of it."""
    if isinstance(hint, ForwardRef):
        hint = hint.__forward_arg__
    if isinstance(hint, str):
        return _resolved(eval(hint, names), names)  # noqa: S307  (stripe-python's own source, not a request's)
    if get_origin(hint) in (list, Union, UnionType):
        inside = tuple(_resolved(part, names) for part in get_args(hint))
        return list_of[inside[0]] if get_origin(hint) is list else union_of[inside]
    return hint


def _typed(value: Any, hint: Any, path: str) -> Any:
    choices = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    shapes = [choice for choice in choices if is_typeddict(choice)]
    if isinstance(value, dict):
        return _nested(value, choices, shapes, path)
    literals = [word for choice in choices if get_origin(choice) is Literal for word in get_args(choice)]
    if value in literals:
        return value
    if bool in choices:
        return _boolean(value, path)
    if int in choices or datetime.datetime in choices:
        return _integer(value, path)
    if Decimal in choices or float in choices:
        return _decimal(value, path)
    words = [word for word in literals if word != ""]
    if words:
        raise bad_parameter(f"Invalid {path}: must be one of {_listed(words)}", param=path)
    if str not in choices:
        raise bad_parameter(f"Invalid {'array' if _list_of(choices) else 'object'}", param=path)
    return _text(value, path)


def _nested(value: dict[str, Any], choices: Any, shapes: list[type], path: str) -> Any:
    inside = _list_of(choices)
    if inside is not None:
        if not all(key.isdecimal() for key in value):
            raise bad_parameter("Invalid array", param=path)
        ordered = sorted(value.items(), key=lambda item: int(item[0]))
        return [_typed(item, inside[0], f"{path}[{index}]") for index, item in ordered]
    if shapes:
        return _typed_dict(value, shapes[0], path)
    if any(get_origin(choice) is dict for choice in choices):
        return _metadata(value, path)
    raise bad_parameter(f"Invalid string: {path}", param=path)


def _list_of(choices: Any) -> tuple[Any, ...] | None:
    return next((get_args(choice) for choice in choices if get_origin(choice) is list), None)


def _metadata(value: dict[str, Any], path: str) -> dict[str, str]:
    if len(value) > METADATA_KEYS:
        raise bad_parameter(f"Metadata is limited to {METADATA_KEYS} keys.", param=path)
    for key, text in value.items():
        if not isinstance(text, str):
            raise bad_parameter("Metadata values must be strings.", param=_under(path, key))
        if len(key) > METADATA_KEY_LENGTH:
            raise bad_parameter(f"Metadata keys can have up to {METADATA_KEY_LENGTH} characters.", param=path)
        if len(text) > METADATA_VALUE_LENGTH:
            raise bad_parameter(
                f"Metadata values can have up to {METADATA_VALUE_LENGTH} characters.", param=_under(path, key)
            )
    return {key: text for key, text in value.items() if text != ""}


def _boolean(value: str, path: str) -> bool:
    if value not in ("true", "false"):
        raise bad_parameter(f"Invalid boolean: {value[:100]}", param=path)
    return value == "true"


def _integer(value: str, path: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise bad_parameter(f"Invalid integer: {value[:100]}", param=path, code="parameter_invalid_integer")
    return int(value)


def _decimal(value: str, path: str) -> str:
    try:
        number = Decimal(value)
    except InvalidOperation as e:
        raise bad_parameter(f"Invalid decimal: {value[:100]}", param=path) from e
    if not number.is_finite():
        raise bad_parameter(f"Invalid decimal: {value[:100]}", param=path)
    return value


def _text(value: str, path: str) -> str:
    if value == "":
        raise bad_parameter(
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a "
            f"parameter; however '{path}' cannot be unset.",
            param=path,
            code="parameter_invalid_empty",
        )
    if len(value) > LONGEST_TEXT:
        raise bad_parameter(
            f"Invalid string: {value[:40]}…; must be at most {LONGEST_TEXT} characters",
            param=path,
            code="parameter_invalid_string_length",
        )
    return value


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + ", or " + words[-1]
