"""Shifts are offered, taken, handed on and called off; nobody needs the coordinator for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from community import shift_letters
from community.models import Shift, SignUp, SwapProposal
from farms.models import Farm, Household, PickupDay
from farms.seasons import window
from people.models import User

WITHDRAW_UNTIL = timedelta(days=2)
"""Before the shift begins; later one looks for a substitute and stays in charge until there is one."""


class ShiftRefused(Exception):
    """It cannot be done, in words; nothing was changed."""


@dataclass(frozen=True)
class Plan:
    """A shift as it is offered, on one date or on each pickup day of a site."""

    title: str
    place: str
    note: str
    opens: time
    closes: time
    needed: int
    hosts: bool = False


def offer_once(*, farm: Farm, plan: Plan, on: date, at: datetime) -> Shift:
    """A shift on a date, in the farm's own time. Offered twice, it is offered once: who needs more hands says so."""
    facts = _facts(farm, plan, on, None, at)
    with transaction.atomic():
        _keep_farm(farm)
        same = {name: facts[name] for name in ("farm", "title", "place", "starts_at", "ends_at")}
        return Shift.objects.standing().filter(day=None, **same).first() or Shift.objects.create(**facts)


def offer_at_pickups(*, farm: Farm, plan: Plan, days: Iterable[PickupDay], at: datetime) -> int:
    """A shift on each of these pickup days that has none of this name yet; how many. Three queries."""
    wanted = list(days)
    with transaction.atomic():
        _keep_farm(farm)
        known = set(Shift.objects.standing().filter(day__in=wanted, title=plan.title).values_list("day_id", flat=True))
        rows = [Shift(**_facts(farm, plan, day.date, day, at)) for day in wanted if day.pk not in known]
        Shift.objects.bulk_create(rows)
    return len(rows)


def sign_up(*, shift: Shift, household: Household, user: User, at: datetime) -> SignUp:
    """Take a place. Raises ShiftRefused when it is full, over, called off, or the person is busy then."""
    with transaction.atomic():
        _keep_to_ourselves(user)
        _refuse_if_busy(user, shift)
        _take_place(shift, at)
        return _write(shift=shift, household=household, user=user, signed_at=at)


def withdraw(*, sign_up: SignUp, at: datetime) -> None:
    """Give the place back, in time. Raises ShiftRefused when it is too late for that."""
    if at > sign_up.shift.starts_at - WITHDRAW_UNTIL:
        raise ShiftRefused(_("It begins in less than two days: look for a substitute instead."))
    _give_place_back(sign_up, at)


def end_all(*, user: User, household: Household | None = None, at: datetime) -> int:
    """Somebody goes: all they signed up for that has not begun has a place again, and where hands are missing soon that
    is told; of one household only, if given. How many sign-ups ended."""
    own = SignUp.objects.standing().filter(user=user, shift__in=Shift.objects.ahead(at))
    wanted = own.filter(household=household) if household else own
    return sum(_give_place_back(each, at) for each in wanted.select_related("shift__farm", "shift__day__site"))


def seek_substitute(*, sign_up: SignUp, wanted: bool, at: datetime) -> None:
    """Ask the others to take over, or stop asking. Until somebody does, the place stays theirs."""
    if at >= sign_up.shift.starts_at:
        raise ShiftRefused(_("It has begun."))
    asked_at = at if wanted else None
    changed = SignUp.objects.standing().filter(pk=sign_up.pk, substitute_wanted_at__isnull=wanted)
    with transaction.atomic():
        if changed.update(substitute_wanted_at=asked_at) and wanted:
            shift_letters.ask_for_substitute(sign_up, at=at)


def take_over(*, sign_up: SignUp, household: Household, user: User, at: datetime) -> SignUp:
    """Come instead of somebody who still looks for a substitute; both are told. One of many gets it."""
    with transaction.atomic():
        _keep_to_ourselves(user)
        _refuse_if_busy(user, sign_up.shift)
        new = _hand_on(sign_up, household, user, at, if_wanted=True)
        shift_letters.tell_taken_over(new, sign_up, at=at)
    return new


def propose_swap(*, wanted: SignUp, offered: SignUp, at: datetime) -> SwapProposal:
    """Offer one's own shift for that of somebody who looks for a substitute; they decide."""
    if wanted.substitute_wanted_at is None or wanted.withdrawn_at or offered.withdrawn_at:
        raise ShiftRefused(_("Somebody was quicker."))
    if wanted.user_id == offered.user_id or wanted.shift_id == offered.shift_id:
        raise ShiftRefused(_("Choose another shift of yours."))
    with transaction.atomic():
        proposal, is_new = SwapProposal.objects.get_or_create(
            wanted=wanted, offered=offered, answered_at=None, defaults={"made_at": at}
        )
        if is_new:
            shift_letters.tell_proposed(proposal, at=at)
    return proposal


def answer_swap(*, proposal: SwapProposal, accept: bool, at: datetime) -> None:
    """Accept: the two change places, at once or not at all. Raises ShiftRefused when one of them cannot any more."""
    with transaction.atomic():
        if not SwapProposal.objects.filter(pk=proposal.pk, answered_at=None).update(answered_at=at, accepted=accept):
            raise ShiftRefused(_("This swap was answered before."))
        if accept:
            mine, theirs = proposal.wanted, proposal.offered
            _keep_to_ourselves(mine.user, theirs.user)
            _refuse_if_busy(mine.user, theirs.shift, but=mine)
            _refuse_if_busy(theirs.user, mine.shift, but=theirs)
            _hand_on(mine, theirs.household, theirs.user, at)
            _hand_on(theirs, mine.household, mine.user, at)
        shift_letters.tell_answered(proposal, accept=accept, at=at)


def call_off(*, shift: Shift, because: str, at: datetime) -> bool:
    """The farm needs nobody after all; everybody who signed up is told. False when it was called off before."""
    with transaction.atomic():
        if not Shift.objects.standing().filter(pk=shift.pk).update(cancelled_at=at, cancelled_because=because):
            return False
        shift.cancelled_at, shift.cancelled_because = at, because
        shift_letters.tell_called_off(shift, at=at)
    return True


def change_needed(*, shift: Shift, needed: int) -> None:
    """Fewer or more people. Never fewer than have signed up."""
    if not Shift.objects.filter(pk=shift.pk, taken__lte=needed).update(needed=needed):
        raise ShiftRefused(_("More people have signed up already."))


def _give_place_back(sign_up: SignUp, at: datetime) -> bool:
    """End a sign-up: the shift needs one more again, which is told anew if its want was told before."""
    with transaction.atomic():
        Shift.objects.filter(pk=sign_up.shift_id).update(taken=F("taken"))  # the shift first, as who takes over does
        if not _end(sign_up, at):
            return False
        Shift.objects.filter(pk=sign_up.shift_id).update(taken=F("taken") - 1)
        sign_up.shift.refresh_from_db(fields=["taken"])
        shift_letters.tell_short_again(sign_up, at=at)
    return True


def _facts(farm: Farm, plan: Plan, on: date, day: PickupDay | None, at: datetime) -> dict[str, object]:
    starts_at, ends_at = window(on, plan.opens, plan.closes, farm.zone)
    return {
        "farm": farm,
        "day": day,
        "title": plan.title,
        "place": plan.place,
        "note": plan.note,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "needed": plan.needed,
        "hosts": plan.hosts and day is not None,
        "made_at": at,
    }


def _take_place(shift: Shift, at: datetime) -> None:
    """The place is the database's to give: whoever comes second to the last one gets none."""
    free = Shift.objects.ahead(at).filter(pk=shift.pk, taken__lt=F("needed"))
    if free.update(taken=F("taken") + 1):
        return
    shift.refresh_from_db()
    if shift.cancelled_at:
        raise ShiftRefused(_("This shift was called off."))
    raise ShiftRefused(_("It has begun.") if shift.starts_at <= at else _("The last place went a moment ago."))


def _keep_to_ourselves(*people: User) -> None:
    """Hold these people's rows until commit, so that two sign-ups of one person at the same moment see each other.
    (SQLite lets one writer in anyway.)"""
    for pk in sorted({person.pk for person in people}):
        User.objects.filter(pk=pk).update(name=F("name"))


def _keep_farm(farm: Farm) -> None:
    """Hold the farm's row until commit: of two clicks the second sees what the first wrote."""
    Farm.objects.filter(pk=farm.pk).update(slug=F("slug"))


def _refuse_if_busy(user: User, shift: Shift, *, but: SignUp | None = None) -> None:
    """Nobody is at two shifts at once."""
    others = SignUp.objects.standing().filter(
        Q(shift__starts_at__lt=shift.ends_at, shift__ends_at__gt=shift.starts_at), user=user, shift__cancelled_at=None
    )
    clash = others.exclude(pk=but.pk if but else 0).select_related("shift").first()
    if clash is not None:
        raise ShiftRefused(_("You are at another shift then: %(title)s.") % {"title": clash.shift.title})


def _hand_on(sign_up: SignUp, household: Household, user: User, at: datetime, *, if_wanted: bool = False) -> SignUp:
    """Another comes in this one's place; the shift is as full as before. It stands, and is not called off meanwhile."""
    if sign_up.shift.starts_at <= at:
        raise ShiftRefused(_("It has begun."))
    if not Shift.objects.ahead(at).filter(pk=sign_up.shift_id).update(taken=F("taken")):
        raise ShiftRefused(_("This shift was called off."))
    if not _end(sign_up, at, if_wanted=if_wanted):
        raise ShiftRefused(_("Somebody was quicker."))
    return _write(shift=sign_up.shift, household=household, user=user, signed_at=at, took_over=sign_up)


def _end(sign_up: SignUp, at: datetime, *, if_wanted: bool = False) -> bool:
    """`if_wanted`: only while a substitute is wanted."""
    rows = SignUp.objects.standing().filter(pk=sign_up.pk)
    if if_wanted:
        rows = rows.exclude(substitute_wanted_at=None)
    return bool(rows.update(withdrawn_at=at))


def _write(**facts: object) -> SignUp:
    try:
        with transaction.atomic():
            return SignUp.objects.create(**facts)
    except IntegrityError:
        raise ShiftRefused(_("You have signed up for this shift already.")) from None
