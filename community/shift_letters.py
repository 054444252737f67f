"""What is written to those who lend a hand."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from community.models import Shift, SignUp, SwapProposal
from farms.models import StaffMember
from people.by_itself import by_itself
from people.letters import Draft, page_url, write_letters
from people.models import Letter, User

log = logging.getLogger("hissa.shifts")

REMIND_BEFORE = timedelta(days=2)
SHORT_BEFORE = timedelta(days=3)


def write_shift_letters(*, at: datetime) -> int:
    """The sweep: two days before a shift its people are reminded; three days before, a shift that is short of hands is
    told to the farm and to those who could come. How many letters were written now."""
    soon = list(Shift.objects.ahead(at).filter(starts_at__lte=at + SHORT_BEFORE).select_related("farm", "day__site"))
    written = 0
    for shift in soon:
        with by_itself(log, "letters for shift %s could not be written", shift.pk):
            if shift.starts_at <= at + REMIND_BEFORE:
                written += _remind(shift, at)
            if shift.left:
                written += _tell_short(shift, at)
    return written


def ask_for_substitute(sign_up: SignUp, *, at: datetime) -> None:
    """To those who could come instead."""
    free = _who_could_come(sign_up.shift, without=sign_up.user_id)
    asked_at = sign_up.substitute_wanted_at or at
    occasion = f"signup:{sign_up.pk}:{asked_at:%Y%m%d%H}"  # asking, not asking and asking again writes once an hour
    _write("shift_substitute", sign_up.shift, free, occasion, at, may_stop=True)


def tell_taken_over(new: SignUp, old: SignUp, *, at: datetime) -> None:
    _write("shift_taken_over", old.shift, [old.user], f"signup:{old.pk}", at, extra={"by": new.user})


def tell_proposed(proposal: SwapProposal, *, at: datetime) -> None:
    extra: dict[str, Any] = {"by": proposal.offered.user, "other": proposal.offered.shift}
    _write("shift_swap", proposal.wanted.shift, [proposal.wanted.user], f"swap:{proposal.pk}", at, extra=extra)


def tell_answered(proposal: SwapProposal, *, accept: bool, at: datetime) -> None:
    extra: dict[str, Any] = {"by": proposal.wanted.user, "other": proposal.offered.shift, "accepted": accept}
    reader = [proposal.offered.user]
    _write("shift_swap_answered", proposal.wanted.shift, reader, f"swap:{proposal.pk}", at, extra=extra)


def tell_called_off(shift: Shift, *, at: datetime) -> None:
    _write("shift_called_off", shift, _people(shift), f"shift:{shift.pk}", at)


def tell_short_again(gone: SignUp, *, at: datetime) -> int:
    """Somebody went off a shift whose want of hands had been told already: it is told once more. (Else the sweep tells
    it.)"""
    shift = gone.shift
    told = Letter.objects.filter(kind="shift_short_farm", occasion=f"shift:{shift.pk}").exists()
    return _tell_short(shift, at, occasion=f"shift:{shift.pk}:without:{gone.pk}") if told else 0


def _remind(shift: Shift, at: datetime) -> int:
    occasion = f"shift:{shift.pk}"
    return _write("shift_reminder", shift, _people(shift), occasion, at, stale_at=shift.starts_at, may_stop=True)


def _tell_short(shift: Shift, at: datetime, *, occasion: str = "") -> int:
    occasion = occasion or f"shift:{shift.pk}"
    owners = User.objects.filter(staffed__farm=shift.farm, staffed__role=StaffMember.Role.OWNER)
    told = _write("shift_short_farm", shift, owners, occasion, at, stale_at=shift.starts_at)
    free = _who_could_come(shift)
    return told + _write("shift_short", shift, free, occasion, at, stale_at=shift.starts_at, may_stop=True)


def _people(shift: Shift) -> list[User]:
    return [each.user for each in shift.sign_ups.standing().select_related("user")]


def _who_could_come(shift: Shift, *, without: int = 0) -> list[User]:
    """Who signed up for a shift of the farm before and is not on this one; where nobody did, everybody who has a
    household there: a farm's first shifts have no helpers yet."""
    here = User.objects.filter(households__farm=shift.farm, is_active=True).distinct()
    free = here.exclude(pk=without).exclude(pk__in=shift.sign_ups.standing().values("user"))
    return list(free.filter(sign_ups__shift__farm=shift.farm)) or list(free)


def _write(
    kind: str,
    shift: Shift,
    readers: Iterable[User],
    occasion: str,
    at: datetime,
    *,
    stale_at: datetime | None = None,
    may_stop: bool = False,
    extra: Mapping[str, Any] | None = None,
) -> int:
    farm = shift.farm
    link = page_url(f"{reverse('my_shifts')}?farm={farm.slug}")
    drafts = (
        Draft(
            kind=kind,
            to=reader,
            occasion=occasion,
            template=f"community/emails/{kind}",
            context={"farm": farm, "shift": shift, "reader": reader, "link": link, **(extra or {})},
            language=reader.language or farm.language,
            at=at,
            stale_at=stale_at,
            from_name=farm.name,
            reply_to=farm.email,
            may_stop=may_stop,
        )
        for reader in readers
    )
    return len(write_letters(drafts))
