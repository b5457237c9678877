"""A line with something on it for every page that shows: places near and far, times, answers.

All places are fictitious: boxes on the open sea, round numbers on ice; no protected site.
"""

import json
from typing import Any

from tests.desk.town import House

DEGREE = 10_000_000


def area(points: list[tuple[float, float]], **more: int) -> str:
    """An area as a field takes it: longitude first, integers of 1e-7 degree."""
    spelled = [[round(x * DEGREE), round(y * DEGREE)] for x, y in points]
    return json.dumps({"points": spelled, **more})


# A box across 180 degrees, a circle at the pole, a corridor across 180 degrees, a plain box.
BOX_180 = area([(178, 66), (-177, 66), (-177, 68.5), (178, 68.5), (178, 66)])
POLE = area([(10, 89.7)], radius_m=90_000)
CORRIDOR_180 = area([(170, 58), (179, 60), (-172, 57)], radius_m=30_000)
BOX = area([(-30, 45), (-25, 45), (-25, 48), (-30, 48), (-30, 45)])
PLACES = {"Box over the strait": BOX_180, "Ice camp": POLE, "Convoy": CORRIDOR_180, "Sea box": BOX}

SAID = {
    "ru": "Визит на мост через реку",
    "ar": "إشعار بزيارة الجسر",
    "zh": "关于导弹发射的通知",
    "de": "Die Straßenbrückenprüfung",
    "fr": "Préavis de la visite d’été",
    "uk": "Повідомлення про навчання",
}


def text(words: str, lang: str = "en") -> str:
    return json.dumps([{"lang": lang, "status": "original", "text": words}], ensure_ascii=False)


def say(house: House, line: str, form: str, *options: str, **fields: str) -> dict[str, Any]:
    """One message, released by the officer's file; a field that begins with [ or { is JSON."""
    told = []
    for path, value in fields.items():
        sign = ":=" if value[:1] in "[{" else "="
        told += ["--field", f"{path}{sign}{value}"]
    return house.signed("send", line, form, *told, *options)


def visit(house: House, line: str, name: str, **more: str) -> dict[str, Any]:
    """A notice of a visit."""
    fields = {
        "subject": text(name), "place": name, "from": "2030-12-01T08:00:00Z",
        "until": "2030-12-10T12:00:00Z", "effect": "guarantee", **more,
    }  # fmt: skip
    return say(house, line, "core/visit@1", **fields)


def fill(north: House, south: House, line: str = "Harbour") -> list[dict[str, Any]]:
    """What south is told by north, with places, precedences and languages of every kind."""
    told = [
        visit(north, line, name, area=shape, **{"from": f"2030-12-0{day}T06:00:00Z"})
        for day, (name, shape) in enumerate(PLACES.items(), 1)
    ]
    told.append(visit(north, line, "Bridge inspection", precedence="flash"))
    for lang, words in SAID.items():
        told.append(visit(north, line, f"Post {lang}", subject=text(words, lang)))
    north.tell("link", "test", line)
    return told
