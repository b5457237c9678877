"""What one node shows of texts and agreements on a line: positions, ledgers, quotas, obligations.

Shapes   each section takes the stage and the registers of a line and gives a small value
Units    figures as the parties gave them; times are RFC 3339 UTC text; "-" for a stage not reached
Raises   nothing
Source   docs/SOURCES.md; the end state of history 3
Never    decides whose count is right: both stand side by side
"""

from typing import Final

from openline.cli.play.line_picture import NOTHING, Row, Section, step
from openline.cli.play.stage import Stage, number, rows, table, text, texts
from openline.formats.openjson import Value


def drafts(stage: Stage, found: Row) -> Value:
    """Texts, their versions, and articles with a position."""
    return [
        {
            "step": step(stage, row),
            "by": text(row, "party"),
            "versions": len(rows(row, "versions")),
            "articles_with_position": (
                f"{number(row, 'with_position')} of {number(row, 'articles_count')}"
            ),
            "positions": [
                f"{text(article, 'article')} (version {text(p, 'version')}): "
                f"{text(p, 'party')} {text(p, 'class')}"
                for article in rows(row, "articles")
                for p in rows(article, "positions")
            ],
        }
        for row in rows(table(found, "texts"), "rows")
    ]


def ledger(stage: Stage, found: Row) -> Value:
    """Data against limits with every reservation on them, wherever they are quoted."""
    shown: list[Value] = []
    for row in rows(table(found, "agreements"), "rows"):
        limits = [dict(_figures(limit, "limits")) for limit in rows(row, "limits")]
        shown.append(
            {
                "agreement": text(row, "agreement"),
                "limits": list(limits),
                "inspections": [number(limit, "inspections") for limit in rows(row, "limits")],
                "data": [_data(data) for data in rows(row, "data")],
            }
        )
    return shown


def _data(data: Row) -> Value:
    return {
        "by": text(data, "party"),
        "as_of": text(data, "as_of"),
        "own_count": dict(_figures(data, "holdings")),
        "own_count_over": {
            text(row, "category"): number(row, "over") for row in rows(data, "against")
        },
        "reservations": [_reservation(data, row) for row in rows(data, "reservations")],
        "quoted": [
            {
                "by": text(quote, "party"),
                "reservations": [text(row, "party") for row in rows(quote, "reservations")],
            }
            for quote in rows(data, "quotations")
        ],
    }


def _reservation(data: Row, row: Row) -> Value:
    """The reserving party's own count, and how far it is over the limit by that count."""
    limits = {text(each, "category"): number(each, "limit") for each in rows(data, "against")}
    counts = dict(_figures(row, "counts"))
    return {
        "by": text(row, "party"),
        "count": dict(counts),
        "over": {
            name: max(0, count - limits[name])
            for name, count in counts.items()
            if isinstance(count, int) and name in limits
        },
        "items": list(texts(row, "items")),
    }


def _figures(row: Row, key: str) -> list[tuple[str, Value]]:
    """Pairs of category and number."""
    pairs = row.get(key)
    found = [p for p in pairs if isinstance(p, list)] if isinstance(pairs, list) else []
    return [(str(pair[0]), pair[1]) for pair in found if len(pair) == 2]


def quotas(stage: Stage, found: Row) -> Value:
    return [
        {
            "by": text(row, "party"),
            "used": f"{number(row, 'used')} of {number(row, 'of')}",
            "by_state": dict(table(row, "by_state")),
        }
        for row in rows(table(found, "quotas"), "rows")
    ]


def obligations(stage: Stage, found: Row) -> Value:
    """Suspensions with their three dates and who contests them; countermeasures."""
    shown: list[Value] = []
    for row in rows(table(found, "obligations"), "rows"):
        shown.append(
            {
                "agreement": text(row, "agreement"),
                "suspensions": [_suspension(s) for s in rows(row, "suspensions")],
                "countermeasures": [_countermeasure(c) for c in rows(row, "countermeasures")],
            }
        )
    return shown


def _suspension(row: Row) -> Value:
    return {
        "by": text(row, "party"),
        "state": text(row, "state"),
        "announced": text(table(row, "announced"), "at_time") or NOTHING,
        "formal": text(table(row, "formal"), "at_time") or NOTHING,
        "in_effect": text(table(row, "in_effect"), "at_time") or NOTHING,
        "contested_by": [text(c, "party") for c in rows(row, "contested_by")],
        "suspended": list(texts(row, "suspended")),
    }


def _countermeasure(row: Row) -> Value:
    return {
        "by": text(row, "party"),
        "obligations": list(texts(row, "obligations")),
        "reversible": row.get("reversible") is True,
        "from": text(row, "from"),
        "in_effect": row.get("in_effect") is True,
        "contested_by": [text(c, "party") for c in rows(row, "contested_by")],
    }


TREATY_SECTIONS: Final[dict[str, Section]] = {
    "texts": drafts,
    "ledger": ledger,
    "quotas": quotas,
    "obligations": obligations,
}
