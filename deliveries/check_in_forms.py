"""What a phone at the pickup sends: one tap, as a form or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from deliveries.models import CheckIn

MOST_BYTES = 10_000


class MomentField(forms.Field):
    """A moment with its offset, as phones write it: 2027-06-15T17:22:05+02:00. Any year is read, and judged later."""

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            moment = datetime.fromisoformat(str(value)[:40])
            if moment.tzinfo is None:
                raise ValueError(value)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError(_("Not a moment with its offset."), code="invalid") from None


class TapForm(forms.Form):
    """`household` is its number at the farm; without `tapped_at` the tap is made now."""

    uuid = forms.UUIDField()
    household = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    action = forms.ChoiceField(choices=CheckIn.Action)
    tapped_at = MomentField(required=False)


def is_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json"


def tap_of(request: HttpRequest) -> TapForm:
    """The tap that was sent. Raises BadRequest for JSON that is none."""
    return TapForm(_json_facts(request) if is_json(request) else request.POST)


def _json_facts(request: HttpRequest) -> Mapping[str, Any]:
    if len(request.body) > MOST_BYTES:
        raise BadRequest("too long for one tap")
    try:
        facts = json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadRequest("not JSON") from None
    if not isinstance(facts, dict):
        raise BadRequest("not an object")
    return {name: value if isinstance(value, str | int) else None for name, value in facts.items()}
