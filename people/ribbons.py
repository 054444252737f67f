"""The season ribbon: one cell per week, told apart by number, colour, pattern and hidden words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

# state → what the legend calls it, and the icon that stands in for the number (if any)
STATES: dict[str, tuple[Promise, str]] = {
    "done": (pgettext_lazy("week", "Collected"), ""),
    "next": (pgettext_lazy("week", "Next pickup"), ""),
    "ahead": (pgettext_lazy("week", "Coming up"), ""),
    "hold": (pgettext_lazy("week", "On hold"), ""),
    "gift": (pgettext_lazy("week", "Donated"), "heart"),
    "moved": (pgettext_lazy("week", "Moved to another week"), ""),
    "extra": (pgettext_lazy("week", "Make-up share"), ""),
    "missed": (pgettext_lazy("week", "Not collected"), ""),
    "rest": (pgettext_lazy("week", "Not your week"), ""),
    "off": (pgettext_lazy("week", "No pickup"), ""),
}


@dataclass(frozen=True)
class WeekCell:
    """One week of a ribbon. `words` is the whole sentence a screen reader says ("Week 7, Tue 15 June:
    next pickup"); `href` makes the cell a link; `current` marks the week this page is about."""

    number: int | str
    state: str = "ahead"
    words: str | Promise = ""
    href: str = ""
    current: bool = False

    @property
    def meaning(self) -> str | Promise:
        return STATES[self.state][0]

    @property
    def icon(self) -> str:
        return STATES[self.state][1]
