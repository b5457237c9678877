"""The map: a coastline, what was told to happen where, and the same as a list beside it.

Shapes   pages as routes of app.py; `/map/shapes` is what the page's script draws
Units    decimal degrees in shapes, longitude first; times as RFC 3339 UTC text
Raises   NotHere
Source   docs/OPERATE.md, "Map and timeline"; docs/decisions/0047
Never    draws what the list does not have, nor a boundary that nobody chose and named
"""

from typing import Final
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from openline.desk.acts import Json
from openline.desk.pages.case_pages import state_said, subject
from openline.desk.pages.search_pages import moment
from openline.desk.pages.visit import NotHere, Visit
from openline.desk.pages.watch_pages import chosen, label
from openline.formats.area import DEGREE
from openline.formats.legible import show_position, visible

VIEWS: Final = ("fit", "world", "pacific", "north", "south")
FILTERS: Final = ("line", "since", "until", "closed", "view", "boundaries", "find", "status")


async def map_page(visit: Visit) -> Response:
    """The map with its list."""
    found, wanted, status, there, lines = await looked(visit)
    overlay = visit.context.overlay
    return visit.page(
        "map.html",
        rows=[listed(visit, row) for row in found["rows"]],
        more=found["more"],
        wanted=wanted,
        kept=urlencode(wanted),
        views=VIEWS,
        view=wanted["view"],
        overlay=overlay,
        is_overlaid=overlay is not None and bool(wanted.get("boundaries")),
        line_choices=[(row["line"], row["title"]) for row in lines],
        status=status,
        statuses=there,
        marking=status,
    )


async def looked(visit: Visit) -> tuple[Json, dict[str, str], str, list[str], list[Json]]:
    """What this person sees of the places that the address asks for."""
    lines = await visit.lines()
    status, there = chosen(visit, lines)
    seen = [row for row in lines if row["status"] == status]
    wanted = {name: visit.query(name) for name in FILTERS if visit.query(name)}
    wanted["status"] = status
    if wanted.get("view") not in VIEWS:
        wanted["view"] = VIEWS[0]
    named = [row["line"] for row in seen if wanted.get("line", "") in ("", row["line"])]
    if wanted.get("line") and not named:
        raise NotHere("no such line")
    period = {"from": moment(wanted.get("since", "")), "until": moment(wanted.get("until", ""))}
    found = await visit.call("places", lines=named, closed=bool(wanted.get("closed")), **period)
    return found, wanted, status, there, seen


def listed(visit: Visit, row: Json) -> Json:
    """One message of the list, with its places in words."""
    return {
        **row,
        "id": name_of(row),
        "label": label(visit, row["format"]),
        "says": state_said(visit, row, str(row["state"])),
        "words": subject(row)[:1],
        "zones": [{**zone, "where": where(visit, zone)} for zone in row["zones"]],
    }


def name_of(row: Json) -> str:
    """What list and map call one message on this page."""
    return f"{row['from']}:{row['number']}"


def where(visit: Visit, zone: Json) -> str:
    """A place in words: its first point, how many more there are, its radius."""
    longitude, latitude = zone["points"][0]
    parts = [show_position(longitude, latitude)]
    count = len(zone["points"]) - (zone["kind"] == "ring")
    if count > 1:
        parts.append(visit.words("map.points", count=count))
    if zone["radius_m"]:
        # Thousands by a narrow blank: a comma is a decimal sign to half of the readers.
        metres = f"{zone['radius_m']:,}".replace(",", "\u202f")
        parts.append(visit.words("map.radius", metres=metres))
    return " · ".join(parts)


async def shapes(visit: Visit) -> Response:
    """The same places for the script of the page."""
    found, _, status, _, _ = await looked(visit)
    return JSONResponse(
        {
            "status": status,
            "shapes": [shape for row in found["rows"] for shape in drawn(visit, row)],
        }
    )


def drawn(visit: Visit, row: Json) -> list[Json]:
    """The areas of one message in decimal degrees, with what a reader hears of each."""
    origin, index = row["ref"]
    name = name_of(row)
    about = "".join(visible(part["text"]) for part in subject(row)[:1])
    return [
        {
            "id": name,
            "kind": zone["kind"],
            "points": [[x / DEGREE, y / DEGREE] for x, y in zone["points"]],
            "radius_m": zone["radius_m"],
            "phase": row["phase"],
            "withheld": zone["withheld"],
            "href": f"/message?{urlencode({'o': origin, 'i': index})}",
            "words": f"{name} {label(visit, row['format'])}: {about or zone['name']}",
        }
        for zone in row["zones"]
    ]


async def boundaries(visit: Visit) -> Response:
    """The operator's file, to officers only."""
    overlay = visit.context.overlay
    if overlay is None:
        raise NotHere("this node's map shows no boundaries")
    return Response(overlay.data, media_type="application/json")
