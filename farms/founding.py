"""A farm begins: its address in Hissa, its clock and its money guessed from its country."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from zoneinfo import available_timezones

from babel.core import get_global
from babel.numbers import get_territory_currencies
from django.db import transaction
from django.utils.text import slugify

from farms.models import Farm, StaffMember
from people.models import User

# Where a country has several clocks: the one most of its people live by.
USUAL_CLOCKS = {
    "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "CA": "America/Toronto", "CD": "Africa/Kinshasa", "CL": "America/Santiago", "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia", "DE": "Europe/Berlin", "EC": "America/Guayaquil", "ES": "Europe/Madrid",
    "GL": "America/Nuuk", "ID": "Asia/Jakarta", "KI": "Pacific/Tarawa", "KZ": "Asia/Almaty",
    "MN": "Asia/Ulaanbaatar", "MX": "America/Mexico_City", "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland",
    "PF": "Pacific/Tahiti", "PG": "Pacific/Port_Moresby", "PS": "Asia/Hebron", "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow", "UA": "Europe/Kyiv", "US": "America/New_York", "UZ": "Asia/Tashkent",
}  # fmt: skip

AS_THEY_SOUND = """
а=a б=b в=v г=g д=d е=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch
ш=sh щ=shch ъ= ы=y ь= э=e ю=yu я=ya і=i ї=yi є=ye ґ=g α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l
μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o ا=a ب=b ت=t ث=th ج=j ح=h خ=kh د=d ذ=dh ر=r
ز=z س=s ش=sh ص=s ض=d ط=t ظ=z ع=a غ=gh ف=f ق=q ك=k ل=l م=m ن=n ه=h و=w ي=y ة=a ى=a أ=a إ=i آ=a ء= ؤ=w
ئ=y پ=p چ=ch ژ=zh گ=g ی=i
"""
LETTERS = dict(pair.split("=") for pair in AS_THEY_SOUND.split())


def start_farm(
    *, name: str, town: str, country: str, email: str, language: str, timezone: str = "", owner: User, at: datetime
) -> Farm:
    """A farm with its first owner. The time zone is the country's usual one unless given."""
    with transaction.atomic():
        farm = Farm.objects.create(
            name=name,
            slug=free_slug(name, town),
            town=town,
            country=country,
            email=email,
            language=language,
            timezone=timezone or usual_timezone(country),
            currency=usual_currency(country),
            created_at=at,
        )
        StaffMember.objects.create(farm=farm, user=owner, role=StaffMember.Role.OWNER, since=at)
    return farm


def free_slug(name: str, town: str = "") -> str:
    """A farm's address from its name, in Latin letters; numbered when another farm has it."""
    base = (romanised(name) or romanised(town) or "farm")[:50].strip("-")
    taken = set(Farm.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    if base not in taken:
        return base
    return next(f"{base}-{n}" for n in range(2, len(taken) + 3) if f"{base}-{n}" not in taken)


def romanised(text: str) -> str:
    """`text` as a slug: Latin, Cyrillic, Greek and Arabic letters as they sound; "" for other scripts."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(char))
    return slugify("".join(LETTERS.get(char, char) for char in bare))


def usual_timezone(country: str) -> str:
    """The time zone most people of a country live in; UTC for an unknown one."""
    zones = get_global("territory_zones").get(country) or ()
    for zone in (USUAL_CLOCKS.get(country), *zones):
        if zone and zone in available_timezones():
            return str(zone)
    return "UTC"


def usual_currency(country: str) -> str:
    """The money a country pays with today; euros where nothing is known."""
    known = get_territory_currencies(country) or ["EUR"]
    return str(known[0])
