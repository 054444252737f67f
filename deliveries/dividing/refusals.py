"""Why a harvest cannot be divided, in words: which crop, and what to change."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.allocation import ProblemError

SLIPS: dict[tuple[str, str], str | Promise] = {
    ("quantities", "too_large"): gettext_lazy("Too many steps to divide. Is a digit too many, or the step too fine?"),
    ("quantities", "too_small"): gettext_lazy("More is kept back than came in."),
    ("quantities", "too_dear"): gettext_lazy("So much of a crop so dear is surely a slip. Look at amount and price."),
    ("quantities", "too_many"): gettext_lazy("At most 1,000 crops can be divided at once."),
    ("step_values", "too_large"): gettext_lazy("One step is worth too much. Look at price and step."),
    ("step_values", "too_small"): gettext_lazy("A price cannot be below zero."),
    ("maxima", "too_large"): gettext_lazy("The most one share may get is more than can be divided."),
    ("locked", "too_large"): gettext_lazy(
        "more is fixed for each share than came in. Lower the fixed amount or the part kept back."
    ),
    ("locked", "refused"): gettext_lazy("It is fixed by hand for somebody who must not get it."),
    ("weights", "too_small"): gettext_lazy("A share type has no size. Under Seasons, give each a size of 1 or more."),
    ("weights", "too_large"): gettext_lazy("A share type’s size is too large: 10,000 is the most."),
    ("counts", "too_large"): gettext_lazy("Too many shares are due at once."),
    ("counts", "too_many"): gettext_lazy("Too many shares are due at once."),
    ("share_ids", "twice"): gettext_lazy("A share is due twice at the same pickup."),
}


def words_of(odd: ProblemError, crops: Sequence[str]) -> str:
    """The refusal in the language in force, beginning with the crop where one is meant; `crops` are their names."""
    said = SLIPS.get((odd.field, odd.code))
    words = str(said) if said else _("These figures cannot be divided: %(why)s.") % {"why": odd.says}
    if odd.crop is None or odd.crop >= len(crops):
        return words
    return _("%(crop)s: %(what)s") % {"crop": crops[odd.crop], "what": words}
