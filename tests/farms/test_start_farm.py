"""A farmer makes a farm in six answers."""

import pytest

from farms.founding import free_slug, romanised, usual_currency, usual_timezone
from farms.models import Farm, StaffMember
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ANSWERS = {
    "name": "Ferme du Val", "town": "Dax", "country": "FR", "timezone": "", "email": "val@ferme.example",
    "language": "en",
}  # fmt: skip


def test_six_answers_make_a_farm_with_its_owner_and_lead_to_its_first_season(as_oz, cast):
    answer = as_oz.post("/farms/new/", ANSWERS)

    farm = Farm.objects.get(slug="ferme-du-val")
    assert (answer.status_code, answer.url) == (302, "/f/ferme-du-val/desk/seasons/new/")
    assert (farm.timezone, farm.currency, farm.created_at, farm.published_at) == ("Europe/Paris", "EUR", NOW, None)
    [member] = StaffMember.objects.filter(farm=farm)
    assert (member.user, member.role, member.site) == (cast.oz, "owner", None)
    assert as_oz.get(answer.url).status_code == 200


def test_nobody_signed_in_is_asked_to_sign_in(client):
    assert client.get("/farms/new/").url == "/accounts/login/?next=/farms/new/"


def test_the_address_is_filled_in_and_the_country_is_guessed_from_the_browser(as_oz):
    form = as_oz.get("/farms/new/", headers={"accept-language": "fr-BE,fr;q=0.8"}).context["form"]
    assert len(form.fields) == 6
    assert (form["email"].value(), form["country"].value(), form["language"].value()) == ("oz@example.org", "BE", "en")


def test_the_country_sets_clock_and_money_unless_told():
    clocks = {country: (usual_timezone(country), usual_currency(country)) for country in ("US", "MA", "JP", "AU", "XX")}
    assert clocks == {
        "US": ("America/New_York", "USD"),
        "MA": ("Africa/Casablanca", "MAD"),
        "JP": ("Asia/Tokyo", "JPY"),
        "AU": ("Australia/Sydney", "AUD"),
        "XX": ("UTC", "EUR"),
    }


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Cedar Bend Farm", "cedar-bend-farm"),
        ("L’Éolienne", "leolienne"),
        ("Ферма Щёлково", "ferma-shchelkovo"),
        ("مزرعة وادي الأرز", "mzraa-wady-alarz"),
        ("Αγρόκτημα", "agroktima"),
        ("李小龍", ""),
        ("👩‍🌾", ""),
        ("{{7*7}}", "77"),
        ("<img onerror=x>", "img-onerrorx"),
    ],
)
def test_a_farm_s_address_is_its_name_as_it_sounds(name, slug):
    assert romanised(name) == slug


def test_an_address_is_never_taken_twice_and_never_empty():
    for expected in ("farm", "farm-2", "farm-3"):
        assert free_slug("李小龍") == expected
        factories.make_farm(f"Farm {expected}", slug=expected)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("محمد", "محمد"), ("李小龍", "李小龍"), ("Ng", "Ng"), ("O'Brien", "O'Brien"), ("Null", "Null"), ("x", "x"),
     ("left\u202eright", "leftright"), ("👩‍🌾", "👩‍🌾"), ("e\u0301tang", "étang"), ("{{7*7}} %s", "{{7*7}} %s"),
     ("<img onerror=1>", "<img onerror=1>"), ("=HYPERLINK(1)", "=HYPERLINK(1)"), ("two\nlines", "two lines")],
)  # fmt: skip
def test_a_name_in_any_script_is_kept(as_oz, name, kept):
    assert as_oz.post("/farms/new/", ANSWERS | {"name": name}).status_code == 302
    assert Farm.objects.filter(staff__role="owner").latest("pk").name == kept


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""), ("name", "\u200b\u200b"), ("name", "\u202e"), ("name", "a\x00b"), ("name", "x" * 10_000),
        ("name", "e" + "\u0301" * 500), ("town", "   "), ("country", "ZZZ"), ("country", "\x00"),
        ("timezone", "Mars/Olympus"), ("email", "a@b.c, e@x.y"), ("email", '"a@b.c, e"@x.example'), ("email", "a@"),
        ("email", "a\x00@b.example"), ("language", "tlh"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_message_beside_the_field_and_nothing_is_made(as_oz, field, typed):
    before = Farm.objects.count()
    answer = as_oz.post("/farms/new/", ANSWERS | {field: typed})
    form = answer.context["form"]
    assert (answer.status_code, list(form.errors), Farm.objects.count()) == (200, [field], before)
    assert form["town"].value() == ("   " if field == "town" else "Dax")  # the rest is kept
