"""The sweeps of deliveries: rosters are drawn up, harvests are divided, people are reminded."""

from __future__ import annotations

from celery import shared_task

from deliveries import divisions
from deliveries.changing import held_weeks, plan_changes
from deliveries.checking_in import host_letters
from deliveries.due import making_good, rosters
from deliveries.printing import print_orders
from deliveries.swap_table import swaps
from deliveries.telling import messages, reminders, wished_letters
from people.poke import poke
from people.tasks import moment


@shared_task(ignore_result=True)
def draw_up_rosters(at: str | None = None) -> int:
    """Pickup days whose deadline has passed get their roster; how many."""
    return rosters.draw_up_rosters(moment(at))


@shared_task(ignore_result=True)
def divide_harvests(at: str | None = None) -> int:
    """Harvests that were published are divided and printed; how many. A worker does one and wakes another sweep for the
    next; at a moment that is only believed it does them all."""
    in_worker = at is None and not divide_harvests.request.called_directly
    done = divisions.divide_harvests(moment(at), hand_on=_wake if in_worker else None)
    if done and in_worker:
        poke(set_prints)
    return done


def _wake() -> None:
    poke(divide_harvests)


@shared_task(ignore_result=True)
def set_prints(at: str | None = None) -> int:
    """Lists that somebody wants in another language are set; how many. One by one, as harvests are divided."""
    in_worker = at is None and not set_prints.request.called_directly
    return print_orders.set_prints(moment(at), hand_on=_wake_printer if in_worker else None)


def _wake_printer() -> None:
    poke(set_prints)


@shared_task(ignore_result=True)
def write_reminders(at: str | None = None) -> int:
    """Who collects tomorrow is told when, where and what; how many letters."""
    return reminders.write_reminders(at=moment(at))


@shared_task(ignore_result=True)
def make_good(at: str | None = None) -> int:
    """Pickups that were called off are credited or given back, as the farmer said; how many turns."""
    return making_good.make_good(at=moment(at))


@shared_task(ignore_result=True)
def write_host_letters(at: str | None = None) -> int:
    """Whoever looks after a pickup tomorrow gets its check-in link; how many letters."""
    return host_letters.write_host_letters(at=moment(at))


@shared_task(ignore_result=True)
def match_swaps(at: str | None = None) -> int:
    """A round at every swap table whose pickup lies ahead; how many offers were met."""
    return swaps.run_rounds(moment(at))


@shared_task(ignore_result=True)
def release_left_places(at: str | None = None) -> int:
    """Places that households left for good are given back when that week's deadline has passed; how many."""
    return plan_changes.release_left_places(moment(at))


@shared_task(ignore_result=True)
def write_wished_letters(at: str | None = None) -> int:
    """Letters that only those get who asked: a week about to close or published, a season that is over; how many."""
    when = moment(at)
    sweeps = (
        wished_letters.write_deadline_letters,
        wished_letters.write_harvest_notes,
        wished_letters.write_season_reports,
    )
    return sum(sweep(at=when) for sweep in sweeps)


@shared_task(ignore_result=True)
def write_hold_letters(at: str | None = None) -> int:
    """Who has a week on hold hears before its last chance to be collected passes; how many letters."""
    return held_weeks.write_hold_letters(at=moment(at))


@shared_task(ignore_result=True)
def send_messages(at: str | None = None) -> int:
    """What farmers wrote to their households becomes letters; how many."""
    return messages.send_messages(at=moment(at))
