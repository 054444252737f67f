"""A household's name taken off lists that are written down already, when its account is erased."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from people.printing.typed import isolated_ltr, typed


def take_name_off(words: dict[str, Any], *, number: int, instead: str, friends: Collection[str] = ()) -> None:
    """Write `instead` where a manuscript (`words`, changed in place) names the household of this number, and take out
    the `friends` who collect for it."""
    own, name = isolated_ltr(str(number)), typed(instead)
    for one in words["lists"]:
        for row in one["changes"]["rows"] if one["changes"] else ():
            if row[0] == own:
                row[1:3] = [name, _without(row[2], friends)]
        for row in one.get("households", ()):
            if row[1] == own:
                row[:4] = ["", own, name, ""]  # nor the letter it stood under
        for row in one.get("boxes", ()):
            if own in row[:2]:
                row[row.index(own) + 1] = name


def _without(text: str, names: Collection[str]) -> str:
    for name in names:
        text = text.replace(name, "–")
    return text
