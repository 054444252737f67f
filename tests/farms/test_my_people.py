"""Who acts for a household, and what it says of itself."""

from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from django.db.models import QuerySet

from community import shifts
from community.models import Shift, SignUp
from deliveries.due.feeds import feed_of
from farms.household_people import LastPerson, TooMany, invite_person, remove_person
from farms.models import Household
from people.models import Letter, User
from tests import factories
from tests.community.test_shifts import make_shift
from tests.deliveries.test_changes import at_once
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


def test_who_is_removed_comes_to_no_shift_for_the_household_and_knows_its_calendar_no_more(cast, sam):
    lee = factories.make_user("lee@example.org")
    member = invite_person(household=cast.sams, email=lee.email, by=cast.sam, at=NOW)
    old = feed_of(cast.sams, at=NOW).token
    own = factories.make_household(cast.farm, "Lees own", user=lee)
    shift, other, begun = (make_shift(cast, begins=NOW + timedelta(days=days)) for days in (7, 8, 2))
    for each, household in ((shift, cast.sams), (other, own), (begun, cast.sams)):
        shifts.sign_up(shift=each, household=household, user=lee, at=NOW)
    Shift.objects.filter(pk=begun.pk).update(starts_at=NOW - timedelta(hours=1))
    sam.post("/my/people/", {"act": "remove", "member": member.pk})
    assert {one.shift_id for one in SignUp.objects.standing()} == {other.pk, begun.pk}
    assert [Shift.objects.get(pk=each.pk).taken for each in (shift, other, begun)] == [0, 1, 1]
    assert sam.get(f"/feeds/{old}.ics").status_code == 404
    new = feed_of(Household.objects.get(pk=cast.sams.pk), at=NOW).token
    assert sam.get(f"/feeds/{new}.ics").status_code == 200
    assert Letter.objects.get(kind="new_calendar").to_email == "sam@example.org"


def test_a_household_without_a_calendar_is_told_of_none(cast, sam):
    member = invite_person(household=cast.sams, email="lee@example.org", by=cast.sam, at=NOW)
    sam.post("/my/people/", {"act": "remove", "member": member.pk})
    assert not Letter.objects.filter(kind="new_calendar").exists()


def test_nobody_is_sent_letters_of_invitation_without_end(cast, sam):
    for n in range(20):
        page = sam.post("/my/people/", {"act": "invite", "email": f"p{n}@example.org"})
        assert page.status_code == 302
        cast.sams.memberships.exclude(user=cast.sam).delete()
    page = sam.post("/my/people/", {"act": "invite", "email": "p20@example.org"})
    said = "That were many invitations for one day. Invite more tomorrow."
    assert page.context["asked"].errors["email"] == [said]
    assert "p20@example.org" in page.content.decode()
    assert Letter.objects.filter(kind="household_invitation").count() == 20
    assert not User.objects.filter(email="p20@example.org").exists()


def test_the_last_person_stays(cast, sam):
    own = cast.sams.memberships.get()
    with pytest.raises(LastPerson):
        remove_person(household=cast.sams, member=own.pk)
    sam.post("/my/people/", {"act": "remove", "member": own.pk})
    assert cast.sams.memberships.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_remove_each_other_at_once_leave_one(cast, monkeypatch):
    both_have_looked, delete = Barrier(2), QuerySet.delete

    def wait_and_delete(rows):
        with suppress(BrokenBarrierError):
            both_have_looked.wait(0.5)  # the other cannot: it waits for this one to be done
        return delete(rows)

    monkeypatch.setattr(QuerySet, "delete", wait_and_delete)
    cast.sams.memberships.create(user=factories.make_user(), since=NOW)
    both = cast.sams.memberships.values_list("pk", flat=True)
    results = at_once([lambda pk=pk: remove_person(household=cast.sams, member=pk) for pk in both])
    assert ({type(result) for result in results}, cast.sams.memberships.count()) == ({bool, LastPerson}, 1)


def test_somebody_else_s_member_cannot_be_removed(cast, sam):
    other = factories.make_household(cast.farm, "Other", user=factories.make_user())
    sam.post("/my/people/", {"act": "remove", "member": other.memberships.get().pk})
    sam.post("/my/people/", {"act": "remove", "member": "9" * 40})
    assert other.memberships.count() == 1
