"""The tags and filters every template may use: icons, fields, the ribbon, money and dates.

They are built in (settings.TEMPLATES), so no template has to load them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, Textarea
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from people import clock as clocks
from people import formats
from people.field_rows import draw_field_rows
from people.fields import NumberField
from people.ribbons import STATES, WeekCell

register = template.Library()
Moment = date | datetime
# Icons that point along the line of reading.
POINTING = frozenset(
    ("arrow-right", "arrow-left", "chevron-right", "chevron-left", "log-in", "log-out", "send", "undo-2")
)


@register.simple_tag
def icon(name: str, flip: bool = False, label: str = "", css: str = "") -> SafeString:
    """An icon of the sprite. Arrows mirror in right-to-left pages (`flip` for others); `label` names it aloud."""
    classes = " ".join(filter(None, ["i", "i-flip" if flip or name in POINTING else "", css]))
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" {} focusable="false"><use href="{}#{}"/></svg>',
        classes, spoken, static("icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
def field_rows(slug: str, css: str = "") -> SafeString:
    """A farm's own drawing of rows, hills and sun, the same each time for one slug."""
    return draw_field_rows(slug, css=css)


# --- forms --------------------------------------------------------------------------------------


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, **options: Any) -> dict[str, Any]:
    """One form field: label, hint, error, input, tied together for screen readers.

    Options: label, hint, prefix, suffix, css (classes of the input), legend_css, layout ("row" sets
    choices side by side, "cards" as choice cards), optional (True writes "(optional)"), hide_label;
    any other option becomes an attribute of the input (autocomplete="email", inputmode="numeric").
    """
    own = {
        name: options.pop(name, "")
        for name in (
            "label",
            "hint",
            "prefix",
            "suffix",
            "css",
            "legend_css",
            "layout",
            "optional",
            "hide_label",
        )
    }
    attrs = {name.replace("_", "-"): value for name, value in options.items()}
    if own["css"]:
        attrs["class"] = " ".join(filter(None, [bound.field.widget.attrs.get("class", ""), own["css"]]))
    if _holds_words(bound):
        attrs.setdefault("dir", "auto")
    hint, described = own["hint"] or bound.help_text, []
    if hint:
        described.append(f"{bound.auto_id}_helptext")
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
    if described and not bound.use_fieldset:
        attrs["aria-describedby"] = " ".join(described)
    return {
        **own,
        "field": bound,
        "kind": _kind(bound),
        "hint": hint,
        "label": own["label"] or bound.label,
        "described": " ".join(described),
        "control": bound.as_widget(attrs=attrs),
    }


def _holds_words(bound: BoundField) -> bool:
    """Whether people type words here, in whatever script: the input then turns to their direction."""
    widget = bound.field.widget
    typed = isinstance(widget, Textarea) or getattr(widget, "input_type", "") in ("text", "search")
    return typed and not isinstance(bound.field, NumberField)


def _kind(bound: BoundField) -> str:
    """Which of the shapes of components/field.html this field takes."""
    kind = getattr(bound.field.widget, "input_type", "")
    if bound.is_hidden:
        return "hidden"
    if kind in ("radio", "checkbox") and bound.use_fieldset:
        return "choices"
    if kind == "checkbox":
        return "check"
    return "group" if bound.use_fieldset else "input"


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: BaseForm | BaseFormSet[Any] | None, focus: bool = True) -> dict[str, Any]:
    """What is wrong on this page, linked to the fields; nothing when nothing is wrong."""
    return {"focus": focus, "errors": [error for one in forms if one is not None for error in _errors(one)]}


def _errors(one: BaseForm | BaseFormSet[Any]) -> Iterable[dict[str, str]]:
    """Each error as {target, label, text}: the input it belongs to, or "" for the whole form."""
    if isinstance(one, BaseFormSet):
        if one.is_bound:
            yield from ({"target": "", "label": "", "text": str(text)} for text in one.non_form_errors())
            for each in one.forms:
                yield from _errors(each)
        return
    for name, texts in one.errors.items():
        if name in one.fields:
            target, label = _first_id(one[name]), str(one[name].label).rstrip(" .:?؟")
            yield from ({"target": target, "label": label, "text": str(text)} for text in texts)
        else:
            yield from ({"target": "", "label": "", "text": str(text)} for text in texts)


def _first_id(bound: BoundField) -> str:
    """The id of the first input of a field: a group of choices has one each."""
    if bound.use_fieldset and bound.auto_id:
        return f"{bound.auto_id}_0"
    return bound.id_for_label or bound.auto_id


# --- the ribbon and the ways about -------------------------------------------------------------


@register.inclusion_tag("components/ribbon.html")
def ribbon(cells: Iterable[WeekCell], label: str = "", legend: bool = False, css: str = "") -> dict[str, Any]:
    """The season, a cell per week. `legend` explains the states that occur."""
    weeks = list(cells)
    present = {week.state for week in weeks}
    shown = [WeekCell(number="", state=state) for state in STATES if state in present]
    return {"cells": weeks, "label": label, "legend": shown if legend else [], "css": css}


@register.simple_tag(takes_context=True)
def nav_link(
    context: template.Context, view: str, icon_name: str, words: str, *args: Any, exact: bool = False
) -> SafeString:
    """A link to a view, marked on its page and (unless `exact`) on those below; nothing if there is no such page."""
    try:
        href = reverse(view, args=args)
    except NoReverseMatch:
        return SafeString("")
    request: HttpRequest | None = context.get("request")
    path = request.path if request else ""
    below = path.startswith(href) and not exact
    here = SafeString(f' aria-current="{"page" if path == href else "true"}"' if path == href or below else "")
    shown = icon(icon_name) if icon_name else SafeString("")
    asked = request.GET.get("farm", "") if request and path.startswith("/my/") and href.startswith("/my/") else ""
    query = f"?{urlencode({'farm': asked})}" if asked else ""  # somebody with two farms stays at the one they chose
    return format_html('<a href="{}{}"{}>{}<span>{}</span></a>', href, query, here, shown, words)


@register.simple_tag(takes_context=True)
def page_url(context: template.Context, number: int, name: str = "page") -> str:
    """This page's address with another page number, its other choices kept."""
    query = context["request"].GET.copy()
    query[name] = str(number)
    return f"?{query.urlencode()}"


# --- amounts and dates -------------------------------------------------------------------------


def isolated(text: str, *, in_html: bool = True) -> SafeString | str:
    """Text that reads left to right in any page: prices, times, codes. In a text letter marks keep it so."""
    return format_html('<bdi dir="ltr">{}</bdi>', text) if in_html else formats.isolated(text)


@register.filter(needs_autoescape=True)
def money(minor: int | None, currency: str, autoescape: bool = True) -> SafeString | str:
    """{{ order.total|money:farm.currency }} → €26.00, isolated."""
    return isolated(formats.money(minor, currency), in_html=autoescape) if isinstance(minor, int) else ""


@register.filter(needs_autoescape=True)
def money_short(minor: int | None, currency: str, autoescape: bool = True) -> SafeString | str:
    """As `money`, without ".00"."""
    return isolated(formats.money(minor, currency, short=True), in_html=autoescape) if isinstance(minor, int) else ""


@register.filter
def money_text(minor: int | None, currency: str) -> str:
    """As `money`, as plain text for attributes, titles and text mail."""
    return formats.isolated(formats.money(minor, currency)) if isinstance(minor, int) else ""


@register.filter
def quantity(value: Decimal | int | None, unit: str = "") -> str:
    """{{ line.amount|quantity:crop.unit }} → 1.4 kg."""
    return "" if value is None or value == "" else formats.quantity(value, str(unit))


@register.filter
def hours(minutes: int | None) -> str:
    """`{{ 90|hours }}`: 1.5 hr."""
    return "" if minutes is None else formats.hours(minutes)


@register.filter
def number(value: Decimal | int | None) -> str:
    """1250 → 1,250."""
    return "" if value is None or value == "" else formats.number(value)


@register.filter(needs_autoescape=True)
def percent(ratio: Decimal | float | None, autoescape: bool = True) -> SafeString | str:
    """0.02 → +2%, isolated."""
    return (
        isolated(formats.percent(ratio, signed=True), in_html=autoescape)
        if isinstance(ratio, (Decimal, float, int))
        else ""
    )


@register.filter(needs_autoescape=True)
def ltr(text: object, autoescape: bool = True) -> SafeString | str:
    """A phone number, price or code, isolated left to right."""
    return isolated(str(text), in_html=autoescape)


@register.filter
def day(moment: Moment | None, zone: tzinfo | str | None = None) -> str:
    """{{ pickup.starts_at|day:site.zone }} → Tue 15 June."""
    return formats.day(moment, zone=zone) if moment else ""


@register.filter
def full_day(moment: Moment | None, zone: tzinfo | str | None = None) -> str:
    """Tuesday 15 June 2027."""
    return formats.day(moment, zone=zone, full=True) if moment else ""


@register.filter(needs_autoescape=True)
def clock(
    moment: datetime | time | None, zone: tzinfo | str | None = None, autoescape: bool = True
) -> SafeString | str:
    """17:00, isolated."""
    return (
        isolated(formats.clock(moment, zone=zone), in_html=autoescape) if isinstance(moment, (datetime, time)) else ""
    )


@register.simple_tag(takes_context=True)
def clock_range(
    context: template.Context, start: datetime | time, end: datetime | time, zone: tzinfo | str | None = None
) -> SafeString | str:
    """{% clock_range day.starts_at day.ends_at site.zone %} → 17:00–19:30, isolated."""
    return isolated(formats.clock_range(start, end, zone=zone), in_html=context.autoescape)


@register.simple_tag
def comma() -> str:
    """Between two things in a row, as the page's language writes it: ", "."""
    return formats.comma()


@register.simple_tag
def day_range(first: date, last: date) -> str:
    """1 – 15 June 2027."""
    return formats.day_range(first, last)


@register.filter
def relative_day(when: Moment | None, today: date | None = None) -> str:
    """{{ day.date|relative_day:today }} → tomorrow, in 3 days."""
    if not when:
        return ""
    now = today or formats.local_day(clocks.now())
    return formats.relative_day(formats.local_day(when), today=now)
