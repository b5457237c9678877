"""Search finds what was said in any language, on the lines that are named; what was erased, not."""

from typing import Any

import pytest

from openline.cases.entry import Ref
from openline.exchange.folding import erasing, searching
from openline.exchange.folding.searching import Asked
from openline.exchange.kept import keeping
from tests.exchange.conftest import Peers, make_peers

US, RU = "us.example", "ru.example"
SAID = {
    "en": "Inspection of the bridge",
    "fr": "Préavis de la visite d’été",
    "de": "Straßenbrückenprüfung",
    "nl": "Aankondiging van een bezoek",
    "es": "Notificación de ejercicio",
    "it": "Verifica dell’aeroporto",
    "ru": "Уведомление о пуске",
    "uk": "Повідомлення про їхній приїзд",
    "ar": "إشعار بزيارة الجسر",
    "zh": "关于导弹发射的通知",
}


@pytest.fixture(scope="module")
def told() -> tuple[Peers, bytes, bytes]:
    """One line on which something was said in every language, and one with a secret."""
    peers = make_peers(US, RU)
    open_line, other = (peers.open_line(US, RU, title=title) for title in ("Open", "Other"))
    for lang, words in SAID.items():
        text = [{"lang": lang, "status": "original", "text": words}]
        peers.say(US, open_line, "core/clarification@1", {"subject": text})
    text = [{"lang": "en", "status": "original", "text": "The bridge of the other line"}]
    peers.say(US, other, "core/clarification@1", {"subject": text, "topic": "secret"})
    peers.carry()
    return peers, open_line, other


def find(told: tuple[Peers, bytes, bytes], text: str, *lines: bytes, **more: Any) -> dict[str, Any]:
    peers, open_line, _ = told
    station = peers[RU].station
    while searching.step(station):
        pass
    return searching.find(station, lines or (open_line,), Asked(text, **more))


def words(found: dict[str, Any]) -> list[str]:
    return [row["subject"][0]["text"] for row in found["rows"]]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "BRIDGE"), ("fr", "preavis"), ("fr", "ete"), ("de", "strassen"), ("de", "brücken"),
        ("nl", "bezoek"), ("es", "notificacion"), ("it", "aeroporto"), ("ru", "пуск"),
        ("uk", "приїзд"), ("ar", "زيارة"), ("ar", "إشعار"), ("zh", "通知"), ("zh", "导弹发射"),
        ("zh", "导"), ("en", '"of the bridge"'), ("en", "bridge inspection"), ("en", "of br"),
    ],
)  # fmt: skip
def test_a_word_in_any_language_is_found(
    told: tuple[Peers, bytes, bytes], lang: str, text: str
) -> None:
    found = find(told, text)
    assert SAID[lang] in words(found)
    assert found["count"] == len(found["rows"]) < len(SAID)
    excerpts = [row["excerpts"] for row in found["rows"] if SAID[lang] == row["subject"][0]["text"]]
    assert excerpts[0] and all(each["found"] in SAID[lang] for each in excerpts[0])


@pytest.mark.parametrize("text", ["bridge -inspection", "nowhere", "弹导", '"bridge the"', "***"])
def test_what_was_not_said_is_not_found(told: tuple[Peers, bytes, bytes], text: str) -> None:
    assert find(told, text)["count"] == 0


@pytest.mark.parametrize(
    "text", ['" OR 1', "a AND (b", "x* NEAR(y)", "';DROP TABLE said;--", "^x:"]
)
def test_no_question_is_read_as_a_command(told: tuple[Peers, bytes, bytes], text: str) -> None:
    find(told, text)
    assert find(told, "bridge")["count"] == 1


def test_a_line_that_is_not_named_is_not_searched(told: tuple[Peers, bytes, bytes]) -> None:
    _, open_line, other = told
    assert find(told, "bridge")["count"] == 1
    assert find(told, "bridge", open_line, other)["count"] == 2
    assert find(told, "secret", open_line)["count"] == 0
    peers = told[0]
    assert searching.find(peers[RU].station, (), Asked("bridge"))["count"] == 0


def test_the_name_of_a_form_in_any_language_finds_its_messages(
    told: tuple[Peers, bytes, bytes],
) -> None:
    packs = told[0][RU].station.packs
    form = packs.format("core/clarification@1")
    assert form is not None
    for lang in packs.terms.languages:
        name = str(packs.terms.label(form.term, lang))
        if len(name) >= 3 and lang != "zh":
            assert find(told, f'"{name}"')["count"] >= len(SAID), lang


def test_a_question_may_name_party_form_time_and_page(told: tuple[Peers, bytes, bytes]) -> None:
    everything = find(told, "")
    assert everything["count"] == len(SAID)
    assert find(told, "", party=RU)["count"] == 0
    assert find(told, "", form="core/clarification@1", skip=4)["count"] == len(SAID)
    assert len(find(told, "", skip=4)["rows"]) == len(SAID) - 4
    assert find(told, "", until_s=1)["count"] == 0


def test_a_public_statement_is_found_where_its_topic_was_spoken_of(
    told: tuple[Peers, bytes, bytes],
) -> None:
    peers, open_line, other = told
    record = {
        "topic": "secret", "source": "radio", "date": "2023-11-14T00:00:00Z",
        "text_status": "original", "text": "A bridge was inspected", "party": US,
    }  # fmt: skip
    keeping.write_note(peers[RU].station, "public", record)
    assert [row["source"] for row in find(told, "inspected", other)["public"]] == ["radio"]
    assert find(told, "inspected", open_line)["public"] == []
    assert find(told, "bridge -inspected", other)["public"] == []


def test_what_was_erased_is_no_longer_found(told: tuple[Peers, bytes, bytes]) -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    text = [{"lang": "en", "status": "original", "text": "the password of the bridge"}]
    place = peers.say(US, line, "core/visit@1", {
        "subject": text, "place": "x", "from": "2023-11-20T06:00:00Z",
        "until": "2023-11-20T12:00:00Z", "effect": "none",
    })  # fmt: skip
    peers.carry()
    peers.say(US, line, "core/close@1", {}, answer="completed", refs=[place])
    peers.carry()
    again = (peers, line, line)
    assert find(again, "password")["count"] == 1
    peers.carry()
    erasing.erase(peers[RU].station, line, Ref(*place))
    assert find(again, "password")["count"] == 0
