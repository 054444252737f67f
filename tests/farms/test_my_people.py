"""Who acts for a household, and what it says of itself."""

import pytest

from farms.household_people import LastPerson, TooMany, invite_person, remove_person
from farms.models import Household
from people.models import Letter, User
from tests import factories
from tests.factories import NOW


@pytest.fixture
def sam(cast, client):
    client.force_login(cast.sam, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_a_household_says_its_name_phone_and_note(cast, sam):
    sam.post("/my/people/", {"act": "facts", "name": "Sam & Lee", "phone": "+33 6 12", "note": "By bike"})
    household = Household.objects.get(pk=cast.sams.pk)
    assert (household.name, household.phone, household.note) == ("Sam & Lee", "+33 6 12", "By bike")


@pytest.mark.parametrize("name", ["", "\u200b", "a" * 121, "a" + "\u0301" * 20, "a\x00b"])
def test_a_name_nobody_could_call_is_refused_and_kept(cast, sam, name):
    page = sam.post("/my/people/", {"act": "facts", "name": name, "phone": "1", "note": "kept"})
    assert page.status_code == 200
    assert "name" in page.context["facts"].errors
    assert "kept" in page.content.decode()
    assert Household.objects.get(pk=cast.sams.pk).name == cast.sams.name


def test_somebody_is_invited_by_address_and_sees_the_pickups(cast, sam, client):
    sam.post("/my/people/", {"act": "invite", "email": "Lee@Example.org"})
    lee = User.objects.get(email="lee@example.org")
    assert Letter.objects.get(kind="household_invitation").to_email == "lee@example.org"
    client.force_login(lee, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert cast.sams in list(lee.households.all())
    assert client.get("/my/people/").status_code == 200


def test_the_same_person_twice_is_told_beside_the_field(cast, sam):
    page = sam.post("/my/people/", {"act": "invite", "email": "SAM@example.org"})
    assert page.context["asked"].errors["email"] == ["This person acts for your household already."]


def test_two_addresses_are_not_one(cast, sam):
    assert sam.post("/my/people/", {"act": "invite", "email": "a@b.example, c@d.example"}).context["asked"].errors


def test_a_household_has_room_for_twelve(cast):
    for _n in range(11):
        invite_person(household=cast.sams, email=f"p{_n}@example.org", by=cast.sam, at=NOW)
    with pytest.raises(TooMany):
        invite_person(household=cast.sams, email="p12@example.org", by=cast.sam, at=NOW)


def test_who_is_removed_finds_nothing_on_the_next_request(cast, sam, client):
    lee = factories.make_user("lee@example.org")
    member = invite_person(household=cast.sams, email=lee.email, by=cast.sam, at=NOW)
    sam.post("/my/people/", {"act": "remove", "member": member.pk})
    client.force_login(lee, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/my/people/").status_code == 404


def test_the_last_person_stays(cast, sam):
    own = cast.sams.memberships.get()
    with pytest.raises(LastPerson):
        remove_person(household=cast.sams, member=own.pk)
    sam.post("/my/people/", {"act": "remove", "member": own.pk})
    assert cast.sams.memberships.count() == 1


def test_somebody_else_s_member_cannot_be_removed(cast, sam):
    other = factories.make_household(cast.farm, "Other", user=factories.make_user())
    sam.post("/my/people/", {"act": "remove", "member": other.memberships.get().pk})
    sam.post("/my/people/", {"act": "remove", "member": "9" * 40})
    assert other.memberships.count() == 1
