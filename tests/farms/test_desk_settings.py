"""The farm's facts, and who works there."""

import pytest

from farms.models import StaffMember
from people.models import Letter, User
from tests import factories
from tests.conftest import _signed_in

pytestmark = pytest.mark.django_db
PAGE = "/f/cedar-bend-farm/desk/settings/"
FACTS = {
    "act": "facts", "name": "Cedar Bend", "town": "Mill Village", "email": "new@cedarbend.example", "country": "FR",
    "language": "en", "tagline": "", "story": "", "address": "", "phone": "",
}  # fmt: skip


def invited(client, email="pat@example.org", role="packer", site=""):
    return client.post(PAGE, {"act": "invite", "email": email, "role": role, "site": site})


def test_the_farm_s_facts_are_saved_and_its_address_in_hissa_stays(as_fern, cast):
    assert as_fern.post(PAGE, FACTS).status_code == 302
    cast.farm.refresh_from_db()
    assert (cast.farm.name, cast.farm.email) == ("Cedar Bend", "new@cedarbend.example")
    assert cast.farm.slug == "cedar-bend-farm"


def test_clock_and_money_stay_once_a_season_was_opened(as_fern, cast):
    as_fern.post(PAGE, FACTS | {"timezone": "Asia/Tokyo", "currency": "JPY"})
    cast.farm.refresh_from_db()
    assert (cast.farm.timezone, cast.farm.currency) == ("Europe/Paris", "EUR")


def test_before_that_a_new_clock_lays_the_draft_out_anew():
    fern = factories.make_user()
    farm = factories.make_farm("New Farm", owner=fern, published=False)
    season = factories.make_season(farm, on_sale=False)
    facts = FACTS | {"timezone": "America/New_York", "currency": "USD", "country": "US"}
    assert _signed_in(fern).post("/f/new-farm/desk/settings/", facts).status_code == 302
    day = season.weeks.first().days.get()
    assert (day.starts_at.hour, season.farm.staff.count()) == (21, 1)


def test_bad_facts_are_a_message_and_nothing_is_saved(as_fern, cast):
    answer = as_fern.post(PAGE, FACTS | {"email": "nowhere", "name": "Half a change"})
    assert (answer.status_code, list(answer.context["facts"].errors)) == (200, ["email"])
    cast.farm.refresh_from_db()
    assert cast.farm.name == "Cedar Bend Farm"
    assert answer.context["farm"].name == "Cedar Bend Farm"


def test_someone_new_is_invited_by_address_gets_one_letter_and_may_come_in(as_fern, cast):
    assert invited(as_fern, "Pat@Example.org").status_code == 302
    pat = User.objects.get(email="pat@example.org")
    letter = Letter.objects.get(to_email="pat@example.org")
    assert (letter.kind, letter.subject) == ("invitation", "Cedar Bend Farm invites you to its desk")
    assert "/accounts/login/?next=%2Ff%2Fcedar-bend-farm%2Fdesk%2F" in letter.text
    assert StaffMember.objects.get(user=pat).role == "packer"


def test_a_host_needs_a_site_of_this_farm(as_fern, cast, olga):
    theirs = StaffMember.objects.get(user=olga).farm.sites.get()
    for site in ("", str(theirs.pk), "999", "x"):
        answer = invited(as_fern, "hanna@example.org", "host", site)
        assert (answer.status_code, list(answer.context["asked"].errors)) == (200, ["site"])
    assert invited(as_fern, "hanna@example.org", "host", str(cast.school.pk)).status_code == 302
    assert StaffMember.objects.get(user__email="hanna@example.org").site == cast.school


def test_a_packer_who_is_sent_a_site_has_none(as_fern, cast):
    invited(as_fern, "pat@example.org", "packer", str(cast.school.pk))
    assert StaffMember.objects.get(user__email="pat@example.org").site is None


def test_nobody_is_invited_twice(as_fern, cast):
    invited(as_fern)
    answer = invited(as_fern, "PAT@example.org", "owner")
    assert (answer.status_code, list(answer.context["asked"].errors)) == (200, ["email"])
    assert StaffMember.objects.get(user__email="pat@example.org").role == "packer"
    assert Letter.objects.count() == 1


def test_a_role_that_is_ended_closes_the_doors_on_the_next_request(as_fern, cast):
    invited(as_fern, "second@example.org", "owner")
    second = StaffMember.objects.get(user__email="second@example.org")
    theirs = _signed_in(second.user)
    assert theirs.get(PAGE).status_code == 200
    as_fern.post(PAGE, {"act": "let_go", "member": second.pk})
    assert theirs.get(PAGE).status_code == 404


def test_the_last_owner_cannot_be_removed(as_fern, cast):
    invited(as_fern)  # a packer is no owner
    fern = StaffMember.objects.get(user=cast.fern)
    as_fern.post(PAGE, {"act": "let_go", "member": fern.pk})
    assert StaffMember.objects.filter(pk=fern.pk).exists()
    assert as_fern.get(PAGE).status_code == 200


def test_nobody_of_another_farm_can_be_removed(as_fern, cast, olga):
    olgas = StaffMember.objects.get(user=olga)
    for member in (olgas.pk, "", "x", "٣", "-1", "9" * 40, "1\x00"):
        assert as_fern.post(PAGE, {"act": "let_go", "member": member}).status_code == 302
    assert StaffMember.objects.filter(pk=olgas.pk).exists()


def test_the_page_opens_to_owners_of_this_farm_only(as_fern, as_sam, as_oz, as_olga, client, cast):
    invited(as_fern, "pat@example.org", "packer")
    invited(as_fern, "hanna@example.org", "host", str(cast.market.pk))
    pat, hanna = (_signed_in(User.objects.get(email=f"{name}@example.org")) for name in ("pat", "hanna"))
    assert [who.get(PAGE).status_code for who in (as_fern, as_sam, as_oz, as_olga, pat, hanna, client)] == [
        200, 404, 404, 404, 404, 404, 302
    ]  # fmt: skip
    assert [who.post(PAGE, FACTS).status_code for who in (as_sam, as_oz, as_olga, pat, hanna)] == [404] * 5
