"""Names for the demo's households, of several scripts. Made up; any likeness is chance."""

from __future__ import annotations

import random

FIRST = ("Leïla", "Noël", "Amélie", "Youssef", "Jörg", "Inés", "Tom", "Sana", "Mei", "Olu", "Ana", "Karl", "Zoë", "Ivo")
LAST = (
    "Abidi", "Baptiste", "Castillo–Reyes", "Dupont", "El Haddad", "Fischer", "García", "Hughes", "Ivanova", "Jansen",
    "Kovač", "Lindqvist", "Moreau", "Ng", "O’Brien", "Petit", "Quispe", "Rossi", "Şahin", "Tanaka", "Ueda", "Vogel",
    "Weber", "Xu", "Yılmaz", "Zapata", "李", "Αγγέλου", "Петрова", "محمود",
)  # fmt: skip
FIRST_AR = ("ليلى", "يوسف", "سناء", "كريم", "هدى", "سامر", "نور", "جورج", "ريم", "وليد")
LAST_AR = ("حداد", "خوري", "منصور", "سعادة", "الحاج", "عون", "نجار", "شمعون", "بدوي", "صباغ")


def household_name(dice: random.Random, language: str) -> str:
    if language == "ar":
        return f"{dice.choice(FIRST_AR)} {dice.choice(LAST_AR)}"
    return f"{dice.choice(LAST)}, {dice.choice(FIRST)}"
