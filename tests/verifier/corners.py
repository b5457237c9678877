"""Questions on which two verifiers could differ: swapped parts, odd keys and devices, forks."""

import base64
import json
import random
from collections.abc import Iterator
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from openline.envelope.standard import StandardSuite
from openline.formats import openjson
from openline.formats.card import End
from openline.formats.note import Note, Signature, parse_note
from openline.formats.officer import OfficerLeaf
from openline.formats.proof import Bundle, parse_bundle, parse_extra, parse_proof
from openline.formats.release import Assertion, challenge, release_statement
from openline.formats.spell import b64
from openline.record.evidence import build_evidence
from openline.record.tree import leaf_hash, root_of
from tests.exchange.test_own_part import Stolen, stolen
from tests.record.builder import NORTH, SOUTH, Log, Officer, Party, World, bundle, spread
from tests.vectors import VECTORS, disclosure
from tests.verifier.asked import Question, question

PROOFS = ("notice.tlog-proof", "answer.tlog-proof", "revealed-later.tlog-proof")
POLICY_OF = {
    "notice.tlog-proof": ("notice.policy",),
    "revealed-later.tlog-proof": ("notice.policy",),
    "answer.tlog-proof": ("answer.policy",),
    "no-guarantee.range": ("answer.policy",),
    "all.openline-proof": ("notice.policy", "answer.policy"),
}
PARTS = parse_bundle(disclosure("all.openline-proof")).parts
CARDS = [part for kind, part in PARTS if kind == "cards"]


def prints(cards: list[bytes] = CARDS) -> tuple[tuple[str, str], ...]:
    """The fingerprint of every chain, as a reader who compared them gives it."""
    return tuple(
        (world_part.partition(b"\n")[0].decode(), b64(leaf_hash(first_leaf(world_part))))
        for world_part in cards
    )


def first_leaf(part: bytes) -> bytes:
    _, length, rest = part.split(b"\n", 2)
    return rest[: int(length)]


def vector(name: str, data: bytes | None = None, **more: object) -> Question:
    given: dict[str, object] = {
        "policies": [disclosure(each) for each in POLICY_OF[name]],
        "cards": CARDS,
        "prints": prints(),
    }
    return question(disclosure(name) if data is None else data, **{**given, **more})


def vectors() -> Iterator[Question]:
    """Every published file under every kind of trust."""
    for name in POLICY_OF:
        for policies in ([disclosure(each) for each in POLICY_OF[name]], []):
            for cards, compared in ((CARDS, prints()), (CARDS, ()), ([], prints()), ([], ())):
                for allow in (True, False):
                    yield vector(name, policies=policies, cards=cards, prints=compared, allow=allow)
        for asked in ("core/visit", "received", "core/visit place=Portville", " = ", "a b", "x:3"):
            yield vector(name, asked=asked)
    for path in sorted((VECTORS / "disclosure").iterdir()):
        yield question(path.read_bytes())


def mutations(count: int) -> Iterator[Question]:
    """One changed, removed, moved or repeated stretch of a published file or of its trust."""
    draw = random.Random(20_230_220)
    names = list(POLICY_OF)
    for number in range(count):
        name = names[number % len(names)]
        data = mutated(disclosure(name), draw)
        if number % 5 == 4:
            policies = [mutated(disclosure(each), draw) for each in POLICY_OF[name]]
            yield vector(name, policies=policies)
        elif number % 7 == 6:
            yield vector(name, cards=[mutated(CARDS[0], draw), CARDS[1]])
        else:
            yield vector(name, data, prints=prints() if number % 2 else ())


def mutated(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    at = draw.randrange(len(changed))
    kind = draw.randrange(5)
    if kind < 2:
        changed[at] ^= 1 << draw.randrange(8)
    elif kind == 2:
        del changed[at : at + draw.randrange(1, 50)]
    elif kind == 3:
        start = draw.randrange(len(changed))
        changed[at:at] = changed[start : start + draw.randrange(1, 80)]
    else:
        changed[at] = draw.randrange(256)
    return bytes(changed)


def swaps() -> Iterator[Question]:
    """Whole parts that belong to another file, well spelled."""
    for name in PROOFS:
        proof = parse_proof(disclosure(name))
        assert proof.extra is not None
        extra = parse_extra(proof.extra)
        for other_name in PROOFS:
            other = parse_proof(disclosure(other_name))
            assert other.extra is not None
            for changed in (
                replace(proof, checkpoint=other.checkpoint),
                replace(proof, extra=other.extra),
                replace(proof, hashes=other.hashes),
            ):
                yield vector(name, changed.encode())
            shown = parse_extra(other.extra)
            for fields in ("fields", "heads", "officers", "leaf", "charter", "epoch"):
                mixed = replace(extra, **{fields: getattr(shown, fields)})
                yield vector(name, replace(proof, extra=mixed.encode()).encode())
        note = parse_note(proof.checkpoint)
        for signatures in lines_moved(note.signatures):
            moved = replace(proof, checkpoint=Note(note.text, signatures).encode())
            yield vector(name, moved.encode())
    for parts in (PARTS[::-1], PARTS[1:], (*PARTS, PARTS[-1]), PARTS[:-1], PARTS[:3], PARTS[3:]):
        yield vector("all.openline-proof", bundle(*parts), policies=[])
        yield vector("all.openline-proof", bundle(*parts))


def lines_moved(lines: tuple[Signature, ...]) -> Iterator[tuple[Signature, ...]]:
    yield lines[::-1]
    for at, line in enumerate(lines):
        yield (*lines[:at], *lines[at + 1 :])
        yield (*lines, line)
        other = lines[(at + 2) % len(lines)]
        yield (*lines[:at], replace(line, blob=other.blob), *lines[at + 1 :])
        yield (*lines[:at], replace(line, name=other.name), *lines[at + 1 :])


# ---- officers' devices -------------------------------------------------------------------------


def client(challenge_: bytes, rp_id: str, **changes: object) -> dict[str, object]:
    text = base64.urlsafe_b64encode(challenge_).rstrip(b"=").decode()
    origin = f"https://{rp_id}"
    return {"challenge": text, "origin": origin, "type": "webauthn.get", **changes}


def client_data(challenge_: bytes, rp_id: str) -> Iterator[bytes]:
    """Client data as browsers write it, and as nobody should."""
    good = client(challenge_, rp_id)
    plain = json.dumps(good)
    yield plain.encode()
    for origin in (
        f"https://{rp_id}:8443", f"https://a.{rp_id}", f"https://{rp_id}:65536", f"http://{rp_id}",
        f"https://{rp_id}:0", f"https://{rp_id}/", f"HTTPS://{rp_id}", f"https://x@{rp_id}",
        f"https://evil{rp_id}", "https://[::1]", "", 7, None, f"https://{rp_id}.", f" https://{rp_id}",
    ):  # fmt: skip
        yield json.dumps({**good, "origin": origin}).encode()
    for changes in (
        {"crossOrigin": False}, {"crossOrigin": True}, {"crossOrigin": None}, {"crossOrigin": 0},
        {"topOrigin": None}, {"type": "webauthn.create"}, {"other": [1.5, None, {"a": -0.0}]},
        {"challenge": good["challenge"] + "="}, {"\u00e9": "\U0001f600"}, {"x": "\ud800"},
    ):  # fmt: skip
        yield json.dumps({**good, **changes}).encode()
    body = plain[:-1]
    for more in (
        ',"x":NaN}', ',"x":Infinity}', ',"x":-Infinity}', ',"type":"webauthn.get"}',
        ',"x":{"a":1,"a":1}}', ',"x":1e999}', ',"x":01}', ',"x":1.}', ',"x":.5}', ',"x":-}',
        ',"x":"\\x41"}', ',"x":"\\u12"}', ",}", "} ", "}x", ',"x":"\t"}', ',"x":tru}',
        ', "x" : 1 }',
    ):  # fmt: skip
        yield (body + more).encode()
    for depth in (14, 15, 16, 17, 18, 900):
        yield (body + ',"x":' + "[" * depth + "]" * depth + "}").encode()
        yield (body + ',"x":' + "[" * depth + "1" + "]" * depth + "}").encode()
    yield b"\xef\xbb\xbf" + plain.encode()
    yield b" \n" + plain.encode()
    yield b"\xff" + plain.encode()
    yield b"[]"
    yield b"null"


class Device:
    """A P-256 or Ed25519 key that signs whatever client data it is given."""

    def __init__(self, officer: Officer) -> None:
        self.officer = officer

    def assertion(self, cd: bytes, ad: bytes) -> Assertion:
        signed = ad + leaf_digest(cd)
        sig = StandardSuite().officer_sign(self.officer.private, signed)
        return Assertion(ad=ad, cd=cd, person=self.officer.leaf.person, sig=sig)


def leaf_digest(data: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(data).digest()


def released(log: Log, assertion_of: object) -> Question:
    """A notice whose one release is made by `assertion_of(challenge, rp id)`."""
    card = log.party.cards[0]
    assert card.desk is not None
    index = log.size
    # The head does not depend on the release, so a first entry gives it away.
    log.add({"place": "Portville"}, assertions=[Assertion(b"-", b"-", bytes(16), b"-")])
    entry = log.entries.pop()
    k = entry.index_of("release.1")
    head = root_of(entry.hashes[:k])
    wanted = challenge(release_statement(log.world.charter.line_id, 1, k, head))
    made = assertion_of(wanted, card.desk.rp_id)  # type: ignore[operator]
    log.add({"place": "Portville"}, assertions=[made])
    log.entries[index].officers = log.party.releasers[:1]
    return ask(log, log.proof(index))


def ask(log: Log, data: bytes, **more: object) -> Question:
    world = log.world
    given: dict[str, object] = {
        "policies": [log.policy().text().encode()],
        "cards": [part.encode() for part in world.cards],
        "prints": tuple((name, b64(print_)) for name, print_ in world.fingerprints.items()),
        "allow": False,
    }
    return question(data, **{**given, **more})


def devices() -> Iterator[Question]:
    """One release each, by a device that was told odd things."""
    rp_hash = leaf_digest(b"desk.mfa.north.example")
    count = len(list(client_data(bytes(32), "x.example")))
    for number in range(count):
        log = World().log(NORTH)
        device = Device(log.party.releasers[0])

        def odd(wanted: bytes, rp_id: str, n: int = number, d: Device = device) -> Assertion:
            cd = list(client_data(wanted, rp_id))[n]
            return d.assertion(cd, leaf_digest(rp_id.encode()) + b"\x05" + bytes(4))

        yield released(log, odd)
        if number % 9 == 0:  # and where no card says which desk it should be
            yield replace(released(World().log(NORTH), odd), cards=(), prints=())
    for ad in (rp_hash, rp_hash + b"\x01" + bytes(4), rp_hash + b"\x04" + bytes(4), bytes(37)):

        def short(wanted: bytes, rp_id: str, ad: bytes = ad) -> Assertion:
            cd = json.dumps(client(wanted, rp_id)).encode()
            return Device(World().log(NORTH).party.releasers[0]).assertion(cd, ad)

        yield released(World().log(NORTH), short)


ORDER = 2**252 + 27742317777372353535851937790883648493
PRIME = 2**255 - 19


def ed25519_keys() -> Iterator[tuple[bytes, bytes]]:
    """A key and what turns a good signature into an odd one: keys of small order among them."""
    good = Ed25519PrivateKey.from_private_bytes(spread("ed25519"))
    raw = good.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    yield raw, b"good"
    yield raw, b"s+order"
    yield raw, b"short"
    low = (
        2707385501144840649318225287225658788936804267575313519463743609750303402022,
        0,
        1,
        PRIME - 1,
        PRIME,
        PRIME + 1,
    )
    for y in low:
        for sign in (0, 1 << 255):
            yield (y | sign).to_bytes(32, "little"), b"identity"
    yield (2).to_bytes(32, "little"), b"identity"
    yield (PRIME + 3).to_bytes(32, "little"), b"identity"


def ed25519_officers() -> Iterator[Question]:
    """Officers with Ed25519 keys, honest and not: both verifiers follow one rule."""
    key = Ed25519PrivateKey.from_private_bytes(spread("ed25519"))
    prefix = bytes.fromhex("302a300506032b6570032100")
    for raw, kind in ed25519_keys():
        party = Party(NORTH)
        leaf = OfficerLeaf(spread("person")[:16], ("releaser",), prefix + raw, spread("salt"))
        party.enrol([Officer(leaf, b""), *party.officers])
        world = World(members=[party, Party(SOUTH)], officers={"*": 1, "open": 1})

        def odd(wanted: bytes, rp_id: str, kind: bytes = kind) -> Assertion:
            cd = json.dumps(client(wanted, rp_id)).encode()
            ad = leaf_digest(rp_id.encode()) + b"\x05" + bytes(4)
            sig = signature(key, kind, ad + leaf_digest(cd))
            return Assertion(ad=ad, cd=cd, person=spread("person")[:16], sig=sig)

        yield by_first_officer(world, odd)


def signature(key: Ed25519PrivateKey, kind: bytes, message: bytes) -> bytes:
    if kind == b"identity":
        return (1).to_bytes(32, "little") + bytes(32)
    made = key.sign(message)
    if kind == b"s+order":
        return made[:32] + (int.from_bytes(made[32:], "little") + ORDER).to_bytes(32, "little")
    return made[:-1] if kind == b"short" else made


def by_first_officer(world: World, odd: object) -> Question:
    """A notice that only the first of the party's officers released."""
    party = world.parties[NORTH]
    first = party.officers[0]
    party.officers = [each for each in party.officers if each is not first]
    log = world.log(NORTH)
    party.officers = [first, *party.officers]
    return released(log, odd)


# ---- cards, forks, digests ---------------------------------------------------------------------


def histories() -> Iterator[Question]:
    """Rotated cards, ended keys, and evidence of forks, true and false."""
    for reason, role in (("planned", "http"), ("compromised", "log"), ("compromised", "receipt")):
        north, south = Party(NORTH), Party(SOUTH)
        party = south if role == "receipt" else north
        for at_s in (1_600_000_000, 1_800_000_000):
            party.rotate(
                1_700_000_500, [End(party.vkey(role, 6 if role != "http" else 1), at_s, reason)]
            )
        log = World(members=[north, south]).log(NORTH)
        index = log.add({"place": "Portville"}, officers=log.party.releasers[:1])
        yield ask(log, log.proof(index))
        cards = [("cards", part.encode()) for part in log.world.cards]
        yield ask(log, bundle(*cards, ("proof", log.proof(index))), policies=[])
        yield ask(log, bundle(*cards[::-1], ("range", log.range())), policies=[], cards=[])
    one, two, three = (grown(story, size) for story, size in (("a", 3), ("b", 3), ("b", 5)))
    files = [
        build_evidence(one.note(), (), two.note(), ()).encode(),
        build_evidence(one.note(), one.hashes, three.note(), three.hashes).encode(),
        build_evidence(two.note(), (), one.note(), ()).encode(),
    ]
    for data in files:
        for more in ({}, {"prints": ()}, {"cards": []}, {"cards": [], "prints": ()}):
            yield ask(one, data, policies=[], **more)
        value = openjson.decode(data.partition(b"\n")[2][:-1])
        assert isinstance(value, dict)
        sides = value["sides"]
        assert isinstance(sides, list)
        for changed in (
            {**value, "sides": [sides[0], sides[0]]},
            {**value, "index": 0},
            {"sides": [sides[0][:1], sides[1][:1]]},  # type: ignore[index]
        ):
            yield ask(one, b"openline/v1 fork\n" + openjson.encode(changed) + b"\n", policies=[])


def grown(story: str, entries: int) -> Log:
    log = World().log(NORTH)
    for _ in range(entries):
        log.add({"place": story})
    return log


def lists() -> Iterator[Question]:
    """Digests of what is in force: whole, short, out of order, with an odd count."""
    log = World().log(NORTH)
    row = f"{log.origin} 3 {b64(bytes(32))} -\n"
    good = {
        "as_of": "2023-11-14T22:13:20Z",
        "count": 1,
        "root": b64(root_of([leaf_hash(row.encode())])),
        "list.1.origin": log.origin,
        "list.1.rows": row.partition(" ")[2],
    }
    twice = row.partition(" ")[2] * 2
    for changes in (
        {}, {"count": 2}, {"count": True}, {"count": "1"}, {"root": b64(bytes(32))}, {"as_of": 5},
        {"list.1.rows": twice}, {"list.1.rows": "3 x -\n"}, {"list.1.rows": ""},
        {"list.1.rows": "3\n"},
        {"list.1.rows": good["list.1.rows"].replace(" -", " 2023-02-30T00:00:00Z")},
        {"list.2.origin": log.origin, "list.2.rows": good["list.1.rows"]},
    ):  # fmt: skip
        log = World().log(NORTH)
        content = {**good, **changes}
        index = log.add(
            content, format_id="humanitarian/digest@1", officers=log.party.releasers[:1]
        )
        for asked in ("guarantee", f"{log.origin}:3", f"{log.origin}:4"):
            yield ask(log, log.proof(index), asked=asked)


def shapes() -> Iterator[Question]:
    """Hostile files: long, deep, many, cut short."""
    range_, fork = b"openline/v1 range\n", b"openline/v1 fork\n"
    head = disclosure("no-guarantee.range").partition(b"\n\n")[2]
    for data in (
        b"", b"\n", b"\n\n", bytes(100), b"openline/v1 proofs\n", b"openline/v1 fork\n",
        b"c2sp.org/tlog-proof@v1\n", b"c2sp.org/tlog-proof@v1\nextra \nindex 0\n\n" + head,
        b"c2sp.org/tlog-proof@v1\nindex 99999999999999999999\n\n" + head,
        b"openline/v1 proofs\nproof 99999999999\n", b"openline/v1 proofs\nproof -1\n",
        b"openline/v1 proofs\n" + b"proof 0\n" * 1000,
        b"openline/v1 proofs\n" + b"proof 0\n" * 1001,
        b"openline/v1 proofs\nevidence 0\n", b"openline/v1 proofs\n" + b"x" * 300,
        range_ + b"[" * 100_000 + b"\n\n" + head, range_ + b"[" * 40 + b"]" * 40 + b"\n\n" + head,
        range_ + b'{"entries":[],"from":0,"frontier":[]}\n\n' + head,
        range_ + b'{"entries":[' + b"0," * 400_000 + b'0],"from":0,"frontier":[]}\n\n' + head,
        range_ + b'{"from":1e3}\n\n' + head, range_ + b'{"from":9007199254740992}\n\n' + head,
        range_ + b'{"from":null}\n\n' + head, range_ + b'{"from":-0}\n\n' + head,
        range_ + b'{"__proto__":{},"entries":[],"from":0,"frontier":[]}\n\n' + head,
        range_ + b'"\\ud800"\n\n' + head, range_ + b'{"a":1,"a":1}\n\n' + head,
        fork + b'{"sides":[]}\n', fork + b"{}", fork + b'{"sides":[["\\n\\n"],["\\n\\n"]]}\n',
        b"c2sp.org/tlog-proof@v1\n" + b"A" * 200_000, b"\xff\xfe", "é\n\n".encode(),
    ):  # fmt: skip
        yield question(data, policies=[disclosure("notice.policy")])
    for policy in (
        b"", b"quorum none\n", b"\xff", b"log x\nquorum none\n", b"log " * 50_000,
        disclosure("notice.policy") * 3, disclosure("notice.policy") * 65,
        disclosure("notice.policy").replace(b"all", b"1"),
        disclosure("notice.policy").replace(b"quorum ", b"quorum x"),
        b"# only words\n", disclosure("notice.policy").replace(b"\n", b"\r\n"),
    ):  # fmt: skip
        yield vector("notice.tlog-proof", policies=[policy])
    for print_ in ("", "====", b64(bytes(31)), b64(bytes(32))):
        yield vector("notice.tlog-proof", prints=((NORTH, print_),))


def strange_rotation() -> Iterator[Question]:
    """A second card that its own root keys sign, and that the first card has not named."""
    party = Party(NORTH)
    party.rotate(1_700_000_500)
    party.cards[0] = replace(party.cards[0], next=spread("others"))
    party.notes = [party.card_note(n) for n in range(2)]
    log = World(members=[party, Party(SOUTH)]).log(NORTH)
    yield ask(log, log.proof(0))


def floors() -> Iterator[Question]:
    """Logs whose keys were stolen, with and without the word of a later epoch, and what is swapped
    in it."""
    told = stolen()
    for ref in (*told.ours, *told.theirs):
        file = told.file(ref)
        parts = parse_bundle(file.data).parts
        places = [at for at, (kind, _) in enumerate(parts) if kind in ("proof", "consistency")]
        joint = parts[-1][1].split(b"\n")
        odd = [b"\n".join([*joint[:1], each, *joint[2:]]) for each in SIZES]
        odd += [
            b"\n".join(joint[:-1]),
            b"\n".join([*joint[:2], *joint[3:]]),
            parts[-1][1] + joint[-2],
        ]
        for changed in (
            parts,
            *((*parts[:at], *parts[at + 1 :]) for at in places),
            *((*parts[:-1], ("consistency", each)) for each in odd),
            (*parts, parts[-1]),
            (*parts[:-2], parts[-1], parts[-2]),
        ):
            data = Bundle(tuple(changed)).encode()
            given = {"policies": [file.policy.encode()], "prints": told_prints(told)}
            yield question(data, **given)
            yield question(data, prints=told_prints(told))
            yield question(data)


SIZES = (b"", b"1", b"2 1", b"1 1", b"1 2", b"2 3", b"0 3", b"02 3", b"2 3 ", b"2 9007199254740993")


def told_prints(told: Stolen) -> tuple[tuple[str, str], ...]:
    return tuple((party, b64(print_)) for party, print_ in told.prints().items())


def stray_bits() -> Iterator[Question]:
    """A proof with a hash whose last digit has bits that no byte takes."""
    for name in PROOFS:
        lines = disclosure(name).split(b"\n")
        at = lines.index(next(each for each in lines if len(each) == 44 and each.endswith(b"=")))
        digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        last = digits.index(lines[at][42:43])
        lines[at] = lines[at][:42] + digits[last + 1 : last + 2] + b"="
        yield vector(name, b"\n".join(lines))
