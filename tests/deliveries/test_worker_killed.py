"""A worker is killed in the midst of dividing: the old lists stay whole, and the run is taken up again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deliveries import divisions
from deliveries.harvesting import harvests
from deliveries.models import Allocation, Box, Harvest, HarvestLine, Leftover, Portion, PrintedList
from deliveries.tasks import divide_harvests
from people import clock
from people.models import Letter
from tests import factories
from tests.deliveries.harvesting import TUESDAY, make_crop, make_harvest, picked, publish, with_shares
from tests.services.mishaps import COMMITTED, STEPS, Workers
from tests.services.plugin import database_url
from tests.services.worker import wait_for

pytestmark = pytest.mark.worker


@pytest.fixture
def mortals(transactional_db, broker):
    """Workers that die when they are told to."""
    workers = Workers({"DATABASE_URL": database_url(), "REDIS_URL": broker.url, "TEST_DATABASE_NAME": ""})
    yield workers
    workers.stop()


def published(harvest: Harvest) -> tuple[int, int, int]:
    """The version in force, its boxes, its lists."""
    harvest.refresh_from_db()
    return harvest.current.number, harvest.current.boxes.count(), harvest.current.printed.count()


def everything(harvest: Harvest) -> dict[str, object]:
    """All that stands of a harvest's lists, of any run, and every letter: what must be whole."""
    harvest.refresh_from_db()
    runs = harvest.allocations.all()
    return {
        "in force": harvest.current_id,
        "boxes": sorted(Box.objects.filter(allocation__in=runs).values_list()),
        "portions": sorted(Portion.objects.filter(box__allocation__in=runs).values_list("pk", "box", "crop", "steps")),
        "leftovers": sorted(Leftover.objects.filter(allocation__in=runs).values_list()),
        "lists": [(one.pk, bytes(one.pdf)) for one in PrintedList.objects.filter(allocation__in=runs).order_by("pk")],
        "letters": sorted(Letter.objects.values_list("occasion", "to_email")),
    }


def is_whole(run: Allocation, harvest: Harvest) -> None:
    """The run is in force with every box, portion and list, its change marked and told to each, once."""
    harvest.refresh_from_db()
    run.refresh_from_db()
    assert harvest.current == run
    assert run.boxes.count() == 2
    assert {box.portions.count() for box in run.boxes.all()} == {1}
    given = sum(one.steps * one.box.count for one in Portion.objects.filter(box__allocation=run).select_related("box"))
    left = sum(run.leftovers.values_list("steps", flat=True))
    assert given + left == harvest.lines.get().steps
    assert [bytes(one.pdf)[:5] for one in run.printed.all()] == [b"%PDF-"] * 6
    assert len(run.record["changed_rows"]) == 2
    letters = Letter.objects.filter(kind="share_changed").order_by("to_email")
    assert list(letters.values_list("to_email", flat=True)) == ["ana@example.org", "sam@example.org"]


def test_a_published_harvest_is_divided_by_the_worker(celery_worker_process, cast):
    with_shares(cast)
    harvest = make_harvest(cast)
    divisions.ask_for_division(harvest=harvest, by=cast.fern, at=clock.now())
    divide_harvests.apply_async()
    wait_for(lambda: Allocation.objects.filter(finished_at__isnull=False).exists(), what=celery_worker_process.words)
    assert published(harvest) == (1, 2, 6)


@pytest.fixture
def changed(cast) -> tuple[Harvest, Allocation]:
    """A harvest with lists in force, published again with more carrots: Ana and Sam are to be told."""
    with_shares(cast, full=2, half=2)
    ana = factories.make_user("ana@example.org")
    factories.make_share(factories.make_household(cast.farm, "Ana’s", user=ana), cast.full, site=cast.market)
    factories.make_share(cast.sams, cast.full, site=cast.market)
    harvest = publish(make_harvest(cast, {"Carrots": "20 kg"}))
    make_harvest(cast, {"Carrots": "40 kg"})
    return harvest, divisions.ask_for_division(harvest=harvest, by=cast.fern, at=factories.NOW)


def test_killed_at_any_step_before_the_last_the_old_lists_are_whole_and_another_worker_finishes(mortals, changed):
    harvest, run = changed
    at, before = factories.NOW, everything(harvest)
    for step in [step for step in STEPS if step != COMMITTED]:
        assert mortals.sweep(at.isoformat(), step) == -9, step
        assert everything(harvest) == before, step
        at += divisions.LEASE  # lapsed: whoever comes next takes the run up from its beginning
    assert mortals.sweep((at - timedelta(seconds=1)).isoformat()) == 0
    assert everything(harvest) == before, "somebody took up a run that another had in hand"
    assert mortals.sweep(at.isoformat()) == 0
    is_whole(run, harvest)


def test_killed_when_all_is_committed_the_new_lists_are_whole_and_nobody_is_told_twice(mortals, changed):
    harvest, run = changed
    assert mortals.sweep(factories.NOW.isoformat(), COMMITTED) == -9
    is_whole(run, harvest)
    after = everything(harvest)
    assert mortals.sweep((factories.NOW + divisions.LEASE).isoformat()) == 0
    assert everything(harvest) == after


def test_a_worker_killed_while_it_prints_leaves_the_old_lists_whole(celery_worker_process, cast):
    """The whole worker, not one of its hands: nobody is left to take the message up again but the calendar."""
    worker = celery_worker_process
    with_shares(cast, full=60, half=60)
    harvest = publish(make_harvest(cast))
    make_harvest(cast, {"Carrots": "40 kg"})
    run = divisions.ask_for_division(harvest=harvest, by=cast.fern, at=clock.now())
    divide_harvests.apply_async()
    wait_for(lambda: Allocation.objects.filter(pk=run.pk, leased_until__isnull=False).exists(), what=worker.words)
    worker.kill()
    run.refresh_from_db()
    assert run.finished_at is None
    assert published(harvest) == (1, 2, 6)
    assert Box.objects.exclude(allocation=harvest.current).count() == 0
    assert PrintedList.objects.exclude(allocation=harvest.current).count() == 0
    assert divisions.divide_harvests(clock.now() + divisions.LEASE) == 1
    assert published(harvest) == (2, 2, 6)


def another_farm(name: str) -> Harvest:
    """A farm of its own with a harvest of its own, asked to be divided."""
    farm = factories.make_farm(name)
    season = factories.make_season(farm)
    factories.make_share(factories.make_household(farm), factories.make_share_type(season))
    harvest = harvests.open_harvest(farm=farm, date=TUESDAY, at=factories.NOW)
    harvests.record_harvest(harvest=harvest, picked=[picked(make_crop(farm, "Carrots"), "5")])
    divisions.ask_for_division(harvest=harvest, by=None, at=factories.NOW)
    return harvest


def test_farms_due_at_once_are_divided_side_by_side_and_a_poisoned_one_stops_none(idle_worker, tmp_path):
    meetings = tmp_path / "meetings"
    meetings.mkdir()
    idle_worker.environment["MEETING"] = str(meetings)
    idle_worker.loads.append("tests.services.meeting")
    idle_worker.hands = 2
    idle_worker.start()
    poisoned, *sound = [another_farm(name) for name in ("Poisoned", "Elm", "Fig")]
    HarvestLine.objects.filter(harvest=poisoned).update(locked={"no share type": 1})
    divide_harvests.apply_async()  # one knock for all of them
    waiting = Allocation.objects.filter(finished_at=None, failed_at=None)
    wait_for(lambda: not waiting.exists(), what=idle_worker.words)
    assert [published(harvest) for harvest in sound] == [(1, 1, 6), (1, 1, 6)]
    refused = poisoned.allocations.get()
    assert (refused.finished_at, refused.failed_because[:27]) == (None, "Something went wrong while ")
    first, second, *_last = [note.read_text() for note in sorted(meetings.iterdir())]
    assert (first, second) == ("met", "met")
