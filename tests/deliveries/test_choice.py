"""To each what they like: every share has its own box, never means never, and the memory goes with the share."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deliveries import divisions
from deliveries.dividing import tastes
from deliveries.dividing.contents import contents_of
from deliveries.dividing.gathering import problem_of
from deliveries.harvesting.harvests import choose_packing
from deliveries.models import Box, Change, Crop, Exclusion, Liking, Portion
from deliveries.printing import prints
from farms.models import Household, Packing, Paper, PickupDay
from shares.models import Share
from tests import factories
from tests.deliveries.harvesting import TUESDAY, crop_lists, make_harvest, publish, with_shares
from tests.deliveries.lists.reading import text_of

WEEK = {"Carrots": "60 kg", "Chard": "90 bunch", "Lettuce": "70 head", "Fennel": "40 piece", "Melon": "20 piece"}
NEVER, LIKE, LOVE = Liking.Level.NEVER, Liking.Level.LIKE, Liking.Level.LOVE


@pytest.fixture
def choosing(cast):
    """Fern's season, packed to each what they like."""
    cast.season.mode = Packing.CHOICE
    cast.season.save()
    return cast


def sixty(cast) -> list[Household]:
    with_shares(cast, full=20, half=15)
    with_shares(cast, full=15, half=10, site=cast.school)
    return list(Household.objects.filter(farm=cast.farm, shares__isnull=False).order_by("pk"))


def tastes_of(cast, households) -> None:
    """Every third never eats fennel, every fifth must not eat chard, every second loves melons."""
    crops = {crop.name: crop for crop in cast.farm.crops.all()}
    for place, household in enumerate(households):
        rated = {crops["Fennel"]: NEVER} if place % 3 == 0 else {}
        rated |= {crops["Melon"]: LOVE if place % 2 else Liking.Level.DISLIKE}
        tastes.rate(household=household, levels=rated)
        if place % 5 == 0:
            tastes.exclude(household=household, crops=[crops["Chard"]], at=factories.NOW)


def week(cast, number: int = 0, amounts=None):
    return make_harvest(cast, amounts or WEEK, date=TUESDAY + timedelta(weeks=number), both=True)


def given(harvest) -> dict[str, int]:
    rows = Portion.objects.filter(box__allocation=harvest.current).values("crop__name").annotate(all=Sum("steps"))
    return dict(rows.order_by().values_list("crop__name", "all"))


def test_sixty_shares_each_have_a_box_and_never_means_never(choosing):
    harvest = week(choosing)
    tastes_of(choosing, sixty(choosing))
    publish(harvest)
    boxes = harvest.current.boxes.all()
    assert (boxes.count(), boxes.exclude(share=None).values("share").distinct().count()) == (60, 60)
    assert set(boxes.values_list("count", flat=True)) == {1}
    stored = Portion.objects.filter(box__allocation=harvest.current)
    assert stored.count() == 300
    never = Liking.objects.filter(level=NEVER).values_list("household", "crop")
    excluded = Exclusion.objects.values_list("household", "crop")
    must_not = set(never) | set(excluded)
    wrong = [row for row in stored.filter(steps__gt=0).values_list("box__share__household", "crop") if row in must_not]
    assert (len(must_not), wrong) == (32, [])


def test_portions_and_leftover_are_the_harvest_in_choice_too(choosing):
    harvest = week(choosing)
    tastes_of(choosing, sixty(choosing))
    publish(harvest)
    left = {row.crop.name: row.steps for row in harvest.current.leftovers.select_related("crop")}
    assert {name: steps + left.get(name, 0) for name, steps in given(harvest).items()} == {
        "Carrots": 1200, "Chard": 90, "Lettuce": 70, "Fennel": 40, "Melon": 20,
    }  # fmt: skip


def test_the_preview_is_what_is_published_and_the_inputs_give_it_again(choosing):
    harvest = week(choosing)
    tastes_of(choosing, sixty(choosing))
    _case, seen = divisions.preview(harvest)
    publish(harvest)
    stored = divisions.in_force(harvest)
    assert (stored.portions, stored.leftover, stored.targets, stored.values) == (
        seen.portions, seen.leftover, seen.targets, seen.values,
    )  # fmt: skip
    assert harvest.current.record["mode"] == "choice"


def test_what_is_kept_of_a_division_does_not_tell_an_allergy_from_a_never(choosing):
    harvest = week(choosing)
    households = sixty(choosing)
    tastes_of(choosing, households)
    case = divisions.gather(harvest)
    fennel, chard = ([line.crop.name for line in case.lines].index(name) for name in ("Fennel", "Chard"))
    liked = dict(zip([cell.household for cell in case.cells], case.likings, strict=True))[households[0].pk]
    assert {liked[fennel], liked[chard]} == {"0"}
    assert "excluded" not in json.dumps(case.inputs)


def test_the_memory_of_worth_goes_with_the_share(choosing):
    """Whoever was short in earlier weeks is due more, and the sum is that of its own boxes."""
    with_shares(choosing, full=6, half=6)
    for number in range(3):
        publish(week(choosing, number, {"Melon": "5 piece", "Potatoes": "12 kg"}))
    owing = defaultdict(int)
    for share, due, got in Box.objects.values_list("share", "due", "got"):
        owing[share] += due - got
    case = divisions.gather(week(choosing, 3, {"Potatoes": "60 kg"}))
    assert {cell.share: cell.owed for cell in case.cells} == {
        cell.share: round(owing[cell.share] * 100 / cell.share_type.weight) for cell in case.cells
    }
    assert len({cell.owed for cell in case.cells}) > 1


def test_a_scarce_crop_goes_round_share_by_share(choosing):
    """4 melons for 12 who like them: after three weeks everybody had one."""
    with_shares(choosing, full=12, half=0)
    served: list[int] = []
    for number in range(3):
        harvest = publish(week(choosing, number, {"Melon": "4 piece", "Potatoes": "60 kg"}))
        melons = Portion.objects.filter(box__allocation=harvest.current, crop__name="Melon", steps=1)
        served += melons.values_list("box__share", flat=True)
    assert sorted(served) == sorted(Share.objects.values_list("pk", flat=True))


def test_a_week_packed_alike_and_back_keeps_everybody_s_memory(choosing):
    with_shares(choosing, full=4, half=0)
    with_shares(choosing, full=4, half=0, site=choosing.school)
    alike = week(choosing, 0, {"Melon": "4 piece", "Potatoes": "8 kg"})
    choose_packing(harvest=alike, packing=Packing.UNIFORM)
    publish(alike)
    assert alike.current.boxes.filter(share=None).count() == 2
    behind = {box.day.site_id: box.due - box.got for box in alike.current.boxes.select_related("day")}
    then = divisions.gather(week(choosing, 1, {"Melon": "4 piece", "Potatoes": "8 kg"}))
    assert then.mode == Packing.CHOICE
    assert {(cell.day.site_id, cell.owed) for cell in then.cells} == {
        (site, round(owed * 100 / 2)) for site, owed in behind.items()
    }
    assert {abs(turns) for turns in then.turns.values()} == {500}


def test_a_week_packed_alike_remembers_what_a_site_s_shares_had_on_average(choosing):
    with_shares(choosing, full=3, half=0)
    first = publish(week(choosing, 0, {"Melon": "1 piece", "Potatoes": "3 kg"}))
    boxes = list(first.current.boxes.all())
    harvest = week(choosing, 1, {"Melon": "1 piece", "Potatoes": "3 kg"})
    choose_packing(harvest=harvest, packing=Packing.UNIFORM)
    (cell,) = divisions.gather(harvest).cells
    assert cell.owed == round(round(sum(box.due - box.got for box in boxes) / 3) * 100 / 2)
    assert cell.share is None


def test_a_share_that_collects_two_turns_has_one_box_worth_both(choosing, cast):
    with_shares(cast, full=3, half=0)
    share = Share.objects.order_by("pk").first()
    first, second = PickupDay.objects.filter(site=cast.market).order_by("date")[:2]
    Change.objects.create(share=share, day=first, kind="move", to_day=second, made_at=factories.NOW)
    harvest = publish(week(cast, 1, {"Potatoes": "40 kg"}))
    values = dict(harvest.current.boxes.values_list("share", "value"))
    others = {value for pk, value in values.items() if pk != share.pk}
    assert (len(values), values[share.pk]) == (3, 2 * others.pop())
    inside = contents_of([second]).of(second.pk, cast.full.pk, share.pk)
    assert [(item.name, item.amount.replace("\u00a0", " "), inside.own) for item in inside.items] == [
        ("Potatoes", "20 kg", True)
    ]


def test_dividing_takes_as_many_queries_for_60_shares_as_for_3(choosing):
    def queries(shares: int, number: int) -> int:
        with_shares(choosing, full=shares, half=0)
        run = divisions.ask_for_division(harvest=week(choosing, number), by=None, at=factories.NOW)
        with CaptureQueriesContext(connection) as seen:
            assert divisions.divide(run=run, at=factories.NOW)
        return len(seen)

    queries(3, 0)  # the first week remembers nothing yet
    assert len({queries(0, 1), queries(57, 2), queries(0, 3)}) == 1


def test_lists_of_a_choice_week_cross_foot_and_say_what_each_takes(choosing):
    harvest = week(choosing)
    tastes_of(choosing, sixty(choosing))
    case, divided = divisions.preview(harvest)
    sheets = crop_lists(case, divided, number=1, at=factories.NOW)
    melons = next(row for row in sheets[1].rows if row.crop.name == "Melon")
    cell = melons.cells[0][0]
    assert (cell.shares, cell.least, cell.most) == (20, 0, 1)
    boxes = [box for sheet in sheets[2:] for box in sheet.boxes]
    assert len(boxes) == 60
    assert sum(box.without == ("Chard",) for box in boxes) == 12
    words = prints.word_lists(case, divided, number=1, at=factories.NOW, language="en")
    printed = prints.print_lists(words, language="en", paper=Paper.A4, told=lambda _set, _all: None)
    assert "Without: Chard" in text_of(printed[-1]["pdf"])


def test_in_a_week_packed_alike_the_list_only_names_who_must_not_eat_something(cast):
    harvest = week(cast)
    tastes_of(cast, sixty(cast))
    case, divided = divisions.preview(harvest)
    boxes = [box for sheet in crop_lists(case, divided, number=1, at=factories.NOW)[2:] for box in sheet.boxes]
    assert {(box.steps, box.without) for box in boxes} == {((), ("Chard",))}
    assert len(boxes) == 12


def test_the_subscriber_sees_what_is_in_their_own_box(choosing, as_sam):
    share = factories.make_share(choosing.sams, choosing.full, site=choosing.market)
    with_shares(choosing, full=5, half=0)
    harvest = week(choosing)
    melon, chard = Crop.objects.get(name="Melon"), Crop.objects.get(name="Chard")
    tastes.rate(household=choosing.sams, levels={melon: NEVER, chard: LOVE})
    publish(harvest)
    page = as_sam.get("/my/").content.decode()
    own = {p.crop.name for p in Portion.objects.filter(box__share=share, steps__gt=0).select_related("crop")}
    assert "Melon" not in own
    assert {name for name in WEEK if name in page} == own


def test_what_is_told_as_json_names_share_and_household(choosing, capsys):
    with_shares(choosing, full=2, half=1)
    week(choosing)
    call_command("allocate", choosing.farm.slug, str(TUESDAY), "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["mode"] == "choice"
    shares = {(row["share"], row["household"]) for row in told["portions"]}
    assert shares == set(Share.objects.values_list("pk", "household__number"))


def test_the_farmer_packs_one_week_otherwise_and_the_page_shows_between(choosing, as_fern):
    harvest = week(choosing)
    tastes_of(choosing, sixty(choosing))
    url = reverse("harvest", args=[choosing.farm.slug, str(TUESDAY)])
    rows = as_fern.get(url).context["figures"].rows
    melon = rows[Crop.objects.get(name="Melon").pk]
    assert [each.text for each in melon.each] == ["0–1", "0–1"]
    answer = as_fern.post(f"{url}packing/", {"packing": "uniform"})
    harvest.refresh_from_db()
    assert (answer.status_code, harvest.mode) == (302, "uniform")
    as_fern.post(f"{url}packing/", {"packing": "choice"})
    harvest.refresh_from_db()
    assert harvest.mode == ""
    as_fern.post(f"{url}packing/", {"packing": "dice"})
    harvest.refresh_from_db()
    assert harvest.mode == ""
    assert problem_of(divisions.gather(harvest).inputs).shape == (60, 5)
