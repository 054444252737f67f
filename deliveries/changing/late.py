"""After the deadline: a household may still give its share away, and may ask the farm for a hold or another day, which
the farmer accepts or declines."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from deliveries import letters, wish_letters
from deliveries.changing.cases import (
    Case,
    ChangeRefused,
    DayCancelled,
    DeadlinePassed,
    NoPlaceForGifts,
    NothingDue,
    WrongDay,
    days_whole,
    find_case,
    leave,
    withdraw,
    write,
)
from deliveries.checking_in.checkins import ticked
from deliveries.due import credits, rosters
from deliveries.due.turns import is_open, takes_place
from deliveries.models import Change, LateWish, Pickup
from farms.models import Farm, HoldBecomes, Household, PickupDay
from people.formats import day as day_words
from people.models import User


class AskedAlready(ChangeRefused):
    """The household has asked for something on that day, and the farm has not answered yet."""


class AnsweredAlready(ChangeRefused):
    """The wish was answered, or taken back, a moment ago."""


def give_late(*, household: Household, day: PickupDay, by: User | None, at: datetime) -> None:
    """Give away a turn whose deadline has passed, until its pickup is over: its box stands there, the season's place
    collects it. Given twice is given once.

    Raises NothingDue, DayCancelled, NoPlaceForGifts; DeadlinePassed when the pickup is over, or was collected.
    """
    with transaction.atomic():
        case = find_case(household, day)
        if case.kinds() == {Change.Kind.GIFT}:
            return
        taker = case.day.week.season.gifts_to_id
        if taker is None:
            raise NoPlaceForGifts(_("The farm has not said yet where shares go that are given away."))
        for place in _places_drawn(case, at, until_end=True):
            _pickups(case).filter(day=place).update(household=taker)
        moved = {share: place for share, place in case.places.items() if place.pk != case.day.pk}
        change = write(case, kind=Change.Kind.GIFT, to_days=moved, by=by, at=at)
        letters.write_change(household=household, day=case.day, change=change, at=at)


def take_back(*, household: Household, day: PickupDay, by: User | None, at: datetime) -> None:
    """Take back what was given away and stands for the season's place, until the pickup begins. Twice is once.

    Raises NothingDue, DayCancelled, DeadlinePassed: also when another household was promised it.
    """
    with transaction.atomic():
        case = find_case(household, day)
        given = [change for change in case.standing.values() if change.kind == Change.Kind.GIFT]
        if not given:
            return
        places = _places_drawn(case, at, until_end=False)
        if _pickups(case).exclude(household=household).filter(household__is_place=False).exists():
            raise DeadlinePassed(_("Another household was told that it gets this share."))
        for place in places:
            _pickups(case).filter(day=place).update(household=household)
        moved = {share: place for share, place in case.places.items() if place.pk != case.day.pk}
        if moved:
            write(case, kind=Change.Kind.MOVE, to_days=moved, by=by, at=at)
        else:
            withdraw(given, by=by, at=at)
        letters.write_undone(household=household, day=case.day, change=given[0], at=at)


def ask(
    *,
    household: Household,
    day: PickupDay,
    kind: str,
    to_day: PickupDay | None,
    words: str,
    by: User | None,
    at: datetime,
) -> LateWish:
    """Ask the farm for a hold, or for another day, of a turn whose deadline has passed and whose pickup has not begun.

    Raises NothingDue, DayCancelled, DeadlinePassed, WrongDay, AskedAlready.
    """
    try:
        with transaction.atomic():
            case = find_case(household, day)
            for place in case.places.values():
                if is_open(place, at):
                    raise WrongDay(_("You can still change this week yourself."))
                _may_still(place, at, until_end=False)
            if kind == LateWish.Kind.MOVE:
                _must_be_possible(case, to_day, at)
            wish = LateWish.objects.create(
                household=household,
                day=case.day,
                kind=kind,
                to_day=to_day if kind == LateWish.Kind.MOVE else None,
                words=words,
                asked_at=at,
                asked_by=by,
            )
            wish_letters.write_wish(wish, at=at)
    except IntegrityError:
        raise AskedAlready(_("You have asked already. The farm answers by e-mail, and here.")) from None
    return wish


def take_wish_back(*, household: Household, day: PickupDay, by: User | None, at: datetime) -> int:
    """The household no longer asks; how many wishes (0 or 1)."""
    asked = LateWish.objects.filter(household=household, day__week=day.week_id, answered_at=None)
    numbers = list(asked.values_list("pk", flat=True))
    # By its own columns: PostgreSQL looks at those again when it had to wait, but not at a joined week's.
    return LateWish.objects.filter(pk__in=numbers, answered_at=None).update(answered_at=at, answered_by=by)


def accept(*, wish: LateWish, answer: str, by: User | None, at: datetime) -> None:
    """The farm agrees: the change is made although its deadline has passed; a roster already drawn up is changed.

    Raises AnsweredAlready, NothingDue (collected meanwhile), DayCancelled, DayFull, DeadlinePassed when it is over.
    """
    with transaction.atomic():
        _answer(wish, accepted=True, answer=answer, by=by, at=at)
        case = find_case(wish.household, wish.day)
        target = days_whole().get(pk=wish.to_day_id) if wish.to_day_id else None
        _places_drawn(case, at, until_end=True)
        if target is None:
            leave(case, at=at, late=True)
            change = write(case, kind=Change.Kind.HOLD, becomes=_becomes(case), by=by, at=at)
        else:
            leave(case, at=at, target=target, late=True)
            target.refresh_from_db(
                fields=["drawn_up_at"]
            )  # the row is ours by now: it may have been drawn up meanwhile
            to_days = dict.fromkeys((share.pk for share in case.shares), target)
            change = write(case, kind=Change.Kind.MOVE, to_days=to_days, by=by, at=at)
        _pickups(case).delete()
        if target is not None and target.drawn_up_at is not None:
            rosters.add_pickups(shares=case.shares, day=target, turn_of=case.day)
        if change.becomes == HoldBecomes.CREDIT:
            credits.credit_holds([case.day], at=at)
        wish_letters.write_wish_answered(wish, at=at)


def decline(*, wish: LateWish, answer: str, by: User | None, at: datetime) -> None:
    """The farm says no, with a word why. Raises AnsweredAlready."""
    with transaction.atomic():
        _answer(wish, accepted=False, answer=answer, by=by, at=at)
        wish_letters.write_wish_answered(wish, at=at)


def count_open_wishes(farm: Farm) -> int:
    """How many wishes wait for the farm's answer."""
    return LateWish.objects.filter(household__farm=farm, answered_at=None).count()


def open_wishes(farm: Farm) -> list[LateWish]:
    """What households ask for, the oldest first; with everything to tell it."""
    return list(_whole().filter(household__farm=farm, answered_at=None))


def answered_wishes(farm: Farm, *, most: int = 20) -> list[LateWish]:
    """The last answers, the newest first."""
    return list(_whole().filter(household__farm=farm, accepted__isnull=False).order_by("-answered_at", "-pk")[:most])


def wishes_of(household: Household, weeks: set[int]) -> dict[int, LateWish]:
    """The latest wish of a household for each of these weeks (ids), by week; those taken back are none."""
    wishes = LateWish.objects.filter(household=household, day__week__in=weeks).select_related("day", "to_day__site")
    return {wish.day.week_id: wish for wish in wishes if wish.answered_at is None or wish.accepted is not None}


def _whole() -> QuerySet[LateWish]:
    return LateWish.objects.select_related(
        "household__farm", "day__week__season__farm", "day__site", "to_day__week", "to_day__site"
    )


def _answer(wish: LateWish, *, accepted: bool, answer: str, by: User | None, at: datetime) -> None:
    facts = {"accepted": accepted, "answer": answer, "answered_at": at, "answered_by": by}
    if not LateWish.objects.filter(pk=wish.pk, answered_at=None).update(**facts):
        raise AnsweredAlready(_("This was answered, or taken back, a moment ago."))
    wish.accepted, wish.answer, wish.answered_at = accepted, answer, at


def _becomes(case: Case) -> str:
    rule = case.day.week.season.hold_becomes
    return HoldBecomes.NOTHING if rule == HoldBecomes.GIFT else rule


def _pickups(case: Case) -> QuerySet[Pickup]:
    return Pickup.objects.filter(share__in=[share.pk for share in case.shares], turn_of__week=case.day.week_id)


def _places_drawn(case: Case, at: datetime, *, until_end: bool) -> list[PickupDay]:
    """Where the turn is collected, their rosters drawn up where the deadline has passed; nobody ticks it until we are
    done. Raises NothingDue when somebody just did."""
    places = [place for _pk, place in sorted({place.pk: place for place in case.places.values()}.items())]
    for place in places:
        _may_still(place, at, until_end=until_end)
        if place.drawn_up_at is None and place.deadline_at <= at:
            rosters.draw_up(day=place, at=at)
    if ticked(_pickups(case)):
        raise NothingDue(_("You have nothing to collect on that day."))
    return places


def _may_still(place: PickupDay, at: datetime, *, until_end: bool) -> None:
    if not takes_place(place):
        raise DayCancelled(_("The farm called this pickup off."))
    if at >= (place.ends_at if until_end else place.starts_at):
        words = _("The pickup on %(day)s is over.") if until_end else _("The pickup on %(day)s has begun.")
        raise DeadlinePassed(words % {"day": day_words(place.date)})


def _must_be_possible(case: Case, to_day: PickupDay | None, at: datetime) -> None:
    if to_day is None or to_day.pk == case.day.pk:
        raise WrongDay(_("Choose another pickup day of this season."))
    target = days_whole().get(pk=to_day.pk)
    if target.week.season_id != case.day.week.season_id:
        raise WrongDay(_("Choose another pickup day of this season."))
    _may_still(target, at, until_end=True)
