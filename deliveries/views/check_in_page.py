"""What stands on the check-in page, with script and without."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from deliveries.checking_in import checkins, unclaimed
from deliveries.checking_in.turnout import Caller, Part, Turnout, finds, turnouts
from deliveries.dividing.contents import Contents, contents_of
from deliveries.forms.check_in import LookForm, WalkUpForm
from deliveries.models import HostLink
from deliveries.printing.lists_page import late_news
from deliveries.swap_table import swaps
from people.formats import local_day
from people.templatetags.look import icon
from shares.models import ShareType

Facts = dict[str, Any]


def check_in_page(request: HttpRequest, link: HostLink, at: datetime) -> Facts:
    """Everything on the page. Households that the search does not mean are there, hidden: a script may show them."""
    day, farm = link.day, link.day.site.farm
    pulse = checkins.pulse(day)
    closing = unclaimed.standing_closing(day) if getattr(link, "closed", True) else None
    turnout = turnouts([day], notes=True)[day.pk] if closing is None else Turnout(day, (), ())
    words = request.GET.get("q", "").strip()[:100]
    preliminary = day.drawn_up_at is None and at < day.deadline_at
    rows = [_row(caller, words, preliminary) for caller in turnout.callers]
    begun = at >= day.starts_at
    over = closing is not None or day.cancelled_at is not None  # then a phone sends what it still keeps, and wipes it
    return {
        "farm": farm, "token": link.token, "tap_url": reverse("tap", args=[link.token]),
        "unlisted_url": reverse("unlisted", args=[link.token]), "day": day, "turnout": turnout, "closing": closing,
        "rows": rows, "q": words, "nobody": bool(rows) and not any(row[1] for row in rows),
        "mark": uuid.uuid4(), "biggest": _biggest(turnout), "preliminary": preliminary, "begun": begun,
        "early": local_day(at, farm.zone) < day.date, "ending": at >= day.ends_at - unclaimed.PHONES_FROM,
        "swaps": swaps.agreed(day) if closing is None and getattr(link, "swapped", True) else [],
        "may_send": over or bool(rows and not preliminary), "may_tick": not (preliminary or over),
        "inside": _inside(link, turnout),
        "look_form": LookForm(use_required_attribute=False),
        "walk_ups": list(day.walk_ups.all()) if getattr(link, "walked_up", True) else [],
        "walk_up_form": WalkUpForm(initial={"uuid": uuid.uuid4()}, use_required_attribute=False),
        "late": None if closing else late_news(day, turnout, getattr(link, "printed", None)),
        "on_paper": closing is None and getattr(link, "printed", None) is not None,
        "facts": _script_facts(link, turnout, pulse, at), **_row_words(),
    }  # fmt: skip


def _row(caller: Caller, words: str, preliminary: bool) -> tuple[Caller, bool, str, list[tuple[str, str, str]]]:
    """A household, whether the search means it, its pickups with their types for the script, and a button for each if
    there are several. Put together here: a template is slow at a thousand rows."""
    mine = " ".join(f"{part.pickup or 0}:{part.share_type.pk}" for part in caller.parts)
    several = len(caller.parts) > 1 and not preliminary
    parts = [_button(caller, part) for part in caller.parts] if several else []
    return caller, not words or finds(words, caller), mine, parts


def _button(caller: Caller, part: Part) -> tuple[str, str, str]:
    """Its value, whether it is pressed, and the share type."""
    wanted, pressed = ("undone", "true") if part.collected else ("collected", "false")
    return f"{caller.number}:{part.pickup}:{wanted}", pressed, part.share_type.name


def _row_words() -> Facts:
    """What every row says: looked up once, not a thousand times."""
    return {
        "no": _("No."),
        "tick": icon("check"),
        "friend_comes": _("A friend collects:"),
        "noted": format_html("{}{}", icon("sticky-note"), _("Note")),
        "only_part": _("Only a part"),
        "more": _("More"),
        "ask_back": _("Not collected after all? The tick is taken away."),
        "yes_back": _("Take it away"),
        "no_back": _("Keep the tick"),
    }


def _script_facts(link: HostLink, turnout: Turnout, pulse: checkins.Pulse, at: datetime) -> Facts:
    parts = [part for caller in turnout.callers for part in caller.parts]
    return {
        "now": millis(at),
        "ends": millis(link.day.ends_at),
        "seen": pulse.seen,
        "version": pulse.version,
        "taps": taps_told({part.pickup: part.tapped for part in parts if part.pickup and part.tapped}),
        "sync": reverse("sync", args=[link.token]),
        "worker": reverse("check_in_worker", args=[link.token]),
    }


def _biggest(turnout: Turnout) -> int | None:
    main = [kind.share_type for kind in turnout.types if not kind.share_type.is_addon]
    return max(main, key=lambda kind: kind.weight).pk if main else None


def _inside(link: HostLink, turnout: Turnout) -> list[tuple[ShareType, Contents]]:
    """What is in a share of each type, where all of a type get the same."""
    kinds = [kind.share_type for kind in turnout.types]
    contents = contents_of([link.day]) if kinds else {}
    found = [(kind, contents.get((link.day_id, kind.pk, None))) for kind in kinds]
    return [(kind, inside) for kind, inside in found if inside is not None]


def taps_told(standing: dict[int, tuple[datetime, bool]]) -> dict[int, tuple[float, int]]:
    return {pickup: (millis(when), int(came)) for pickup, (when, came) in standing.items()}


def millis(moment: datetime) -> float:
    """As a phone counts: milliseconds since 1970, with three places for the microseconds."""
    return round(moment.timestamp() * 1_000_000) / 1000


def kept_quiet(answer: HttpResponse) -> HttpResponse:
    """Names stand here: no search engine may keep the page. Its address goes to no other site (Referrer-Policy is
    same-origin everywhere; no-referrer would make browsers send forms with the origin "null")."""
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer
