"""A whole case as one bundle, and the verdict that is foreseen before a file leaves."""

import pytest

from openline.exchange.folding.entries import NoSuchEntry
from openline.exchange.proof import disclose
from tests.exchange.visiting import US, verify, visit, write


def test_a_case_is_one_file_with_every_entry_of_it() -> None:
    told = visit()
    file = write(told.peers[US], {"kind": "case", "ref": list(told.answer)}, bundle=True)
    verdict = verify(file, fingerprints=told.prints())
    proofs = [part.facts["entry"] for part in verdict.parts if part.kind == "proof"]
    places = [part.facts["origin"] for part in verdict.parts if part.kind == "proof"]
    assert (verdict.exit_code, proofs) == (0, ["message", "message"])
    assert set(places) == {told.notice.origin, told.answer.origin}


def test_an_entry_that_belongs_to_no_case_gives_no_case() -> None:
    told = visit()
    first = [told.notice.origin, 0]
    with pytest.raises(NoSuchEntry):
        write(told.peers[US], {"kind": "case", "ref": first}, bundle=True)


def test_the_verdict_of_a_preview_is_that_of_the_reader() -> None:
    told = visit()
    node = told.peers[US]
    file = write(node, *told.parts, bundle=True)
    foreseen = disclose.preview(node.station, file)
    assert foreseen is not None
    assert foreseen.json == verify(file, allow_exercise=True).json
