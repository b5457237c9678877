"""A rude member's deliveries: each is refused by name, nothing is stored, and the line goes on."""

from tests.peers.conftest import CH, US, Rude, Wire, code_of, eventually, facts


def test_a_good_delivery_gets_its_receipt_and_honest_members_talk(wire: Wire, rude: Rude) -> None:
    rude.goes_on()
    place = wire.say(US)
    eventually(lambda: wire.receipt_of(US, place, CH))
