"""A worker is killed in the midst of dividing: the old lists stay whole, and the run is taken up again."""

from __future__ import annotations

import pytest

from deliveries import divisions
from deliveries.models import Allocation, Box, Harvest, PrintedList
from deliveries.tasks import divide_harvests
from people import clock
from tests.deliveries.harvesting import make_harvest, publish, with_shares
from tests.services.worker import wait_for


def published(harvest: Harvest) -> tuple[int, int, int]:
    """The version in force, its boxes, its lists."""
    harvest.refresh_from_db()
    return harvest.current.number, harvest.current.boxes.count(), harvest.current.printed.count()


@pytest.mark.worker
def test_a_published_harvest_is_divided_by_the_worker(celery_worker_process, cast):
    with_shares(cast)
    harvest = make_harvest(cast)
    divisions.ask_for_division(harvest=harvest, by=cast.fern, at=clock.now())
    divide_harvests.apply_async()
    wait_for(lambda: Allocation.objects.filter(finished_at__isnull=False).exists(), what=celery_worker_process.words)
    assert published(harvest) == (1, 2, 4)


@pytest.mark.worker
def test_a_worker_killed_while_it_prints_leaves_the_old_lists_whole(celery_worker_process, cast):
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
    assert published(harvest) == (1, 2, 4)
    assert Box.objects.exclude(allocation=harvest.current).count() == 0
    assert PrintedList.objects.exclude(allocation=harvest.current).count() == 0
    assert divisions.divide_harvests(clock.now() + divisions.LEASE) == 1
    assert published(harvest) == (2, 2, 4)
