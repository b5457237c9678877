"""A verdict in the reader's language: short sentences made from its facts, never from its English.

Shapes   explained(table, words) -> sentences of one verdict, its parts left to their own;
         explained_refusal(code, words) -> sentences
Units    times are unix seconds UTC, shown as RFC 3339
Raises   UnknownWord for a key that the catalogue lacks
Source   docs/PROTOCOL.md part 9; desk/verifier/explain.js says the same by the same keys
Never    softens: what is not shown is said first, and "received" is never called read or agreed
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from openline.formats.legible import visible
from openline.formats.spell import time_text
from openline.record.delivery import AVAILABLE


class Say(Protocol):
    """Sentences by key, as `look.Words` gives them."""

    def __call__(self, key: str, **values: object) -> str: ...


Table = Mapping[str, Any]
# Parts that only help to check others: a green word over them would be taken for more.
OF_NOTHING_SAID = {
    "cards": "verify.mark.keys",
    "charter": "verify.mark.rules",
    "consistency": "verify.mark.consistency",
}


def explained(table: Table, say: Say, *, lacks_policy: bool = False) -> list[str]:
    """What one verdict means, the gravest first; whether the reader gave no trust of his own."""
    if "code" in table:
        return explained_refusal(table["code"], say, lacks_policy=lacks_policy)
    return [*of_status(table, say), *of_result(table, say), *of_kind(table, say)]


def needs_policy(code: object, *, lacks_policy: bool) -> bool:
    """Where the reader gave no policy, a quorum that is not met says nothing against the file."""
    return lacks_policy and code == "record.quorum-not-met"


def explained_refusal(code: str, say: Say, *, lacks_policy: bool = False) -> list[str]:
    """What it means that a file has no verdict."""
    if needs_policy(code, lacks_policy=lacks_policy):
        return [say("verify.result.bring-policy")]
    return [say("verify.result.refused"), say(f"verify.code.{code}")]


def mark(table: Table, *, lacks_policy: bool = False) -> str:
    """The key of the one word that stands above a verdict."""
    if needs_policy(table.get("code"), lacks_policy=lacks_policy):
        return "verify.mark.bring-policy"
    if "code" in table:
        return "verify.mark.refused"
    if table["kind"] in OF_NOTHING_SAID:
        return OF_NOTHING_SAID[table["kind"]]
    if table["verdict"] != "valid":
        return "verify.mark.not-shown"
    return "verify.mark.valid" if table["exit"] == 0 else "verify.mark.not-accepted"


def of_status(table: Table, say: Say) -> Iterator[str]:
    """Exercise first. Keys and evidence belong to no line, and have no status."""
    if table["kind"] not in ("cards", "consistency", "evidence"):
        yield say(f"verify.status.{table['status']}")


def of_result(table: Table, say: Say) -> Iterator[str]:
    """Whether it is shown; where it is not, why."""
    if table["kind"] in OF_NOTHING_SAID:
        return
    if table["verdict"] == "valid" and table["exit"] == 0:
        yield say(f"verify.result.{'not-compared' if is_uncompared(table) else 'valid'}")
    elif table["verdict"] == "valid":
        yield say("verify.result.not-accepted")
    else:
        yield say("verify.result.not-shown")
        yield from of_lack(table, say)
    if table["kind"] == "bundle":
        yield say("verify.result.bundle")


def is_uncompared(table: Table) -> bool:
    """Whether something shown hangs on keys that the reader did not compare: they count under what
    the reader gave, and nobody should read that he trusts them."""
    return any(
        part.get("compared") is False
        or (bool(part.get("releases")) and part.get("officers") != "compared")
        for part in table.get("parts") or (table,)
    )


def of_lack(table: Table, say: Say) -> Iterator[str]:
    """What is missing, in the order of the verifier."""
    if table["kind"] in ("bundle", "evidence") or table["status"] == "unknown":
        return
    if table.get("policy") == "unverified":
        yield say("verify.lack.unverified")
    elif table["kind"] == "proof" and table["releases"] < table["officers_asked"]:
        yield say("verify.lack.not-released")
    else:
        yield say("verify.lack.other", words=table["first_line"])


def of_kind(table: Table, say: Say) -> Iterator[str]:
    """What a verdict of this kind shows, and what nobody may conclude from it."""
    if table.get("policy") == "unverified":
        yield say("verify.claimed")
    yield from KINDS[table["kind"]](table, say)


def of_proof(table: Table, say: Say) -> Iterator[str]:
    """One entry."""
    yield say("verify.entry.what", party=table["party"], index=table["index"])
    yield from of_times(table, say)
    yield from of_own(table, table["index"] + 1, say)
    yield from of_delivery(table, say)
    yield from of_releases(table, say)
    yield from of_fields(table, say)
    later = [path for path in table["withheld_revealed_later"] if not path.startswith("release.")]
    if later:
        yield say("verify.entry.revealed", paths=", ".join(later))
    if "list_shown" in table:
        key = "shown" if table["list_shown"] else "not-shown"
        count, time = table.get("in_force", ""), visible(table["as_of"])
        yield say(f"verify.list.{key}", count=count, time=time)
    yield from of_binding(table, say)
    yield say("verify.may-not.true")
    yield say("verify.may-not.else")


def not_shown(table: Table, say: Say) -> Iterator[str]:
    """How many fields of a message this file does not show, and to whom they were not shown before:
    the protocol's own do not count."""
    of, withheld = table["content_of"], table["content_withheld"]
    left_out = of - table["content_shown"] - withheld
    if withheld:
        yield say("verify.entry.withheld-fields", count=withheld, of=of)
    if left_out:
        yield say("verify.entry.left-out-fields", count=left_out, of=of)
    yield say(f"verify.entry.{'some' if withheld or left_out else 'all'}-fields", of=of)


def of_fields(table: Table, say: Say) -> Iterator[str]:
    """How much of the message is shown; without releases nobody can tell them from the content."""
    yield from not_shown(table, say)
    is_released = any(str(path).startswith("release.") for _, path, *_ in table["fields"])
    is_whole = table["content_of"] == table["content_shown"]
    if not is_released and not is_whole and table.get("officers_asked") != 0:
        yield say("verify.entry.releases-among")


def of_delivery(table: Table, say: Say) -> Iterator[str]:
    """Which grade of proof of delivery is reached, for each addressee."""
    least, grades = table["grade"], table["grades"]
    if not least:
        yield say("verify.delivery.none")
        return
    if not grades:
        yield say("verify.delivery.nobody", grade=least, word=say(f"verify.grade.{least}"))
        return
    for party, grade in grades.items():
        word = say(f"verify.grade.{grade}")
        yield say("verify.delivery.to", party=party, grade=grade, word=word)
    if table["relays"] and min(grades.values()) < AVAILABLE:
        yield say("verify.delivery.no-deposit")


def of_releases(table: Table, say: Say) -> Iterator[str]:
    """Who released it."""
    if table.get("officers_asked") == 0:
        yield say("verify.entry.by-machine")
        return
    asked = table.get("officers_asked", "?")
    yield say("verify.entry.released", count=table["releases"], asked=asked)
    if table["releases"] and table["officers"] != "compared":
        yield say("verify.entry.officers-unknown", party=table["party"])


def of_times(table: Table, say: Say) -> Iterator[str]:
    """When it was held, by whom."""
    if "committed" in table:
        yield say("verify.entry.dated", time=time_text(table["committed"]))
    else:
        yield say("verify.entry.not-dated")
    for party, time_s in sorted(table["receipts"].items()):
        yield say("verify.entry.received", party=party, time=time_text(time_s))
    if not table["receipts"]:
        yield say("verify.entry.no-receipt")


def of_own(table: Table, stop: int, say: Say) -> Iterator[str]:
    """What a party whose key was in other hands says of this log: how far it is its own."""
    if "own_below" not in table:
        return
    values = {"party": table["party"], "index": table["own_below"]}
    if stop > table["own_below"]:
        yield say("verify.own.not", **values)
    elif table["own_shown"]:
        yield say("verify.own.shown", **values)


def of_consistency(table: Table, say: Say) -> Iterator[str]:
    """Two heads of one log that are one history."""
    yield say("verify.consistency", old=table["old"], size=table["size"])


def of_binding(table: Table, say: Say) -> Iterator[str]:
    """Whether the log is shown to be one of this line."""
    yield say(f"verify.entry.{'bound' if table.get('log_bound_to_line') else 'not-bound'}")


def of_range(table: Table, say: Say) -> Iterator[str]:
    """A stretch of a log."""
    values = {"party": table["party"], "asked": visible(table["asked"])}
    if table["present"]:
        yield say("verify.range.present", index=table["present"][0], **values)
    elif "absent" in table:
        last = table["to"] - 1
        yield say("verify.range.absent", **{"from": table["from"], "to": last, **values})
    yield from of_times(table, say)
    yield from of_own(table, table["to"], say)
    yield from of_binding(table, say)
    yield say("verify.may-not.else")


def of_bundle(table: Table, say: Say) -> Iterator[str]:
    """What the parts say together."""
    for each in table["absences"]:
        key = "shown" if each["is_shown"] else "not-shown"
        yield say(f"verify.absence.{key}", party=each["party"], asked=visible(each["asked"]))


def of_cards(table: Table, say: Say) -> Iterator[str]:
    """The keys of a party, and when some of them ended."""
    key = "compared" if table["compared"] else "not-compared"
    digits = table["details"][0].partition(": ")[2]
    yield say(f"verify.cards.{key}", party=table["party"], digits=digits)
    for _, name, _, time_s, reason in table["ends"]:
        key = "compromised" if reason == "compromised" else "ended"
        yield say(f"verify.cards.{key}", party=table["party"], name=name, time=time_text(time_s))


def of_charter(table: Table, say: Say) -> Iterator[str]:
    """The rules of a line."""
    yield say("verify.charter.members", members=", ".join(table["members"]))


def of_evidence(table: Table, say: Say) -> Iterator[str]:
    """Two histories of one log."""
    key = "fork" if table["verdict"] == "valid" else "not-compared"
    yield say(f"verify.evidence.{key}", party=table["party"])


KINDS = {
    "proof": of_proof,
    "range": of_range,
    "bundle": of_bundle,
    "cards": of_cards,
    "charter": of_charter,
    "consistency": of_consistency,
    "evidence": of_evidence,
}
