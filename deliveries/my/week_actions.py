"""What a household's week page can be asked to do: each action carries it out and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils.translation import gettext as _

from deliveries.changing import changes, friends, late, plan_changes
from deliveries.changing.cases import ChangeRefused
from deliveries.due.turns import Turn
from deliveries.swap_table import swaps
from farms.models import HoldBecomes, Household, Season
from people import formats
from people.models import User

if TYPE_CHECKING:
    from deliveries.my.weeks import Forms


@dataclass(frozen=True)
class Asked:
    """Who asks what about which turn, with the forms and everything else that was sent."""

    household: Household
    season: Season
    turn: Turn
    forms: Forms
    sent: QueryDict
    by: User
    at: datetime

    @property
    def week(self) -> int:
        return self.turn.day.week.number


Action = Callable[[Asked], str | None]
"""What to tell the household; none when its form says what is wrong. May raise ChangeRefused."""


def carry_out(action: str, asked: Asked) -> str | None:
    return ACTIONS[action](asked)


def _hold(asked: Asked) -> str:
    changes.hold(household=asked.household, day=asked.turn.day, by=asked.by, at=asked.at)
    if asked.season.hold_becomes == HoldBecomes.GIFT:
        return _given(asked)
    return _("Week %(week)s is on hold.") % {"week": asked.week}


def _give(asked: Asked) -> str:
    changes.give(household=asked.household, day=asked.turn.day, by=asked.by, at=asked.at)
    return _given(asked)


def _give_late(asked: Asked) -> str:
    late.give_late(household=asked.household, day=asked.turn.day, by=asked.by, at=asked.at)
    return _given(asked)


def _given(asked: Asked) -> str:
    return _("Given away. Somebody else eats the share of week %(week)s.") % {"week": asked.week}


def _undo(asked: Asked) -> str:
    changes.undo(household=asked.household, day=asked.turn.day, by=asked.by, at=asked.at)
    return _as_it_was(asked)


def _take_back(asked: Asked) -> str:
    late.take_back(household=asked.household, day=asked.turn.day, by=asked.by, at=asked.at)
    return _as_it_was(asked)


def _as_it_was(asked: Asked) -> str:
    return _("Undone. Week %(week)s is as it was.") % {"week": asked.week}


def _move(asked: Asked) -> str | None:
    form = asked.forms.move
    if not form.is_valid():
        return None
    to_day = form.cleaned_data["to_day"]
    try:
        changes.move(household=asked.household, day=asked.turn.day, to_day=to_day, by=asked.by, at=asked.at)
    except ChangeRefused as refused:
        form.add_error("to_day", str(refused))
        return None
    return _("Moved. Week %(week)s waits for you on %(day)s.") % {"week": asked.week, "day": formats.day(to_day.date)}


def _site(asked: Asked) -> str | None:
    form = asked.forms.site
    if not form.is_valid():
        return None
    site, day = form.cleaned_data["site"], asked.turn.day
    try:
        plan_changes.change_site(
            household=asked.household, week=day.week, old=day.site, site=site, by=asked.by, at=asked.at
        )
    except ChangeRefused as refused:
        form.add_error("site", str(refused))
        return None
    return _("From week %(week)s on you collect at %(site)s.") % {"week": asked.week, "site": site.name}


def _undo_site(asked: Asked) -> str:
    plan_changes.undo(household=asked.household, week=asked.turn.day.week, by=asked.by, at=asked.at)
    return _("Undone. You collect where you did before.")


def _friend(asked: Asked) -> str | None:
    form = asked.forms.friend
    if not form.is_valid():
        return None
    name, always = form.cleaned_data["name"], form.cleaned_data["always"]
    day = None if always else asked.turn.place
    friends.appoint(household=asked.household, name=name, day=day, by=asked.by, at=asked.at)
    return _("%(name)s may collect for you. Send them their pass.") % {"name": formats.isolated(name)}


def _dismiss(asked: Asked) -> str:
    number = asked.sent.get("pass", "")
    friends.dismiss(household=asked.household, number=int(number) if _is_id(number) else 0, at=asked.at)
    return _("That pass leads nowhere any more.")


def _ask(asked: Asked) -> str | None:
    form = asked.forms.wish
    if not form.is_valid():
        return None
    facts = {"kind": form.kind, "to_day": form.cleaned_data["to_day"], "words": form.cleaned_data["words"]}
    try:
        late.ask(household=asked.household, day=asked.turn.day, by=asked.by, at=asked.at, **facts)
    except ChangeRefused as refused:
        form.add_error("to_day", str(refused))
        return None
    return _("Asked. The farm answers by e-mail, and here.")


def _take_wish_back(asked: Asked) -> str:
    late.take_wish_back(household=asked.household, day=asked.turn.day, by=asked.by, at=asked.at)
    return _("Taken back. You collect as planned.")


def _swap(asked: Asked) -> str | None:
    form = asked.forms.swap
    if form is None:
        raise swaps.CannotSwap(_("The swap table of this day is closed."))
    if not form.is_valid():
        return None
    share, gives = form.given
    facts = {"wanted": form.cleaned_data["wanted"], "less": form.cleaned_data["less"], "by": asked.by, "at": asked.at}
    try:
        swaps.offer(household=asked.household, share=share, day=asked.turn.place, gives=gives, **facts)
    except ChangeRefused as refused:
        form.add_error("gives", str(refused))
        return None
    return _("It is on the swap table. When somebody takes it you get a letter.")


def _unswap(asked: Asked) -> str:
    number = asked.sent.get("offer", "")
    swaps.withdraw(household=asked.household, number=int(number) if _is_id(number) else 0, at=asked.at)
    return _("It is off the swap table: you keep it.")


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


ACTIONS: Mapping[str, Action] = {
    "hold": _hold,
    "give": _give,
    "give_late": _give_late,
    "undo": _undo,
    "take_back": _take_back,
    "move": _move,
    "site": _site,
    "undo_site": _undo_site,
    "friend": _friend,
    "dismiss": _dismiss,
    "ask": _ask,
    "take_wish_back": _take_wish_back,
    "swap": _swap,
    "unswap": _unswap,
}
