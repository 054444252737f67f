"""A person's hands on a page: they find things by what is written there, and count what they had to do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page


@dataclass
class Hands:
    """`fields` filled or changed, `taps` on buttons and links, `screens` seen on the way."""

    page: Page
    fields: int = 0
    taps: int = 0
    screens: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("domcontentloaded", lambda page: self.screens.append(page.locator("h1").first.inner_text()))

    def fill(self, label: str, text: str, *, within: Locator | None = None, nth: int = 0) -> None:
        typed_into = (within or self.page).get_by_label(_labelled(label)).nth(nth)
        typed_into.fill(text)
        typed_into.blur()  # as when the finger goes on to the next field
        self.fields += 1

    def choose(self, label: str, option: str, *, within: Locator | None = None) -> None:
        (within or self.page).get_by_label(_labelled(label)).select_option(option)
        self.fields += 1

    def tick(self, words: str, *, within: Locator | None = None) -> None:
        """A radio button or a checkbox, by touching its words: the button itself may be hidden behind them."""
        (within or self.page).locator("label", has_text=words).first.click()
        self.fields += 1

    def press(self, name: str, *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name).first.click()
        self.taps += 1

    def follow(self, name: str, *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("link", name=name).first.click()
        self.taps += 1


def _labelled(label: str) -> re.Pattern[str]:
    """The whole label, with or without "(optional)"."""
    return re.compile(rf"^\s*{re.escape(label)}\s*(\(optional\))?\s*$")
