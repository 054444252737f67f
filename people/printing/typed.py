"""What people typed, made safe for paper: isolated in its own direction, tamed, never markup."""

import unicodedata

from people.names import filed_under

MOST_MARKS = 4
"""Combining marks that one letter keeps; more would climb over the rows above."""
LONGEST = 90
"""Characters of a name that are printed."""
LONGEST_RUN = 22
"""Letters without a gap after which a line may break."""

_SCRIPTS = {
    "LATIN", "GREEK", "CYRILLIC", "DEVANAGARI", "ARABIC", "HEBREW", "MODIFIER", "FEMININE", "MASCULINE", "MICRO",
}  # fmt: skip
"""Whose letters our fonts have, as Unicode's names of letters begin."""

_ISOLATE, _POP = "\u2068", "\u2069"
_MAY_BREAK = "\u200b"
_DIRECTION_TRICKS = {chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)}
_KEPT_FORMATS = {"\u200c", "\u200d", "\u200e", "\u200f", "\u061c"}


def typed(text: str, longest: int = LONGEST) -> str:
    """A text somebody typed as it is printed: one line, in an isolate of its own direction."""
    plain = tamed(text, longest)
    return f"{_ISOLATE}{plain}{_POP}" if plain else ""


def tamed(text: str, longest: int = LONGEST) -> str:
    """Without line breaks, control and override characters, towers of marks; clipped with "…"."""
    plain = " ".join("".join(_tame_characters(unicodedata.normalize("NFC", text))).split())
    without_pictures = " ".join("".join(c for c in plain if not _is_picture(c)).split())
    plain = without_pictures or "□" * bool(plain)
    if len(plain) > longest:
        plain = plain[: longest - 1].rstrip() + "…"
    return " ".join(_with_breaks(word) for word in plain.split(" "))


def _tame_characters(text: str) -> list[str]:
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > MOST_MARKS or character in _DIRECTION_TRICKS:
            continue
        if category in {"Cc", "Zl", "Zp", "Zs"}:
            kept.append(" ")
        elif category not in {"Cf", "Cs", "Co", "Cn"} or character in _KEPT_FORMATS:
            kept.append(character)
    return kept


def _is_picture(character: str) -> bool:
    """Emoji and their modifiers: our fonts have no pictures, and paper no colours."""
    code = ord(character)
    return 0x1F000 <= code <= 0x1FAFF or 0x2600 <= code <= 0x27BF or 0xFE00 <= code <= 0xFE0F


def beyond_our_fonts(text: str) -> bool:
    """Whether there is a letter in it of a script that our fonts have not."""
    return any(unicodedata.name(c, "?").split(maxsplit=1)[0] not in _SCRIPTS for c in set(text) if c.isalpha())


def _with_breaks(word: str) -> str:
    """A word too long for its column may break at its hyphens, and anywhere after so many letters without one."""
    return "-".join(
        _MAY_BREAK.join(part[i : i + LONGEST_RUN] for i in range(0, len(part), LONGEST_RUN)) for part in word.split("-")
    )


def isolated_ltr(text: str) -> str:
    """A code, number or link: left to right wherever it stands."""
    return f"\u2066{tamed(text, 200)}{_POP}" if text else ""


def initial(name: str) -> str:
    """The letter a name stands under in an A–Z list."""
    first = filed_under(tamed(name))[:1]
    return "#" if first.isdecimal() else first.upper()


def rough_width(text: str) -> float:
    """A width in millimetres that a text in our 10.5 pt surely does not pass."""
    return sum(
        1.3 if c in " .,:;!'|iljI·-" else 2.2 if (c.islower() and c not in "mwœæ") or c.isdecimal() else 3.7
        for c in text
        if unicodedata.category(c) not in {"Mn", "Me", "Cf"}
    )
