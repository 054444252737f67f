"""The reference by which a transfer finds its order: an ISO 11649 creditor reference, "RF18 K7HX 2M9Q".

Banks know the form and refuse a mistyped one while it is typed. After RF stand two check digits (mod 97-10, which
finds 99 of 100 slips and more), then eight characters made of the order's own secret token:
it tells nothing of how many orders there are, and the next one cannot be guessed. The characters are those that nobody
reads as another: no 0 and O, no 1, I and L.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable

from shares.models import Order

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8
_SQUASHED = re.compile(r"[^0-9A-Z]")


def of_order(order: Order) -> str:
    return of_token(order.token)


def of_token(token: uuid.UUID) -> str:
    """The reference without spaces: twelve characters."""
    number = int.from_bytes(hashlib.sha256(b"hissa reference " + token.bytes).digest()[:8], "big")
    body = ""
    for _n in range(LENGTH):
        number, digit = divmod(number, len(LETTERS))
        body += LETTERS[digit]
    return f"RF{_check_digits(body)}{body}"


def shown(reference: str) -> str:
    """In groups of four, as banks print it."""
    return " ".join(reference[n : n + 4] for n in range(0, len(reference), 4))


def is_whole(reference: str) -> bool:
    """Whether the check digits of something that was typed are right."""
    plain = squashed(reference)
    if not re.fullmatch(rf"RF[0-9]{{2}}[{LETTERS}]{{{LENGTH}}}", plain):
        return False
    return _check_digits(plain[4:]) == plain[2:4]


def squashed(text: str) -> str:
    """Text as references are looked for in it: capitals and digits alone, for banks break lines where they like."""
    return _SQUASHED.sub("", text.upper())


def found_in(text: str, references: Iterable[str]) -> list[str]:
    """Which of these references a bank's words bear, whole, or without the RF and its digits that some leave out."""
    plain = squashed(text)
    known = {reference[4:]: reference for reference in references}
    places = range(len(plain) - LENGTH + 1)
    found = dict.fromkeys(known[plain[n : n + LENGTH]] for n in places if plain[n : n + LENGTH] in known)
    return list(found)


def _check_digits(body: str) -> str:
    """ISO 7064 mod 97-10 over the body and "RF00", letters counted from A = 10."""
    figures = "".join(str(int(char, 36)) for char in f"{body}RF00")
    return f"{98 - int(figures) % 97:02d}"
