"""juntagrico's `generate_depot_list` on as many shares, run under a Python that has juntagrico 2.0
(HISSA_JUNTAGRICO_PYTHON): `python juntagrico_lists.py SHARES DEPOTS` prints {"version", "cpu_s", "pdf_kb"}.

A project with nothing but juntagrico in it, SQLite in memory, the same sizes as our season: one share each, 60 % full
and 40 % half, a third with eggs. It divides no harvest; its lists say who fetches what size where.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path

NAMES = ("Abel", "Amari", "Brandt", "Castillo", "Chen", "Dupont", "Eriksen", "Fischer", "García", "Haddad", "Ibrahim")
APPS = (
    "polymorphic", "juntagrico", "import_export", "impersonate", "crispy_forms", "crispy_bootstrap4", "adminsortable2",
    "djrichtextfield", "django_select2", "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages", "django.contrib.sites", "django.contrib.staticfiles",
)  # fmt: skip


def main() -> None:
    shares, depots = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="hissa-juntagrico-") as folder:
        _settle_in(folder)
        _fill(shares, depots)
        from django.core.management import call_command

        before = _cpu()
        call_command("generate_depot_list", force=True, no_future=True)
        spent = _cpu() - before
        sizes = [pdf.stat().st_size for pdf in Path(folder).rglob("*.pdf")]
    if not sizes:
        raise SystemExit("juntagrico made no list")
    print(json.dumps({"version": version("juntagrico"), "cpu_s": round(spent, 3), "pdf_kb": round(sum(sizes) / 1024)}))


def _settle_in(folder: str) -> None:
    """Django with juntagrico and its tables."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(
        SECRET_KEY="only for measuring",
        INSTALLED_APPS=APPS,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        ROOT_URLCONF="juntagrico.urls",
        STORAGES=_storages(folder),
        STATIC_URL="/static/",
        SITE_ID=1,
        USE_TZ=True,
        LANGUAGE_CODE="de",
        CRISPY_TEMPLATE_PACK="bootstrap4",
        CONTACTS={"general": "farm@example.com"},
        ORGANISATION_NAME="Farm",
    )
    django.setup()
    call_command("migrate", verbosity=0)


def _storages(folder: str) -> dict:
    """Where Django keeps files; lists go to "internal"."""
    kept = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    return {"default": kept, "internal": kept, "staticfiles": static}


def _fill(shares: int, depots: int) -> None:
    """Members, each with a subscription at one of the depots."""
    from django.contrib.auth.models import User
    from juntagrico.entity.member import Member, SubscriptionMembership
    from juntagrico.entity.subs import Subscription, SubscriptionPart

    rng, since = random.Random(shares), date(2020, 1, 1)
    full, half, eggs = _types()
    places = _depots(depots)
    logins = User.objects.bulk_create(User(username=f"m{n}") for n in range(shares))
    members = Member.objects.bulk_create(
        Member(
            user=login,
            first_name=rng.choice(NAMES), last_name=rng.choice(NAMES), email=f"m{n}@example.com", addr_street="Lane 1",
            addr_zipcode="1000", addr_location="Here", phone="0", confirmed=True,
        )
        for n, login in enumerate(logins)
    )  # fmt: skip
    for member in members:  # a polymorphic table takes no bulk_create
        depot = rng.choice(places)
        taken = Subscription.objects.create(depot=depot, activation_date=since, start_date=since)
        SubscriptionMembership.objects.bulk_create(
            [SubscriptionMembership(member=member, subscription=taken, join_date=since)]
        )
        Subscription.objects.filter(pk=taken.pk).update(primary_member=member)
        kinds = [full if rng.random() < 0.6 else half, *([eggs] if rng.random() < 0.33 else [])]
        SubscriptionPart.objects.bulk_create(
            SubscriptionPart(subscription=taken, type=kind, activation_date=since) for kind in kinds
        )


def _types() -> list:
    """Full, half and eggs, each a product size that stands on the lists."""
    from juntagrico.entity import subtypes

    category = subtypes.SubscriptionCategory.objects.create(name="Shares")
    found = []
    for product_name, size_name, units in (("Vegetables", "full", 2), ("Vegetables", "half", 1), ("Eggs", "six", 1)):
        product, _fresh = subtypes.SubscriptionProduct.objects.get_or_create(name=product_name)
        size = subtypes.ProductSize.objects.create(name=size_name, units=units, product=product)
        bundle = subtypes.SubscriptionBundle.objects.create(long_name=f"{product_name} {size_name}", category=category)
        subtypes.SubscriptionBundleProductSize.objects.create(bundle=bundle, product_size=size)
        kind = {"name": size_name, "bundle": bundle, "required_assignments": 0, "price": 1}
        found.append(subtypes.SubscriptionType.objects.create(**kind))
    return found


def _depots(count: int) -> list:
    from juntagrico.entity.depot import Depot, Tour
    from juntagrico.entity.location import Location

    tour = Tour.objects.create(name="Round", weekday=5)
    where = [Location.objects.create(name=f"Place {n}", addr_street="Lane 1") for n in range(count)]
    return [Depot.objects.create(name=f"Site {n}", weekday=5, tour=tour, location=at) for n, at in enumerate(where)]


def _cpu() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


if __name__ == "__main__":
    main()
