"""What every list begins with: what changed since the one printed before it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ListedChange:
    """One change in words: whose (a number and a name, or a name alone), what, and when it was said."""

    number: str = ""
    name: str
    what: str
    when: str = ""


@dataclass(frozen=True, kw_only=True)
class ListedChanges:
    """`title` says since when; `note` stands for the rows where there are none, or too many to be named. With both, the
    note stands first and the rows at the list's end."""

    title: str
    rows: tuple[ListedChange, ...] = ()
    note: str = ""
