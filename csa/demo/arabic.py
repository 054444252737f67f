"""The demo's words on a farm that speaks Arabic: its sites, shares and crops."""

from __future__ import annotations

ARABIC = {
    "Tuesday Market": "سوق الثلاثاء",
    "4 Mill Lane": "درب الطاحون 4",
    "School gate": "باب المدرسة",
    "1 School Road": "شارع المدرسة 1",
    "Farm stand": "كشك المزرعة",
    "Cedar Bend 2": "طريق الوادي 7",
    "Wages": "الأجور",
    "Seed and plants": "البذور والشتول",
    "Land and tools": "الأرض والأدوات",
    "Boxes and rounds": "الصناديق والتوصيل",
    "Library": "المكتبة العامة",
    "9 Station Street": "شارع المحطة 9",
    "Bakery yard": "ساحة الفرن",
    "12 Oven Street": "شارع الفرن 12",
    "Food bank": "بنك الطعام",
    "Look for the green awning.": "ابحثوا عن المظلة الخضراء.",
    "Door code 2468": "رمز الباب 2468",
    "Season": "موسم",
    "We share what grows: more in a good week, less in a thin one. Whoever cannot come may hold or move "
    "the week until two days before the pickup.": (
        "نتقاسم ما تنبته الأرض: أكثر في أسبوع الخير، وأقل في غيره. "
        "ومن لا يستطيع الحضور يعلّق أسبوعه أو ينقله حتى قبل الاستلام بيومين."
    ),
    "Full share": "حصة كاملة",
    "For 3–4 people": "لثلاثة أو أربعة أشخاص",
    "Half share": "نصف حصة",
    "For 1–2 people": "لشخص أو شخصين",
    "Half share, every second week": "نصف حصة، كل أسبوعين",
    "For small appetites": "لمن يأكل قليلًا",
    "Eggs": "بيض",
    "Six eggs from our hens": "ست بيضات من دجاجنا",
    "Bread": "خبز",
    "A sourdough loaf of 1 kg": "رغيف مخمّر وزنه 1 كغ",
    "Apple": "تفاح",
    "Asparagus": "هليون",
    "Basil": "ريحان",
    "Beans": "فاصولياء",
    "Beets": "شمندر",
    "Broccoli": "بروكلي",
    "Carrots": "جزر",
    "Chives": "ثوم معمّر",
    "Cilantro": "كزبرة",
    "Corn": "ذرة",
    "Cucumbers": "خيار",
    "Edamame": "إدامامي",
    "Hot peppers": "فلفل حار",
    "Jalapeño": "هلابينيو",
    "Kale": "كرنب أجعد",
    "Kohlrabi": "كرنب ساقي",
    "Lettuce": "خس",
    "Onions": "بصل",
    "Peas": "بازلاء",
    "Peppers": "فلفل",
    "Potatoes": "بطاطا",
    "Pumpkins": "يقطين",
    "Radish": "فجل",
    "Raspberries": "توت العليق",
    "Rutabaga": "لفت أصفر",
    "Spinach": "سبانخ",
    "Squash": "قرع",
    "Strawberries": "فراولة",
    "Swiss chard": "سلق",
    "Tomatoes": "طماطم",
    "Zucchini": "كوسا",
}


def said(words: str, language: str) -> str:
    """The words as a farm of this language writes them; English ones where the demo has no others."""
    return ARABIC.get(words, words) if language == "ar" else words
