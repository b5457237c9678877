"""Registers as sheets for whoever has the watch: which rows, which columns, under which words.

Shapes   SHEETS says for each register what is shown; heading(name) -> the term of a column
Units    none
Raises   nothing
Source   docs/OPERATE.md, "Registers"; docs/cases.md
Never    leaves out a row
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its title as the term `sheet.TITLE`, the lists to walk down, then columns as
    `heading=path.to.value`."""

    title: str
    walk: tuple[str, ...]
    columns: tuple[str, ...]


def _sheet(title: str, walk: str, columns: str) -> Sheet:
    return Sheet(title, tuple(filter(None, walk.split("/"))), tuple(columns.split()))


SHEETS: Final[Mapping[str, tuple[Sheet, ...]]] = {
    "cases": (
        _sheet("cases", "", "number party format class state outcome subject"),
    ),
    "reception": (
        _sheet("reception", "", "number format party silent a0 a1 a2 a3 a4 version current"),
    ),
    "guarantees": (
        _sheet(
            "guarantees", "rows",
            "by=party number in_force=stands scope from until authority answers_version=version",
        ),
    ),
    "agreements": (
        _sheet(
            "limits-as-told", "rows/limits", "agreement by=party number limits inspections_a_year"
            "=inspections accepted_by",
        ),
        _sheet(
            "data-as-told", "rows/data", "agreement by=party number as_of holdings reservations",
        ),
    ),
    "limits": (
        _sheet(
            "holdings-against-limits", "rows",
            "agreement party category holding=held limit over as_of"
            " others_count=counted_by_others number",
        ),
    ),
    "quotas": (
        _sheet(
            "quotas", "rows",
            "agreement inspecting=party used of transferred not_counted filled_by by_state",
        ),
        _sheet(
            "active-and-passive", "rows",
            "agreement party may_inspect=active.of made=active.used active_left=active.left"
            " must_accept=passive.of received=passive.used passive_left=passive.left"
            " over=passive.over teams_now=passive.at_once teams_at_most=passive.at_once_max",
        ),
        _sheet(
            "shares", "rows/passive/shares",
            "agreement inspected=party inspecting used cap over",
        ),
        _sheet(
            "inspections", "rows/inspections",
            "agreement inspecting=party number state site from held_by reason",
        ),
    ),
    "duties": (
        _sheet(
            "obligations", "rows",
            "agreement party obligation state since claimed_by contested_by due overdue resumed"
            " ended",
        ),
    ),
    "obligations": (
        _sheet(
            "suspensions", "rows/suspensions",
            "agreement by=party number suspended announced formal in_effect contested_by resumed",
        ),
        _sheet(
            "countermeasures", "rows/countermeasures",
            "agreement by=party number obligations from in_effect reversible contested_by resumed",
        ),
        _sheet("resumptions", "rows/resumptions", "agreement by=party number obligations time"),
    ),
    "contacts": (
        _sheet(
            "contacts", "rows",
            "number level state with at_time minutes place told agreed_text subject",
        ),
    ),
    "incidents": (
        _sheet(
            "incidents", "rows",
            "number by=party state at_time place object accounts protests subject",
        ),
    ),
    "warnings": (
        _sheet(
            "warnings", "rows",
            "number by=party state topic subject manner from until confidence observed",
        ),
    ),
    "assessments": (
        _sheet("assessments", "topics/rows", "topic number by=party class at_time text"),
    ),
    "demands": (
        _sheet("demands", "rows", "number by=party state topic format text answered_by=answers"),
    ),
    "statements": (
        _sheet(
            "statements", "rows",
            "number by=party format class topic speaker object at_time text",
        ),
    ),
    "announcements": (
        _sheet(
            "announcements", "rows", "number by=party state topic planned formal in_effect text",
        ),
    ),
    "claims": (
        _sheet("claims", "rows", "number topic object claimed_by=asserted_by contested_by"),
    ),
    "texts": (
        _sheet("texts", "rows", "number by=party state title articles=articles_count"),
    ),
    "checklists": (
        _sheet(
            "checklists", "rows",
            "number by=party version state=weakest not_given=empty not_accepted",
        ),
    ),
    "persons": (
        _sheet("persons", "rows", "number by=party list count listed answered_by=replies"),
    ),
    "advisories": (
        _sheet(
            "advisories", "rows",
            "number by=party state action from until count held not_reached subject",
        ),
    ),
    "relays": (
        _sheet("relays", "rows", "number by=party originator consent text"),
    ),
    "passed_back": (
        _sheet("passed-back", "rows/receipts", "number format to=party by at_time=receipt_time"),
    ),
    "waiting": (
        _sheet("waiting", "", "number party format reason"),
    ),
    "irregularities": (
        _sheet("irregularities", "", "number party irregularity=code"),
    ),
    "levels": (
        _sheet(
            "contacts-by-level", "rows",
            "level contacts proposed announced accepted declined held agreed_texts last_held"
            " silence=silence_s",
        ),
    ),
    "positions": (
        _sheet("positions-by-fact", "facts/rows", "fact party office class current number text"),
    ),
    "due": (
        _sheet("due", "", "due state kind party to number timer late=late_by_s suspended_by"
               " contested_by basis on_expiry rest_day_by=rest"),
    ),
    "late": (_sheet("lead-times", "", "number version to=party asked=asked_s lead=lead_s"
                    " late=late_by_s basis"),),
    "next": (
        _sheet(
            "what-is-next", "",
            "due rule state next party from=to number precedence received=held basis",
        ),
    ),
    "flash": (
        _sheet("flash", "rows", "number by=party confirm_state confirmed confirm_due calls"),
        _sheet("addressees", "rows/addressees", "number to=party delivered acknowledged ring"),
        _sheet("calls", "rows/calls", "number by=party class position at_time text"),
    ),
    "roster": (
        _sheet("watch", "rows/posts", "party order position reach local_zone until"),
    ),
    "line": (
        _sheet(
            "what-each-party-says-of-the-line", "parties",
            "party status left last_message silence=silence_s last_test last_answer tests_missed"
            " next_test",
        ),
    ),
    "public": (
        _sheet(
            "public-statements", "rows",
            "date topic source office language text",
        ),
    ),
}  # fmt: skip

# Columns whose label the dictionary has already, under another name than `head.`.
_LABELLED: Final[Mapping[str, str]] = {
    "number": "word.number",
    "scope": "item.scope",
    "from": "item.from",
    "until": "item.until",
    "agreement": "item.agreement",
    "limits": "item.limits",
    "as_of": "item.as-of",
    "holdings": "item.holdings",
    "party": "word.party",
    "category": "item.category",
    "site": "item.site",
    "reason": "item.reason",
    "since": "item.since",
    "overdue": "due.overdue",
    "obligations": "item.obligations",
    "level": "item.level",
    "with": "item.with",
    "place": "item.place",
    "subject": "item.subject",
    "fact": "item.fact",
    "office": "item.office",
    "text": "item.text",
    "late": "mark.late",
    "version": "item.version",
    "precedence": "item.precedence",
    "topic": "item.topic",
    "source": "item.source",
    "last_message": "word.last-message",
    "state": "word.state",
    "class": "word.class",
    "format": "word.format",
    "outcome": "word.outcome",
    "silent": "life.silent",
    **{f"a{rung}": f"ladder.a{rung}" for rung in range(5)},
    "position": "item.position",
    "object": "item.object",
    "manner": "item.manner",
    "confidence": "item.confidence",
    "observed": "item.observed",
    "speaker": "item.speaker",
    "title": "item.title",
    "articles": "item.articles",
    "list": "item.list-id",
    "count": "item.count",
    "action": "item.action",
    "originator": "item.originator",
    "consent": "item.consent",
    "irregularity": "word.irregularity",
}


def heading(name: str) -> str:
    """The term of a column."""
    return _LABELLED.get(name, f"head.{name.replace('_', '-')}")
