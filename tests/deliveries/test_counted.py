"""Why so many: every figure of the lists adds up, and says how it comes about; truck sheet, supplier counts, labels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deliveries import divisions
from deliveries.lists import BoxLabel, CountSheet, LabelSheet, ListDoesNotAddUp, set_each_and_all, write_down
from deliveries.models import Allocation, Change, Exclusion
from deliveries.printing import print_counts
from deliveries.printing.prints import compose
from farms.models import Farm, PickupDay
from tests import factories
from tests.deliveries.harvesting import make_crop, make_harvest, publish, with_shares
from tests.deliveries.lists.reading import sizes_of, text_of, words_of
from tests.deliveries.test_my import press

LISTS = "/f/cedar-bend-farm/desk/lists/2027-06-08/"


def change(cast, share, kind: str, to_day: PickupDay | None = None, site=None) -> None:
    day = PickupDay.objects.get(week__number=1, site=site or cast.market)
    becomes = "move" if kind == "hold" else ""
    Change.objects.create(share=share, day=day, kind=kind, to_day=to_day, becomes=becomes, made_at=factories.NOW)


@pytest.fixture
def busy(cast):
    """Eight full shares sold for the market: two held, one gone to the school gate, one of B weeks; one came from
    there."""
    market = PickupDay.objects.get(week__number=1, site=cast.market)
    school = PickupDay.objects.get(week__number=1, site=cast.school)
    shares = [factories.make_share(factories.make_household(cast.farm), cast.full, site=cast.market) for _ in range(7)]
    factories.make_share(factories.make_household(cast.farm), cast.full, site=cast.market, turn="B")
    change(cast, shares[0], "hold")
    change(cast, shares[1], "hold")
    change(cast, shares[2], "move", school)
    other = factories.make_share(factories.make_household(cast.farm), cast.full, site=cast.school)
    change(cast, other, "move", market, site=cast.school)
    make_harvest(cast, both=True)
    return cast


def steps(answer) -> list[tuple[int, str]]:
    return [(step.count, step.words) for step in answer.context["sum"].steps]


def test_a_figure_says_how_it_comes_about(busy, as_fern):
    answer = as_fern.get(f"{LISTS}why/?site={busy.market.pk}&type={busy.full.pk}")
    assert steps(answer) == [
        (8, "shares sold for here"),
        (-1, "not their week: A or B, not begun yet, or ended"),
        (-2, "held"),
        (-1, "moved to another day or place"),
        (1, "moved here"),
    ]
    assert answer.context["sum"].total == 5
    page = answer.content.decode()
    assert "Why 5?" in page
    assert page.index("−2") < page.index("+1")


def test_every_figure_of_the_page_leads_to_its_sum_and_agrees_with_it(busy, as_fern):
    counts = as_fern.get(LISTS).context["counts"]
    shown = {(row.day.site_id, kind): n for row in counts.rows for kind, n in row.shares}
    assert len(shown) == 2 * len(counts.types)
    for (site, kind), n in shown.items():
        found = as_fern.get(f"{LISTS}why/?site={site}&type={kind}").context["sum"]
        assert (found.total, sum(step.count for step in found.steps)) == (n, n)
    assert as_fern.get(f"{LISTS}why/").context["sum"].total == counts.total == 6


def test_what_was_agreed_after_the_deadline_has_a_line_of_its_own(busy, as_fern):
    from deliveries.due import rosters

    day = PickupDay.objects.get(week__number=1, site=busy.market)
    rosters.draw_up(day=day, at=day.deadline_at)
    day.pickups.first().delete()
    answer = as_fern.get(f"{LISTS}why/?site={busy.market.pk}")
    assert steps(answer)[-1] == (-1, "agreed with the farm after the deadline")


def test_every_figure_is_explained_through_the_household_s_own_doors(cast, as_sam, as_fern, clock):
    """Held, taken back, moved, given away, a friend comes: the sum is right after each, and what stays is not moved."""
    factories.make_share(cast.sams, cast.full, site=cast.market)
    with_shares(cast, full=2, half=0)
    cast.season.gifts_to = factories.make_household(cast.farm, "Food bank", is_place=True)
    cast.season.save()
    make_harvest(cast, both=True)
    market, school = (PickupDay.objects.get(week__number=1, site=site) for site in (cast.market, cast.school))

    def why(site) -> list[tuple[int, str]]:
        answer = as_fern.get(f"{LISTS}why/?site={site.pk}&type={cast.full.pk}")
        assert answer.context["sum"].total == sum(step.count for step in answer.context["sum"].steps)
        return steps(answer)

    def says(action: str, **more) -> list[tuple[int, str]]:
        assert press(as_sam, action, market, page="/my/week/2027-06-08/", **more).status_code == 302
        return why(cast.market)

    sold = (3, "shares sold for here")
    assert says("hold") == [sold, (-1, "held")]
    assert says("undo") == [sold]
    assert says("move", to_day=school.pk) == [sold, (-1, "moved to another day or place")]
    assert why(cast.school) == [(0, "shares sold for here"), (1, "moved here")]
    assert says("undo") == [sold]
    assert says("give") == [sold]  # packed for the food bank
    assert says("undo") == [sold]
    assert says("friend", name="Ida") == [sold]


@pytest.mark.parametrize("query", ["site=0", "type=x", "site=99999", "type=-1", "site=Market"])
def test_a_figure_of_nothing_here_is_not_found(busy, as_fern, query):
    assert as_fern.get(f"{LISTS}why/?{query}").status_code == 404


def sheets_of(cast) -> list:
    case, divided = divisions.preview(cast.farm.seasons.get().weeks.get(number=1).harvests.get())
    return compose(case, divided, number=1, at=factories.NOW)


def test_the_truck_sheet_follows_the_route_and_cross_foots(busy):
    eggs = factories.make_share(factories.make_household(busy.farm), busy.eggs, site=busy.school)
    truck, suppliers = [sheet for sheet in sheets_of(busy) if isinstance(sheet, CountSheet)]
    assert eggs.share_type == busy.eggs
    assert [(going.site.name, going.total, going.crates) for going in truck.sites] == [
        ("Tuesday Market", 5, 3),
        ("School gate", 2, 1),
    ]
    assert (truck.total, sum(truck.type_totals)) == (7, 7)
    assert [(going.site.name, going.shares) for going in suppliers.sites] == [
        ("Tuesday Market", (0,)),
        ("School gate", (1,)),
    ]


@pytest.mark.parametrize("wrong", [{"total": 8}, {"type_totals": (6, 1, 0)}])
def test_a_truck_sheet_with_a_wrong_sum_cannot_be_made(busy, wrong):
    truck = next(sheet for sheet in sheets_of(busy) if isinstance(sheet, CountSheet))
    with pytest.raises(ListDoesNotAddUp):
        replace(truck, **wrong)
    with pytest.raises(ListDoesNotAddUp):
        replace(truck, sites=(replace(truck.sites[0], shares=(1, 0, 0), total=1), *truck.sites[1:]))


def test_a_figure_that_is_wrong_stops_the_print_and_says_which(busy, monkeypatch):
    """The mutant: somebody counts one box too many for the truck."""
    right = print_counts.truck_sheet
    monkeypatch.setattr("deliveries.printing.prints.truck_sheet", lambda *facts: replace(right(*facts), total=99))
    harvest = busy.farm.seasons.get().weeks.get(number=1).harvests.get()
    run = divisions.ask_for_division(harvest=harvest, by=None, at=factories.NOW)
    assert divisions.divide_harvests(factories.NOW) == 0
    run.refresh_from_db()
    assert run.failed_because == (
        "Nothing was printed, for the lists do not add up: all sites, row by row: adds up to 6, but 99 is stated."
    )
    assert Allocation.objects.filter(in_force_for__isnull=False).count() == 0


def test_the_truck_sheet_counts_shares_as_the_other_lists_do_and_add_ons_by_themselves(cast):
    with_shares(cast, full=2, half=0)
    factories.make_share(factories.make_household(cast.farm), cast.eggs, site=cast.market)
    printed = publish(make_harvest(cast)).current.printed
    assert "2 shares · 1 add-on" in text_of(bytes(printed.get(kind="truck").pdf))
    assert "3 crops · 2 shares" in text_of(bytes(printed.get(kind="packing").pdf))


def test_each_box_has_a_label_with_what_it_is_packed_without(cast):
    household = factories.make_household(cast.farm, "Abel")
    for _ in range(2):
        factories.make_share(household, cast.full, site=cast.market)
    factories.make_share(household, cast.eggs, site=cast.market)
    factories.make_share(factories.make_household(cast.farm, "Brandt"), cast.full, site=cast.market)
    celery = make_crop(cast.farm, "Celery")
    Exclusion.objects.create(household=household, crop=celery, consented_at=factories.NOW)
    make_harvest(cast, {"Celery": "4 kg", "Chard": "9 bunch"})
    (labels,) = [sheet for sheet in sheets_of(cast) if isinstance(sheet, LabelSheet)]

    def told(label: BoxLabel) -> tuple[str, int, int, tuple[str, ...]]:
        return label.name, label.place, label.of, label.without

    assert [told(label) for label in labels.labels] == [
        ("Abel", 1, 2, ("Celery",)),
        ("Abel", 2, 2, ("Celery",)),
        ("Brandt", 1, 1, ()),
    ]
    with pytest.raises(ListDoesNotAddUp):
        replace(labels, total=4)


def test_everything_is_one_print_with_the_labels_last_on_sheets_as_they_are_sold(cast):
    with_shares(cast, full=30, half=0)
    harvest = publish(make_harvest(cast))
    pdfs = {one.kind: bytes(one.pdf) for one in harvest.current.printed.all()}
    own = {kind: len(sizes_of(pdf)) for kind, pdf in pdfs.items()}
    assert own.pop("all") == sum(own.values())
    everything = text_of(pdfs["all"])
    places = [everything.index(words) for words in ("Truck sheet", "Who collects", "Box labels Page 1 of 2")]
    assert places == sorted(places)
    assert (text_of(pdfs["labels"]).count("Full share"), own["labels"]) == (30, 2)  # 24 on a sheet of A4


@pytest.mark.parametrize(("paper", "sheets"), [("a4", 3), ("us-letter", 2)])
def test_labels_by_the_thousand_are_set_in_parts_and_bound_with_every_label_once(cast, monkeypatch, paper, sheets):
    with_shares(cast, full=55, half=0)
    make_harvest(cast)
    (labels,) = [sheet for sheet in sheets_of(cast) if isinstance(sheet, LabelSheet)]
    words = write_down([labels], "en")
    (whole,), _everything = set_each_and_all(words, paper)
    monkeypatch.setattr("deliveries.lists.printer.LABEL_SHEETS", 1)
    (bound,), everything = set_each_and_all(words, paper)
    assert text_of(bound).split() == text_of(everything).split() == text_of(whole).split()
    assert f"Page {sheets} of {sheets}" in text_of(bound)
    assert len(sizes_of(bound)) == len(sizes_of(whole)) == sheets


@pytest.mark.parametrize(("country", "paper", "width"), [
    ("US", "", 612), ("CA", "", 612), ("FR", "", 595), ("US", "a4", 595), ("FR", "us-letter", 612),
])  # fmt: skip
def test_lists_are_on_the_paper_of_the_farm(cast, country, paper, width):
    farm = Farm(country=country, paper=paper)
    assert farm.prints_on.value == {595: "a4", 612: "us-letter"}[width]


def test_the_farm_chooses_its_paper_and_the_lists_and_slips_are_on_it(cast, as_fern):
    before = {"name": "Cedar Bend Farm", "town": "Cedar", "email": "a@b.example", "country": "FR", "language": "en"}
    as_fern.post("/f/cedar-bend-farm/desk/settings/", {"act": "facts", "paper": "us-letter", **_clock(cast), **before})
    harvest = publish(make_harvest(cast))
    pdfs = [bytes(one.pdf) for one in harvest.current.printed.all()]
    pdfs += [as_fern.get(f"{LISTS}{cast.market.pk}/{name}.pdf").content for name in ("changes", "swaps")]
    assert {round(min(size)) for pdf in pdfs for size in sizes_of(pdf)} == {612}


def _clock(cast) -> dict[str, str]:
    return {"timezone": cast.farm.timezone, "currency": cast.farm.currency}


def test_a_name_with_a_word_too_long_for_its_label_breaks_and_is_set_smaller(cast):
    who = factories.make_household(cast.farm, "Donaudampfschifffahrtsgesellschaftskapitän")
    factories.make_share(who, cast.full, site=cast.market)
    make_harvest(cast)
    (labels,) = [sheet for sheet in sheets_of(cast) if isinstance(sheet, LabelSheet)]
    (pdf,), _all = set_each_and_all(write_down([labels], "en"))
    inside = [word for word in words_of(pdf) if word.bottom > 700]  # points: above the small line at the foot
    assert any("gesellschafts" in word.text for word in inside)
    assert max(word.right for word in inside) < (7.2 + 63.5) / 25.4 * 72
