"""A receipt for who was given something: what, how much, what it was worth, from which farm, on paper."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _

from deliveries.checking_in.gifts import read_lines
from deliveries.lists.printer import print_report
from deliveries.models import Gift
from farms.models import Farm
from people.formats import clock, comma, day, language, money, number, quantity
from people.printing.typed import isolated_ltr, typed


def print_gift_receipt(*, gift: Gift, farm: Farm, at: datetime) -> bytes:
    """One page, in the language in force. The same gift gives the same figures, whatever was divided since."""
    when = day(gift.given_at, zone=farm.zone, full=True)
    title = _("Receipt for a gift")
    worth = money(gift.value, farm.currency)
    shares = ngettext("%(n)s share that nobody collected", "%(n)s shares that nobody collected", gift.shares)
    sentences = [
        _("%(farm)s gave to %(place)s on %(day)s:")
        % {"farm": typed(farm.name), "place": typed(gift.place), "day": when},
        f"{shares % {'n': number(gift.shares)}}{comma()}{typed(gift.closing.day.site.name)}.",
        _("Worth %(value)s; %(kilos)s of it weighed.")
        % {"value": isolated_ltr(worth), "kilos": quantity(Decimal(gift.grams) / 1000, "kg")},
    ]
    stamp = comma().join((day(at, zone=farm.zone, full=True), clock(at, zone=farm.zone)))
    signature = {"title": _("Received"), "heads": [_("Date"), _("Name"), _("Signature")], "rows": [["", "", ""]] * 2}
    words = {
        "title": f"{farm.name} · {title} {gift.pk}",
        "farm": typed(farm.name),
        "heading": f"{title} · {_('No.')} {gift.pk}",
        "language": language().split("-")[0],
        "rtl": get_language_bidi(),
        "stamp": stamp,
        "page": _("Page {page} of {pages}"),
        "sentences": sentences,
        "parts": [
            {
                "title": _("What it was"),
                "chart": None,
                "widths": [4, 2, 2],
                "sentences": [],
                "heads": [_("Crop"), _("How much"), _("Worth")],
                "numbers": [False, True, True],
                "rows": [
                    [typed(one.name), quantity(one.amount, one.unit), isolated_ltr(money(one.value, farm.currency))]
                    for one in read_lines(gift.lines)
                ],
            },
            {**signature, "sentences": [], "chart": None, "widths": [2, 3, 3], "numbers": [False] * 3},
        ],
    }
    return print_report(words, printed_at=at)
