"""Every address × everybody: who gets in, who finds nothing there, and that no answer tells of another farm.

A new address must be listed here, or the first test fails.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from community.models import Shift
from deliveries import divisions
from deliveries.harvesting.harvests import Picked, open_harvest, record_harvest
from deliveries.models import CalendarFeed, Closing, Crop, FriendPass, Gift, HostLink, PrintedList, PrintedRoster
from farms.models import Farm, PickupDay, StaffMember
from people.letter_links import stop_url
from people.models import Letter
from shares.models import BankStatement, Document, OpenBook, Order
from shares.solidarity import bids
from shares.solidarity.bidding import Amounts
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.house

ROLES = ("nobody", "oz", "sam", "other_sam", "host", "other_host", "packer", "fern", "olga")
EVERYBODY = frozenset(ROLES)
SIGNED_IN = EVERYBODY - {"nobody"}
OWNER = frozenset({"fern"})
DESK = frozenset({"fern", "packer"})
CANARY = "kestrel"

# Who gets in at Cedar Bend Farm. Whoever is not named finds nothing there (404), or is asked to sign in.
DOORS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("home", "health", "styleguide", "find_farm", "farm", "mail", "set_language"), EVERYBODY),
    **dict.fromkeys(("join", "join_price", "join_done", "stripe_webhook", "letter_link"), EVERYBODY),
    **dict.fromkeys(("check_in", "tap", "sync", "check_in_worker", "why_here", "calendar_feed"), EVERYBODY),
    **dict.fromkeys(("home_of_person", "my_settings", "start_farm", "my", "my_season"), SIGNED_IN),
    **dict.fromkeys(("my_data", "my_export", "my_end", "sign_in_again"), SIGNED_IN),
    **dict.fromkeys(("my_people", "my_calendar", "my_shifts"), frozenset({"sam", "other_sam"})),
    **dict.fromkeys(("my_share", "my_money", "my_preferences"), frozenset({"sam", "other_sam"})),
    **dict.fromkeys(("cancel_my_share", "cancel_my_order", "change_my_share"), frozenset({"sam"})),
    "desk_waiting": OWNER,
    "renew": frozenset(),  # no season here renews another: tests/shares/test_renewals.py
    "wait": EVERYBODY,
    **dict.fromkeys(("split_order", "shared_part"), EVERYBODY),
    "give_share": EVERYBODY,
    "waiting_place": EVERYBODY,
    **dict.fromkeys(("my_week", "my_why"), frozenset({"sam"})),
    **dict.fromkeys(("desk_settings", "seasons", "new_season", "copy_season"), OWNER),
    **dict.fromkeys(("season_when", "season_where", "season_what", "season_check"), OWNER),
    **dict.fromkeys(("season_report", "season_standing", "season_plan", "fairness"), OWNER),
    **dict.fromkeys(("season_rules", "desk_wishes"), OWNER),
    "friend_pass": EVERYBODY,
    **dict.fromkeys(("desk_people", "desk_household", "desk_money", "desk_reconcile", "desk_journal"), OWNER),
    "desk_invoices": OWNER,
    "invoice": frozenset({"sam", "fern"}),
    **dict.fromkeys(("refund", "cancel_share", "cancel_order"), OWNER),
    **dict.fromkeys(("desk", "desk_pickups", "pickups", "harvests", "harvest", "harvest_rows", "harvest_days"), DESK),
    **dict.fromkeys(("harvest_repeat", "harvest_note", "harvest_paste", "harvest_publish", "harvest_progress"), DESK),
    **dict.fromkeys(("harvest_packing", "why"), DESK),
    **dict.fromkeys(("lists", "printed_list", "leftovers", "why_so_many", "change_slip", "swap_list"), DESK),
    **dict.fromkeys(("lists_print", "lists_progress", "change_slips"), DESK),
    **dict.fromkeys(("host_list", "host_list_pdf"), EVERYBODY),
    **dict.fromkeys(("pickup_link", "cancel_pickup"), OWNER),
    **dict.fromkeys(("unlisted", "paper", "closing", "pin", "my_code_worker"), EVERYBODY),
    **dict.fromkeys(("my_code",), SIGNED_IN),
    **dict.fromkeys(("desk_closing", "desk_paper"), DESK),
    **dict.fromkeys(("gift_log", "gift_receipt"), OWNER),
    **dict.fromkeys(("desk_shifts", "desk_shift", "desk_hours", "desk_messages"), OWNER),
    **dict.fromkeys(("bid", "bid_by_link", "fund", "open_book"), EVERYBODY),
    **dict.fromkeys(("desk_bidding", "desk_fund", "desk_open_book"), OWNER),
    "pay_part": EVERYBODY,
    **dict.fromkeys(("my_card", "my_card_given"), frozenset({"sam", "other_sam"})),
    **dict.fromkeys(("desk_due", "desk_bank", "desk_statement", "desk_ways", "connect_cards"), OWNER),
    **dict.fromkeys(("desk_bank_account", "season_pay"), OWNER),
    "mail_letter": frozenset(),  # no letter of that name: nobody finds one
}
# allauth and the admin guard their own; we only see to it that they answer.
OTHERS_GUARD = ("anymail:", "account_", "mfa_", "admin:", "javascript-catalog")


@dataclass
class House:
    """Two farms with everything in them, and a browser for everybody."""

    farm: Farm
    other: Farm
    clients: dict[str, Client]
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)


def _furnish(farm: Farm, season: Any, household: Any, share_type: Any) -> dict[str, Any]:
    """One of each thing that an address can name, and the arguments to name it by."""
    day = PickupDay.objects.filter(week__season=season).order_by("date").first()
    assert day is not None
    share = factories.make_share(household, share_type)
    crop = Crop.objects.create(farm=farm, name=f"Carrots {farm.pk}", unit="kg", step="0.050", price=280)
    harvest = open_harvest(farm=farm, date=day.date, at=NOW)
    record_harvest(harvest=harvest, picked=[Picked(crop=crop, steps=800, unit="kg", step=crop.step, price=280)])
    run = _in_force(harvest)
    of = {"allocation": run, "language": "en", "pdf": b"%PDF-", "printed_at": NOW}
    printed = PrintedList.objects.create(kind="all", paper=farm.prints_on, **of)
    PrintedList.objects.create(kind="site", day=day, paper=farm.prints_on, **of)
    PrintedRoster.objects.create(allocation=run, day=day, version=1, printed_at=NOW, rows=[])
    link = HostLink.objects.create(day=day, made_at=NOW)
    times = {"starts_at": day.starts_at, "ends_at": day.ends_at, "made_at": NOW}
    shift = Shift.objects.create(farm=farm, day=day, title="Check-in", place=day.site.name, hosts=True, **times)
    CalendarFeed.objects.create(household=household, token=link.token, made_at=NOW)
    FriendPass.objects.create(household=household, name="Ida", token=link.token, made_at=NOW)
    OpenBook.objects.create(season=season, published_at=NOW)
    opened = bids.open_round(
        season=season, types=[share_type], budget=1, opens_at=NOW, closes_at=NOW + timedelta(days=1), at=NOW
    )
    amounts = Amounts(1, 2, 3)
    made = bids.make_bid(
        opened=opened, household=household, share_type=share_type, amounts=amounts, language="en", at=NOW
    )
    return {
        "bid": made.token,
        "farm": farm.slug,
        "season": season.pk,
        "date": day.date.isoformat(),
        "number": household.number,
        "printed": printed.pk,
        "share_type": share_type.pk,
        "shift": shift.pk,
        "crop": crop.pk,
        "site": day.site_id,
        "day": day.pk,
        "token": link.token,
        "name": "nothing.eml",
        "order": Order.objects.get(pk=share.order_id).token,
        "share": share.pk,
        "gift": _given(season).pk,
        "waiting_place": share_type.waiting_places.create(name="Wanda", email="wanda@example.org", since=NOW).token,
        "shared_part": share.order.shared_parts.create(
            name="Kim", email="kim@example.org", amount=100, split_at=NOW
        ).token,
        "statement": BankStatement.objects.create(farm=farm, name="june.csv", brought_at=NOW, read_at=NOW).pk,
        "year": (document := _document(farm, household, share)).year,
        "serial": document.number,
        "payment": share.order.payments.create(
            method="cash", amount=share.price, currency=farm.currency, attempted_at=NOW, succeeded_at=NOW
        ).pk,
    }


def _given(season: Any) -> Gift:
    """Something that was given away when the last day was closed."""
    day = PickupDay.objects.filter(week__season=season).order_by("date").last()
    closing = Closing.objects.create(day=day, closed_at=NOW)
    return Gift.objects.create(closing=closing, place="The soup kitchen", given_at=NOW, shares=1)


def _document(farm: Farm, household: Any, share: Any) -> Document:
    facts = {
        "farm": dict.fromkeys(("name", "address", "town", "email", "phone", "tax_number", "note"), household.name),
        "household": {"name": household.name, "number": household.number},
        "order": share.order_id, "lines": [], "vat": [], "changed": 0, "paid": [],
    }  # fmt: skip
    return Document.objects.create(
        farm=farm, kind="invoice", year=2027, number=farm.pk, household=household, order=share.order, at=NOW,
        language="en", currency="EUR", total=100, facts=facts,
    )  # fmt: skip


def _in_force(harvest: Any) -> Any:
    """The harvest divided, without its lists being printed."""
    case, divided = divisions.preview(harvest)
    run = harvest.allocations.create(number=1, asked_at=NOW, seed=1, finished_at=NOW, inputs=case.inputs)
    for row, cell in enumerate(case.cells):
        facts = {"count": cell.count, "target": divided.targets[row], "value": divided.values[row]}
        box = run.boxes.create(day=cell.day, share_type=cell.share_type, **facts)
        for line, steps in zip(case.lines, divided.portions[row], strict=True):
            box.portions.create(crop=line.crop, steps=steps)
    harvest.current = run
    harvest.save(update_fields=["current"])
    return run


@pytest.fixture
def house(cast, olga, client) -> House:
    other = olga.staffed.get().farm
    Farm.objects.filter(pk=other.pk).update(name="Other Farm")
    season = other.seasons.get()
    other_site = season.sites.get()
    other_site.private_note, other_site.host_email = f"{CANARY} door", f"{CANARY}-host@other.example"
    other_site.save()
    other_sam = factories.make_user(f"{CANARY}@other.example", name=f"{CANARY} Sam")
    theirs = factories.make_household(other, f"{CANARY} household", user=other_sam, phone=f"{CANARY} 5550")
    users = {"oz": cast.oz, "sam": cast.sam, "other_sam": other_sam, "fern": cast.fern, "olga": olga}
    users["packer"] = factories.make_user(name="Pat")
    StaffMember.objects.create(farm=cast.farm, user=users["packer"], role="packer", since=NOW)
    for name, site in (("host", cast.market), ("other_host", cast.school)):
        users[name] = factories.make_user(name=name)
        StaffMember.objects.create(farm=cast.farm, user=users[name], role="host", site=site, since=NOW)
    clients = {"nobody": client}
    for name, user in users.items():
        clients[name] = Client()
        clients[name].force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    house = House(farm=cast.farm, other=other, clients=clients)
    house.facts["ours"] = _furnish(cast.farm, cast.season, cast.sams, cast.full)
    house.facts["theirs"] = _furnish(other, season, theirs, season.share_types.get())
    return house


def _addresses(resolver: URLResolver, space: str = "") -> dict[str, list[URLPattern]]:
    found: dict[str, list[URLPattern]] = {}
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            for name, patterns in _addresses(pattern, inner).items():
                found.setdefault(name, []).extend(patterns)
        else:
            found.setdefault(f"{space}{pattern.name}", []).append(pattern)
    return found


ADDRESSES = _addresses(get_resolver())
OURS = sorted(name for name in ADDRESSES if not name.startswith(OTHERS_GUARD))


def test_every_address_has_a_door():
    assert sorted(DOORS) == OURS


def _url(name: str, pattern: URLPattern, facts: dict[str, Any]) -> str:
    wanted = pattern.pattern.converters
    if name == "letter_link":
        return stop_url("reminder", "someone@example.org").partition("127.0.0.1:8000")[2]
    if name in ("waiting_place", "shared_part"):
        return reverse(name, args=[facts[name]])
    if name in ("cancel_my_order", "cancel_order"):
        facts = facts | {"order": Order.objects.get(token=facts["order"]).pk}
    url = reverse(name, kwargs={key: facts[key] for key in wanted})
    return f"{url}?order={facts['order']}" if name in ("join_done", "pay_part", "split_order") else url


def _answers(house: House, name: str, method: str, whose: str) -> dict[str, Any]:
    answers = {}
    for pattern in ADDRESSES[name]:
        url = _url(name, pattern, house.facts[whose])
        for role in ROLES:
            with transaction.atomic():  # each knocks at the house as it was
                form = {"day": house.facts[whose]["day"], "action": "hold"} if method == "post" else {}
                knocking = house.clients[role]
                signed_in = dict(knocking.cookies)
                answers[f"{role} {url}"] = getattr(knocking, method)(url, form)
                knocking.cookies.clear()  # a door may have signed them out
                knocking.cookies.update(signed_in)
                transaction.set_rollback(True)
    return answers


def _wrong_at_our_door(name: str, role: str, answer: Any) -> bool:
    """Whether this answer is not the one that this role should get at Cedar Bend Farm."""
    if (name, role) == ("my_week", "other_sam"):
        return answer.status_code not in (200, 404)  # that date at their own farm; our day's form is not theirs
    to_sign_in = answer.headers.get("Location", "").startswith("/accounts/login/")
    if (name, answer.status_code) == ("sign_in_again", 302) and role != "nobody":
        return not answer.headers["Location"].startswith("/accounts/login/code/confirm/")
    if role in DOORS[name]:
        return answer.status_code in (403, 404) or answer.status_code >= 500 or to_sign_in
    if role == "nobody" and answer.status_code == 302:
        return not to_sign_in
    return answer.status_code not in (404, 405)


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_whoever_may_gets_in_and_nobody_else(house, method):
    wrong = [
        (name, who, answer.status_code)
        for name in OURS
        for who, answer in _answers(house, name, method, "ours").items()
        if _wrong_at_our_door(name, who.split()[0], answer)
    ]
    assert wrong == []


def _tells(answer: Any) -> bool:
    """Whether an answer bears anything of the other farm's people."""
    return CANARY in answer.content.decode(errors="replace").lower() or CANARY in str(answer.headers).lower()


def _opened_or_told(name: str, role: str, answer: Any) -> bool:
    """Whether the other farm's door opened for one of ours, or its answer told something."""
    to_sign_in = role == "nobody" and answer.headers.get("Location", "").startswith("/accounts/login/")
    shut = DOORS[name] == EVERYBODY or answer.status_code in (404, 405) or to_sign_in
    return not shut or _tells(answer)


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_farm_is_shut_to_ours_and_tells_nothing(house, method):
    letters = Letter.objects.count()
    theirs = [name for name in OURS if any("farm" in pattern.pattern.converters for pattern in ADDRESSES[name])]
    wrong = [
        (name, who, answer.status_code)
        for name in theirs
        for who, answer in _answers(house, name, method, "theirs").items()
        if who.split()[0] not in ("olga", "other_sam") and _opened_or_told(name, who.split()[0], answer)
    ]
    assert wrong == []
    assert Letter.objects.count() == letters


def test_our_pages_never_bear_the_other_farm_s_people(house):
    telling = [
        (name, who)
        for name in OURS
        for who, answer in _answers(house, name, "get", "ours").items()
        if who.split()[0] not in ("olga", "other_sam") and _tells(answer)
    ]
    assert telling == []


def test_a_packer_is_shown_no_way_that_is_shut_to_them(house, cast):
    desk = f"/f/{cast.farm.slug}/desk/"
    shut = [f"{desk}{room}/" for room in ("people", "money", "seasons", "settings")]
    pages = [
        (url, answer.content.decode(errors="replace"))
        for name in sorted(name for name, who in DOORS.items() if who == DESK)
        for url, answer in _answers(house, name, "get", "ours").items()
        if url.startswith("packer ") and answer.status_code == 200
    ]
    assert len(pages) > 5
    assert [(url, way) for url, page in pages for way in shut if f'href="{way}' in page] == []


def test_the_check_in_page_shows_names_and_shares_only(house, cast):
    cast.sams.phone = "+33 6 12 34 56 78"
    cast.sams.save()
    page = house.clients["nobody"].get(reverse("check_in", args=[house.facts["ours"]["token"]])).content.decode()
    assert cast.sams.name in page
    for secret in (cast.sam.email, "12 34 56 78", "€", "650"):
        assert secret not in page


def test_a_revoked_role_ends_with_the_next_request(house, cast):
    desk = reverse("desk", args=[cast.farm.slug])
    assert house.clients["packer"].get(desk).status_code == 200
    StaffMember.objects.filter(role="packer").delete()
    assert house.clients["packer"].get(desk).status_code == 404


def test_a_wrong_link_and_a_revoked_one_lead_nowhere(house):
    token = house.facts["ours"]["token"]
    HostLink.objects.filter(token=token).update(revoked_at=NOW)
    for wrong in (token, "x", str(uuid.uuid4()), "é", "a" * 300):
        assert house.clients["nobody"].get(f"/c/{wrong}/").status_code == 404
        for door in ("tap", "sync", "pin", "unlisted", "paper", "closing"):
            assert house.clients["nobody"].post(f"/c/{wrong}/{door}/").status_code == 404


def test_a_day_that_is_none_is_not_found(house):
    for day in ("2027-02-30", "0001-01-01", "9999-12-31", "week-53", "02-03"):
        assert house.clients["fern"].get(f"/f/cedar-bend-farm/desk/harvest/{day}/").status_code == 404
        assert house.clients["sam"].get(f"/my/week/{day}/").status_code == 404
    assert date(2027, 6, 8) == factories.FIRST_DAY


@pytest.mark.parametrize(
    "address", ["/?q=%00", "/farms/?q=%00", "/f/%00/", "/farms/?page=abc", "/farms/?q=" + "a" * 5000]
)
def test_addresses_that_no_person_types_are_refused_without_an_error(client, db, address):
    assert client.get(address).status_code in (200, 400, 404)
