"""The season wizard's forms: when, where, rules; what is sold stands in `types`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from farms.calendars import WeekRow, week_rows
from farms.models import Farm, Packing, Season, Weekday
from farms.planning import SitePlan
from farms.seasons import WEEK
from people.fields import MoneyField, NumberField
from people.texts import AddressField, LineField, WordsField
from shares.forms import leaving_rules

LONGEST = 53
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
NOT_A_DAY = _("Enter a day, like 2027-06-08.")


class DayField(forms.DateField):
    """A date from a date picker, or typed as 2027-06-08. Years that no season has are refused."""

    default_error_messages = {"invalid": NOT_A_DAY, "far": _("Enter a day between 2000 and 2100.")}

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not EARLIEST <= value <= LATEST:
            raise forms.ValidationError(self.error_messages["far"], code="far")


class ClockField(forms.TimeField):
    """A time of day from a time picker, or typed as 17:00."""

    default_error_messages = {"invalid": _("Enter a time, like 17:00.")}

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TimeInput({"type": "time"}, format="%H:%M")
        super().__init__(widget=widget, input_formats=["%H:%M", "%H:%M:%S", "%H.%M"], **kwargs)


class VersionedForm(forms.Form):
    """A form that knows which state of the season its page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class WhenForm(VersionedForm):
    """Name, first pickup, and either a number of weeks or a last date; weeks that are skipped stand beside it."""

    name = LineField(label=_("Name of the season"), max_length=60)
    first_day = DayField(label=_("First pickup"))
    length = NumberField(
        label=_("Number of weeks"), places=0, min_value=1, max_value=LONGEST, required=False,
        help_text=_("From the first pickup to the last. Skipped weeks count."),
    )  # fmt: skip
    last_day = DayField(
        label=_("or last pickup"), required=False, help_text=_("Fill in one of the two. A last day decides.")
    )

    def __init__(self, *args: Any, farm: Farm, season: Season | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.farm, self.season = farm, season
        if season is not None and not season.is_draft:
            for promised in ("first_day", "length", "last_day"):
                del self.fields[promised]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = self.farm.seasons.filter(name__iexact=name)
        if others.exclude(pk=self.season.pk if self.season else 0).exists():
            raise forms.ValidationError(_("There is a season of this name. Choose another."))
        return name

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if "length" not in self.fields or self.errors.keys() & {"first_day", "last_day", "length"} or not first:
            return data
        if last and last < first:
            self.add_error("last_day", _("The last pickup is before the first one."))
        elif last and (last - first) // WEEK >= LONGEST:
            self.add_error("last_day", _("A season has at most 53 weeks. Start another one after it."))
        elif last:
            data["length"] = (last - first) // WEEK + 1
        elif not data.get("length"):
            self.add_error("length", _("Enter the number of weeks, or the last pickup below."))
        return data


def weeks_chosen(
    *, farm: Farm, first_day: date, length: int, weekdays: Iterable[int], typed: QueryDict
) -> list[WeekRow]:
    """The weeks as ticked on the page: `skip` (numbers), and for a holiday's week keep, skip, or skip and extend,
    which adds a week at the end."""
    said = set(typed.getlist("skip"))
    ticked = {number for number in range(1, LONGEST + 1) if str(number) in said}
    choices = {number: typed.get(f"holiday-{number}", "") for number in range(1, length + 1)}
    ticked |= {number for number, choice in choices.items() if choice in ("skip", "extend")}
    more = sum(choice == "extend" for choice in choices.values())
    return week_rows(
        farm=farm, first_day=first_day, length=min(length + more, LONGEST), weekdays=weekdays, skipped=ticked
    )


def weeks_extended(rows: Iterable[WeekRow], typed: QueryDict) -> set[int]:
    """The weeks (numbers) whose holiday adds one at the end, so that the page can show the choice again."""
    return {row.number for row in rows if typed.get(f"holiday-{row.number}") == "extend"}


class SiteForm(forms.Form):
    """A place to collect shares: where, on which weekday, from when to when, and for how many."""

    name = LineField(label=_("Name"), max_length=80)
    address = LineField(label=_("Address"), max_length=200)
    weekday = forms.TypedChoiceField(label=_("Weekday"), coerce=int, choices=Weekday)
    opens = ClockField(label=_("From"))
    closes = ClockField(label=_("To"))
    capacity = NumberField(label=_("Room for"), places=0, min_value=1, max_value=100_000, help_text=_("Shares a day."))
    host_email = AddressField(label=_("Host’s e-mail address"), required=False)
    public_note = LineField(label=_("How to find it"), max_length=250, required=False, help_text=_("Everyone sees it."))
    private_note = LineField(
        label=_("Door code or the like"), max_length=250, required=False,
        help_text=_("Only households that collect here see it."),
    )  # fmt: skip

    def __init__(self, *args: Any, fixed: set[int], weekday: int, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"weekday": weekday, "opens": time(17), "closes": time(19), "capacity": 100})
        super().__init__(*args, **kwargs)
        self.is_fixed = self.initial.get("site") in fixed
        if self.is_fixed:
            for promised in ("weekday", "opens", "closes"):
                del self.fields[promised]

    @property
    def weekday_name(self) -> str:
        return str(Weekday(self.initial["weekday"]).label)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        opens, closes = data.get("opens"), data.get("closes")
        if opens and closes and closes <= opens:
            self.add_error("closes", _("It closes before it opens."))
        return data


class SiteRows(forms.BaseFormSet):  # type: ignore[type-arg]  # generic only in the stubs
    """The sites of a season, and empty rows for more with a weekday and a window filled in."""

    def add_fields(self, form: SiteForm, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove this place")

    def plans(self) -> list[SitePlan]:
        """What to write, for each row that was filled in."""
        return [_site_plan(form) for form in self.forms if form.initial.get("site") or form.has_changed()]


def _site_plan(form: SiteForm) -> SitePlan:
    data = dict(form.cleaned_data)
    removed = data.pop("DELETE", False)
    known = form.initial.get("site")
    return SitePlan(facts=data, capacity=data.pop("capacity", 1), site=known, removed=removed)


SiteFormSet = cast(
    "type[SiteRows]",
    forms.formset_factory(
        SiteForm,
        formset=SiteRows,
        extra=0,
        can_delete=True,
        can_delete_extra=False,
        max_num=100,
        absolute_max=101,
        validate_max=True,
    ),
)


class RulesForm(VersionedForm):
    """What holds for everyone: one deadline for every change, holds, terms; and what the season costs the farm."""

    deadline_days = NumberField(label=_("Days before the pickup"), places=0, min_value=0, max_value=14)
    deadline_time = ClockField(label=_("Until what time that day"))
    holds_allowed = NumberField(
        label=_("Weeks a household may hold"), places=0, min_value=0, max_value=52,
        help_text=_("A held week moves to another one. 0 for none."),
    )  # fmt: skip
    mode = forms.ChoiceField(
        label=_("How shares are packed"), choices=Packing, required=False, widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose one of the two ways.")},
    )  # fmt: skip
    costs = MoneyField(
        label=_("What the season costs you"), required=False, min_value=0,
        help_text=_("Seed, wages, rent, your own time. Only you see it."),
    )  # fmt: skip
    terms = WordsField(
        label=_("What members agree to"), max_length=4000, required=False,
        help_text=_("In your words: sharing plenty and failure, what happens to shares nobody collects."),
    )  # fmt: skip
    opens_at = forms.DateTimeField(
        label=_("Sale opens"), required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        help_text=_("Leave it empty to sell from the moment you open."),
        error_messages={"invalid": _("Enter a day and a time, like 2027-03-01 09:00.")},
    )  # fmt: skip

    def __init__(self, *args: Any, season: Season, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.season = season
        costs = self.fields["costs"]
        assert isinstance(costs, MoneyField)
        costs.currency = season.farm.currency
        leaving_rules.offer(self, season)
        if not season.is_draft:
            for promised in ("deadline_days", "deadline_time", "holds_allowed", "opens_at"):
                del self.fields[promised]

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or {}
        leaving_rules.as_it_was(self, facts, self.season)
        return facts

    def clean_mode(self) -> str:
        """As it was, where the page did not ask."""
        return self.cleaned_data["mode"] or self.season.mode

    def clean_opens_at(self) -> Any:
        opens_at = self.cleaned_data["opens_at"]
        if opens_at and not EARLIEST <= opens_at.date() <= LATEST:
            raise forms.ValidationError(_("Enter a day between 2000 and 2100."))
        return opens_at


class CopyForm(forms.Form):
    """A new name and first pickup for a season like an earlier one."""

    name = LineField(label=_("Name of the season"), max_length=60)
    first_day = DayField(label=_("First pickup"))

    def __init__(self, *args: Any, farm: Farm, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.farm = farm

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self.farm.seasons.filter(name__iexact=name).exists():
            raise forms.ValidationError(_("There is a season of this name. Choose another."))
        return name


def a_year_later(first_day: date) -> date:
    """The same weekday nearest to the same date of the next year."""
    try:
        same = first_day.replace(year=first_day.year + 1)
    except ValueError:  # 29 February
        same = date(first_day.year + 1, 3, 1)
    away = (first_day.weekday() - same.weekday()) % 7
    return same + timedelta(days=away if away <= 3 else away - 7)


def next_name(name: str, taken: Sequence[str], *, first_day: date, later: date) -> str:
    """ "Summer 2027" a year later is "Summer 2028"; a name without a year gets one."""
    old, new = str(first_day.year), str(later.year)
    base = name.replace(old, new) if old in name else f"{name} {new}"[:60]
    lowered = {each.lower() for each in taken}
    return next(each for each in [base, *(f"{base[:56]} ({n})" for n in range(2, 99))] if each.lower() not in lowered)
