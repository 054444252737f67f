"""A phone's whole queue, as it comes over the wire: read entry by entry, so that one that cannot be read spoils no
other."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from deliveries.checking_in.checkins import REFUSED, Answer, Entry, Tap
from deliveries.checking_in.walk_ups import WALK_UP, Unexpected
from deliveries.models import CheckIn
from people.names import NameField

MOST_BYTES = 600_000
MOST_ENTRIES = 2_000
LONGEST_AHEAD = 200 * 366 * 86_400  # seconds a phone's clock may be off: 1970 and 2099 are believed
_NAME = NameField(max_length=120)
_TOOK = NameField(max_length=120, required=False)


class TooMuch(ValueError):
    """More than a phone can have tapped."""


@dataclass
class Queue:
    """What was read: taps, people who came unexpected, and answers for what could not be read. `seen` is how many
    check-ins the phone has heard of."""

    entries: list[Entry] = field(default_factory=list)
    people: list[Unexpected] = field(default_factory=list)
    refused: list[Answer] = field(default_factory=list)
    seen: int = 0


def read_queue(request: HttpRequest) -> Queue:
    """The queue that was sent: {"taps": […], "seen": n}. Raises BadRequest for what is no queue, TooMuch."""
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal():
        raise BadRequest("no length")
    if len(length) > 9 or int(length) > MOST_BYTES:
        raise TooMuch
    facts = _json(request.body)
    taps, seen = facts.get("taps", []), facts.get("seen", 0)
    if not isinstance(taps, list):
        raise BadRequest("taps is no list")
    if len(taps) > MOST_ENTRIES:
        raise TooMuch
    queue = Queue(seen=seen if isinstance(seen, int) and 0 <= seen < 2**31 else 0)
    for told in taps:
        _add(queue, told)
    return queue


def _json(body: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("not JSON") from None
    if not isinstance(facts, dict):
        raise BadRequest("not an object")
    return facts


def _add(queue: Queue, told: Any) -> None:
    try:
        if not isinstance(told, dict):
            raise ValueError
        if told.get("action") == WALK_UP:
            queue.people.append(_unexpected(told))
        else:
            queue.entries.append(_entry(told))
    except (ValueError, OverflowError, ValidationError):
        mark = str(told.get("uuid"))[:40] if isinstance(told, dict) else ""
        mark = mark.encode(errors="replace").decode()
        queue.refused.append(Answer(mark, REFUSED, _("This tap could not be read. Open the page again.")))


def _entry(told: Mapping[str, Any]) -> Entry:
    if told.get("action") not in CheckIn.Action.values:
        raise ValueError(told)
    said_at, tapped_at = _moments(told)
    device = told.get("device", "")
    if not isinstance(device, str) or not re.fullmatch(r"[\w-]{0,36}", device, re.ASCII):
        raise ValueError(device)
    tap = Tap(_uuid(told), told["action"], tapped_at, said_at, device)
    pickup = told.get("pickup")
    return Entry(_count(told.get("household"), 2**31), tap, None if pickup is None else _count(pickup, 2**63))


def _unexpected(told: Mapping[str, Any]) -> Unexpected:
    _said_at, came_at = _moments(told)
    return Unexpected(_uuid(told), _text(_NAME, told.get("name")), _text(_TOOK, told.get("took")), came_at)


def _uuid(told: Mapping[str, Any]) -> UUID:
    text = told.get("uuid")
    if not isinstance(text, str) or len(text) > 40:
        raise ValueError(text)
    return UUID(text)


def _count(value: Any, limit: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < limit:
        raise ValueError(value)
    return value


def _text(rule: forms.Field, value: Any) -> str:
    if not isinstance(value, str | None):
        raise ValueError(value)
    return str(rule.clean((value or "").encode(errors="replace").decode()))


def _moments(told: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """What the phone's clock showed (`at`: 2027-06-15T17:22:05+02:00), and when that was: `ahead` tells by how many
    seconds it knew its clock to be wrong."""
    text, ahead = told.get("at"), told.get("ahead", 0)
    if text is None:
        return None, None
    if not isinstance(text, str) or not isinstance(ahead, int) or abs(ahead) > LONGEST_AHEAD:
        raise ValueError(text)
    said = datetime.fromisoformat(text[:40])
    if said.tzinfo is None:
        raise ValueError(text)
    said = said.astimezone(UTC)
    return said, said - timedelta(seconds=ahead)
