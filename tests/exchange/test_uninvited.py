"""What nobody gets by knowing a hash or by having stolen keys: a file, a witness's signature."""

import pytest

from openline.exchange.carried.allowances import Allowances
from openline.exchange.contents import attached, file_members
from openline.exchange.membership import identity, rotation
from openline.exchange.traffic import asks
from openline.exchange.traffic.asks import NotYours
from openline.formats.spell import b64
from openline.store.contract import AttachmentRow
from tests.exchange.conftest import make_peers
from tests.exchange.test_attached import CH, RU, US, said
from tests.exchange.test_witness_rates import Log, answers


def test_whoever_names_the_hash_of_a_file_on_another_line_gets_neither_bytes_nor_key() -> None:
    peers = make_peers(US, RU, CH)
    one, two = peers.open_line(US, RU), peers.open_line(RU, CH)
    ru, ch = peers[RU].station, peers[CH].station
    file = attached.seal(ru, one, "plate.jpg", b"for the other member only")
    said(peers, RU, one, file)
    # A node that was changed says that it has the file, and names it on the line that it shares.
    with ch.store.write() as tx:
        row = AttachmentRow(file.age, file.size, two, "held", ch.clock.now_s(), b"x", 0)
        tx.put_attachment(row)
    said(peers, CH, two, file)
    assert CH in file_members.told(ru, file.age), "it is named on a line with CH"
    assert file_members.may_have(ru, file.age) == {US, RU}
    for ask in (asks.ask(ch, RU, "attachment", b64(file.age), "0"),
                asks.ask(ch, RU, "reseal", b64(file.age))):  # fmt: skip
        with pytest.raises(NotYours):
            asks.handle(ru, ask)


def test_a_witness_signs_nothing_under_keys_that_were_stolen() -> None:
    peers = make_peers(US, RU)
    peers.open_line(US, RU, is_witnessed=True)
    peers.witness_all()
    us = peers[US].station
    invented = [Log(peers, US, 1000 + n).request() for n in range(3)]
    rotation.rotate(us, rotation.Loss(peers.clock.now_s() - 10))
    assert peers.witness.learn(identity.own_cards(us)) == US
    peers.witness.allowances = Allowances(logs=3)
    assert set(answers(peers, invented)).isdisjoint({"signed"})
    assert answers(peers, [Log(peers, US, 1).request()]) == ["signed"], "the quota is the owner's"
