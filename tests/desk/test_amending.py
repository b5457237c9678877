"""A new version of one's own message at the desk: begun, refused, and shown old beside new."""

from types import SimpleNamespace
from typing import Any

import pytest

from openline.cases.entry import Ref
from openline.cli.outgoing import Content, Message
from openline.desk.amending import (
    CannotAmend,
    LaterVersion,
    NotOurMessage,
    begun,
    later,
    ways,
)
from openline.desk.cautions import cautions_of
from openline.desk.changed_sheet import changed_sheet, stands_of
from openline.desk.pages.begun_forms import filled
from openline.desk.pages.form_values import CannotHold, refuse_loss, values, withheld
from openline.exchange.drafting import drafts
from openline.exchange.logs import post
from openline.formats.document.model import plain_words
from openline.formats.openjson import Value
from openline.formats.pack import load_packs
from tests.exchange.conftest import Peers, make_peers, text

US, RU = "us.example", "ru.example"
BOTH = ["amends", "cancels"]
VISIT: dict[str, Any] = {
    "subject": [
        {"lang": "en", "status": "original", "text": "Visit"},
        {"lang": "ru", "status": "courtesy", "text": "Посещение"},
    ],
    "place": "Kyiv", "effect": "acknowledge", "route": "old road",
    "area": {"points": [[163_738_000, 482_082_000]], "radius_m": 500},
    "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:30Z", "to": [RU],
}  # fmt: skip
Told = tuple[Peers, bytes, Ref]


@pytest.fixture
def told() -> Told:
    """A visit with a withheld route and place, told by us.example; two officers release one."""
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, officers={"*": 1, "open": 2, "core/visit": 2})
    place = peers.say(US, line_id, "core/visit@1", VISIT, withhold=["route", "place"])
    peers.carry()
    return peers, line_id, place


def desk(peers: Peers) -> Any:
    return SimpleNamespace(station=peers[US].station, roster=SimpleNamespace(officers={}))


def version(told: Told, of: Ref, **more: Value) -> Ref:
    peers, line_id, _ = told
    fields = {**VISIT, "relation": "amends", **more}
    return peers.say(US, line_id, "core/visit@1", fields, "-", [of], ["route", "place"])


def drafted(told: Told, **more: Value) -> drafts.Draft:
    """A new version that waits for its officers."""
    peers, line_id, place = told
    made = begun(peers[US].station, place, str(more.pop("relation", "amends")))
    fields = {**made["fields"], **more}
    return peers.draft(US, line_id, "core/visit@1", fields, "-", [place], made["withheld"])


def checked(told: Told, draft: drafts.Draft, lang: str = "en") -> dict[str, list[str]]:
    """What the page of the draft shows as changed: old and new by label."""
    peers, _, _ = told
    sheet = changed_sheet(desk(peers), drafts.describe(peers[US].station, draft), lang)
    rows = [[plain_words(cell) for cell in row] for row in sheet["table"].rows]
    return {label: values for label, *values in rows}


def by_terminal(station: Any, place: Ref, relation: str) -> dict[str, Any]:
    """The draft that `openline amend` asks the node for, without a change."""
    made = begun(station, place, relation)
    content = Content((), None, made["withheld"], (), None, None)
    message = Message(made["line"], made["format"], made["answer"], [list(place)], made["fields"])
    return message.args(content, lambda paths: "en")


def by_page(station: Any, place: Ref, relation: str) -> dict[str, Any]:
    """The draft that the page asks the node for, when its button is pressed at once."""
    made = begun(station, place, relation)
    form = station.packs.format(made["format"])
    given = filled(form, made["fields"], made["withheld"], made["answer"], "nl")
    read = values(form, given)
    return {
        "line": made["line"], "format": form.id, "answer": given["class"] or "-",
        "refs": [list(place)], "fields": read.fields, "withheld": withheld(form, given, read),
    }  # fmt: skip


@pytest.mark.parametrize("relation", BOTH)
def test_page_and_terminal_make_equal_drafts_of_a_new_version(told: Told, relation: str) -> None:
    peers, line_id, place = told
    asked = [by(peers[US].station, place, relation) for by in (by_terminal, by_page)]
    made = [
        peers.draft(US, line_id, each["format"], each["fields"], each["answer"],
                    [Ref(*ref) for ref in each["refs"]], each["withheld"])
        for each in asked
    ]  # fmt: skip
    one, other = ([(f.path, f.json) for f in each.fields if f.path != "draft"] for each in made)
    assert one == other and made[0].withheld == made[1].withheld
    assert ("relation", relation) in one and ("refs", [list(place)]) in one
    hidden = {made[0].fields[i].path for i in made[0].withheld if i < len(made[0].fields)}
    assert hidden == {"route", "place"}


def test_what_was_withheld_is_withheld_again_and_so_is_what_the_form_withholds_when_added(
    told: Told,
) -> None:
    peers, line_id, _ = told
    bare = {path: value for path, value in VISIT.items() if path != "route"}
    place = peers.say(US, line_id, "core/visit@1", bare, withhold=["place"])
    form = load_packs().format("core/visit@1")
    assert form is not None
    made = begun(peers[US].station, place, "amends")
    given = filled(form, made["fields"], made["withheld"], "-", "en")
    read = values(form, {**given, "f.route": "new road"})
    assert {*withheld(form, {**given, "f.route": "new road"}, read)} == {"route", "place"}


def test_a_message_of_another_party_and_an_act_upon_it_have_no_version_of_ours(told: Told) -> None:
    peers, line_id, place = told
    with pytest.raises(NotOurMessage, match=US):
        begun(peers[RU].station, place, "amends")
    ack = peers.say(RU, line_id, "core/acknowledge@1", {}, "received", [place])
    with pytest.raises(CannotAmend, match="has no versions"):
        begun(peers[RU].station, ack, "amends")
    assert ways(peers[RU].station, place) == ways(peers[RU].station, ack) == []


def test_where_a_later_version_stands_the_earlier_one_is_not_changed_and_it_is_named(
    told: Told,
) -> None:
    peers, line_id, place = told
    station = peers[US].station
    assert ways(station, place) == BOTH
    second = version(told, place)
    assert later(station, line_id, place) == second
    with pytest.raises(LaterVersion, match=r"us\.example:1\.2 stands in its place"):
        begun(station, place, "amends")
    assert (ways(station, place), ways(station, second)) == ([], BOTH)


@pytest.mark.parametrize("answer", ["completed", "cancelled"])
def test_what_is_over_is_not_changed_and_the_refusal_says_how_it_ended(
    told: Told, answer: str
) -> None:
    peers, line_id, place = told
    peers.say(US, line_id, "core/close@1", {}, answer, [place])
    for relation in BOTH:
        with pytest.raises(CannotAmend, match=f"It is closed already, as {answer}"):
            begun(peers[US].station, place, relation)


def test_an_account_in_another_partys_matter_is_corrected_by_its_own_party(told: Told) -> None:
    peers, line_id, _ = told
    station = peers[RU].station
    report = peers.say(US, line_id, "core/incident@1", {"subject": text("Shot")}, "report")
    peers.carry()
    ours = {"subject": text("No shot")}
    counter = peers.say(RU, line_id, "core/incident@1", ours, "counter-account", [report])
    assert ways(station, counter) == ["amends"]  # only who opened it cancels the whole
    again = {**ours, "relation": "corrects"}
    second = peers.say(RU, line_id, "core/incident@1", again, "counter-account", [counter])
    assert later(station, line_id, counter) == second
    assert ways(station, second) == ["amends"]


def test_whoever_checks_or_signs_sees_old_and_new_of_every_item_that_changes(told: Told) -> None:
    peers, _, _ = told
    draft = drafted(told, route="new road", effect="guarantee")
    first = drafts.release(peers[US].station, draft, peers[US].sign(draft, 0))
    assert (first.releases, first.is_released) == (1, False)
    for each in (draft, first):  # whoever drafted it, and the second officer
        shown = checked(told, each)
        assert len(shown) == 2
        ((old, _),) = (row for row in shown.values() if "new road" in row[1])
        assert "old road" in old


def test_a_cancellation_is_itself_what_changes_and_an_amendment_without_a_change_says_none(
    told: Told,
) -> None:
    assert checked(told, drafted(told)) == {}
    ((label, (old, new)),) = checked(told, drafted(told, relation="cancels"), "nl").items()
    assert label.startswith("C5") and (old, new) == ("–", "Annuleert")


def test_an_item_that_is_shown_now_and_was_withheld_is_a_change(told: Told) -> None:
    peers, line_id, place = told
    made = begun(peers[US].station, place, "amends")
    draft = peers.draft(US, line_id, "core/visit@1", made["fields"], "-", [place], ["place"])
    assert len(checked(told, draft)) == 1


def test_a_draft_is_held_against_the_version_that_stands_whichever_it_names(told: Told) -> None:
    peers, _, place = told
    draft = drafted(told, route="new road")
    described = drafts.describe(peers[US].station, draft)
    before = stands_of(desk(peers), described)
    version(told, place, route="third road")
    sheet = changed_sheet(desk(peers), described, "en")
    assert sheet["name"] == "us.example:1.2"
    ((_, (old, new)),) = checked(told, draft).items()
    assert "third road" in old and "new road" in new
    assert sheet["stands"] == stands_of(desk(peers), described) != before


def test_that_a_message_was_closed_meanwhile_is_another_standing(told: Told) -> None:
    peers, line_id, place = told
    described = drafts.describe(peers[US].station, drafted(told))
    before = stands_of(desk(peers), described)
    peers.say(US, line_id, "core/close@1", {}, "completed", [place])
    assert stands_of(desk(peers), described) != before


def test_a_draft_that_takes_no_messages_place_changes_nothing(told: Told) -> None:
    peers, line_id, place = told
    report = peers.say(US, line_id, "core/incident@1", {"subject": text("Shot")}, "report")
    phrase = peers.say(US, line_id, "core/phrase@1", {}, "stop", [])
    for made in (
        peers.draft(US, line_id, "core/visit@1", VISIT),
        peers.draft(US, line_id, "core/close@1", {}, "completed", [place]),
        peers.draft(US, line_id, "core/incident@1", {"subject": text("y")}, "report", [report]),
        peers.draft(US, line_id, "core/phrase@1", {"relation": "follows"}, "stop", [phrase]),
    ):
        described = drafts.describe(peers[US].station, made)
        assert changed_sheet(desk(peers), described, "en") == {}
        assert stands_of(desk(peers), described) == ""


def test_a_version_that_does_not_say_so_is_shown_as_one_all_the_same(told: Told) -> None:
    """Without a relation, too, the fold takes the same form by its author for the next version."""
    peers, line_id, place = told
    for more in ({}, {"relation": "supplements"}):
        made = peers.draft(US, line_id, "core/visit@1", {**VISIT, "effect": "none", **more}, "-",
                           [place], ["route", "place"])  # fmt: skip
        assert any("Acknowledgement" in old for old, _ in checked(told, made).values())


def test_a_page_begins_no_version_of_which_it_would_lose_a_part() -> None:
    form = load_packs().format("core/visit@1")
    assert form is not None
    refuse_loss(form, {**VISIT, "relation": "amends"}, "en")
    many = [{"lang": each, "status": "official", "text": each} for each in ("en", "fr", "ru", "ar")]
    refuse_loss(form, {**VISIT, "subject": many}, "en")
    more = [*many, {"lang": "zh", "status": "official", "text": "zh"}]
    with pytest.raises(CannotHold, match="subject"):
        refuse_loss(form, {**VISIT, "subject": more}, "en")


def test_whoever_drafts_over_a_version_that_came_meanwhile_is_warned_before_release(
    told: Told,
) -> None:
    peers, line_id, place = told
    station, theirs = peers[US].station, drafted(told)

    def codes() -> list[str]:
        fields = {**VISIT, "relation": "amends"}
        found = cautions_of(station, line_id, "core/visit@1", "-", fields, [place])
        return [each.code for each in found if each.path == "refs"]

    assert codes() == []
    post.post(station, [peers[US].release(theirs)])
    assert codes() == ["amendment.stale"]
