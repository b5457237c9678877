"""Hands in memory: nodes that only fold entries, so that a history can be tested without a network.

Entries pass between nodes as soon as both are up and nothing is cut; receipts are given once per
log and size and can be lost on their way. There are no keys here and no bytes: what is tested is
the history, the player and the end states, not the record.
"""

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openline.cases import notebook as book
from openline.cases.ahead import ahead, short_lead
from openline.cases.claims import claims
from openline.cases.entry import Entry, Ref
from openline.cases.fold import LineState, fold
from openline.cases.registers import board_row, registers
from openline.cases.views import case_view
from openline.cli.play.hands import EVERYBODY, Answer, HandsRefused
from openline.desk.cautions import denials, stems
from openline.formats.check import check
from openline.formats.openjson import Value
from openline.formats.pack import Packs, load_packs
from openline.formats.spell import b32, utc
from tests.play import memory_notices

HEADER_FIELDS = 6
Json = dict[str, Any]


@dataclass(slots=True)
class Drafted:
    """A draft at one node, waiting for its officers."""

    line: str
    kind: str
    args: Json
    needed: int
    counter: int
    signed: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Node:
    """What one node has on its disk."""

    party: str
    charters: dict[str, Json] = field(default_factory=dict)
    logs: dict[str, list[Entry]] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    given: dict[tuple[str, int], int] = field(default_factory=dict)
    got: dict[str, dict[tuple[str, int], int]] = field(default_factory=dict)
    notebook: list[Json] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def logs_of(self, line: str) -> list[str]:
        return sorted(origin for origin, of in self.lines.items() if of == line)

    def receipts(self, line: str) -> dict[str, list[tuple[str, int, int]]]:
        """Receipts this node was given for its own logs, and those it gave."""
        found: dict[str, list[tuple[str, int, int]]] = {}
        for origin in self.logs_of(line):
            rows = [(p, size, at) for (p, size), at in self.got.get(origin, {}).items()]
            rows += [(self.party, s, at) for (o, s), at in self.given.items() if o == origin]
            found[origin] = sorted(rows)
        return found


class MemoryHands:
    """The Protocol `Hands`, without processes."""

    def __init__(self, packs: Packs | None = None) -> None:
        self.packs = packs or load_packs()
        self.nodes: dict[str, Node] = {}
        self.up: set[str] = set()
        self.cuts: set[tuple[str, str]] = set()
        self.drops: list[tuple[str, str]] = []
        self.dropped: list[tuple[str, str]] = []
        self.copies: dict[tuple[str, str], Node] = {}
        self.clock_s = 0
        self.offsets: dict[str, int] = {}
        self.drafts: dict[str, Drafted] = {}
        self.batches: dict[str, list[str]] = {}
        self.suspect: set[tuple[str, str]] = set()
        self.closed = False
        self.moved = True  # something may pass that did not pass yet

    # ---- the world ---------------------------------------------------------------------------

    def prepare(self, parties: Sequence[str], *, clock_s: int, witness: bool) -> None:
        self.nodes = {party: Node(party) for party in parties}
        self.clock_s = clock_s

    def start_node(self, party: str) -> None:
        self.up.add(party)
        self.moved = True

    def stop(self, party: str) -> None:
        self.up.discard(party)

    def kill(self, party: str) -> None:
        self.up.discard(party)

    def copy_home(self, party: str, name: str) -> None:
        self.copies[party, name] = copy.deepcopy(self.nodes[party])

    def restore_home(self, party: str, name: str) -> None:
        self.nodes[party] = copy.deepcopy(self.copies[party, name])
        self.suspect |= {(party, line) for line in self.nodes[party].charters}

    def cut(self, party: str, other: str) -> None:
        self.cuts.add((party, other))

    def heal(self, party: str, other: str) -> None:
        self.cuts.remove((party, other))
        self.moved = True

    def drop_next_receipt(self, sender: str, addressee: str) -> None:
        self.drops.append((sender, addressee))

    def set_clock(self, time_s: int) -> None:
        assert time_s >= self.clock_s
        self.clock_s = time_s

    def set_clock_offset(self, party: str, seconds: int) -> None:
        self.offsets[party] = seconds

    def witness_policy(self) -> tuple[str, ...]:
        return ("quorum none",)

    def witness_stop(self) -> None:
        pass

    def witness_start(self) -> None:
        pass

    def wait_quiet(self, parties: Sequence[str], timeout_s: float) -> None:
        self.carry()
        self.carry()

    def store_digest(self, party: str) -> str:
        node = self.nodes.get(party)
        return hashlib.sha256(repr(node).encode()).hexdigest()

    def close(self) -> None:
        self.closed = True

    def now(self, party: str) -> int:
        return self.clock_s + self.offsets.get(party, 0)

    def reaches(self, one: str, other: str) -> bool:
        blocked = {(one, other), (other, one), (one, EVERYBODY), (other, EVERYBODY)}
        return {one, other} <= self.up and not blocked & self.cuts

    def carry(self) -> None:
        """Everything passes that can: own logs to their readers, lost own logs back, receipts."""
        if not self.moved:
            return
        self.moved = False
        for sender in self.nodes.values():
            for reader in self.nodes.values():
                if sender is not reader and self.reaches(sender.party, reader.party):
                    for line in list(sender.charters):
                        self.hand_over(sender, reader, line)

    def hand_over(self, sender: Node, reader: Node, line: str) -> None:
        if reader.party not in sender.charters[line]["members"]:
            return
        reader.charters.setdefault(line, sender.charters[line])
        for origin in sender.logs_of(line):
            owner = origin.partition("/")[0]
            if owner not in (sender.party, reader.party):
                continue
            held = reader.logs.setdefault(origin, [])
            reader.lines[origin] = line
            lacking = sender.logs[origin][len(held) :]
            held += [shown_to(reader.party, entry) for entry in lacking]
            if owner == sender.party and len(held) == len(sender.logs[origin]):
                self.receipt(sender, reader, origin, len(held))

    def receipt(self, sender: Node, reader: Node, origin: str, size: int) -> None:
        """Signed once per size, durable, then given: or lost, and given again when asked."""
        reader.given.setdefault((origin, size), self.now(reader.party))
        if (sender.party, reader.party) in self.drops:
            self.drops.remove((sender.party, reader.party))
            self.dropped.append((sender.party, reader.party))
            self.moved = True
            return
        for (of, at), time_s in reader.given.items():
            if of == origin:
                sender.got.setdefault(origin, {})[reader.party, at] = time_s

    # ---- officers ----------------------------------------------------------------------------

    def sign(self, party: str, draft: Mapping[str, Value], officer: int) -> Answer:
        return {"officer": officer, "draft": draft["draft"]}

    def sign_batch(self, party: str, batch: Mapping[str, Value], officer: int) -> Answer:
        return {"officer": officer, "batch": batch["batch"]}

    def proves_absent(self, party: str, line: str, other: str, asked: str) -> str:
        node = self.nodes[party]
        logs = [o for o in node.logs_of(line) if o.startswith(f"{other}/")]
        found = [e for o in logs for e in node.logs[o] if memory_notices.says(e, asked)]
        return f"{len(found)} entries say it" if found else ""

    def drafted(self, party: str, made: Drafted, **more: Value) -> Answer:
        name = f"{party}-{len(self.drafts)}"
        self.drafts[name] = made
        told: Answer = {"draft": name, "line": made.line, "officers_needed": made.needed}
        return {**told, "released": False, "flaws": [], "warnings": [], **more}

    def append(self, party: str, made: Drafted) -> Ref:
        """The entry at the end of the party's log of this epoch."""
        node = self.nodes[party]
        self.moved = True
        origin = origin_of(party, made.line, made.counter)
        log = node.logs.setdefault(origin, [])
        node.lines[origin] = made.line
        args = made.args
        fields = {**args.get("fields", {}), "expires": utc(self.now(party) + 86_400)}
        paths = list(fields)
        withheld = args.get("withheld", [])
        log.append(
            Entry(
                ref=Ref(origin, len(log)),
                party=party,
                counter=made.counter,
                nonce="00",
                time_s=self.now(party),
                kind=made.kind,
                format=args.get("format", "-"),
                answer=args.get("answer", "-"),
                refs=tuple(Ref(str(o), int(i)) for o, i in args.get("refs", [])),
                fields={p: v for p, v in fields.items() if p not in withheld},
                hidden={p: fields[p] for p in withheld},
                withheld=tuple(sorted(HEADER_FIELDS + paths.index(p) for p in withheld)),
            )
        )
        return log[-1].ref

    # ---- operations --------------------------------------------------------------------------

    def call(self, party: str, operation: str, args: Mapping[str, Value]) -> Answer:
        if party not in self.up:
            raise HandsRefused(party, operation, "node.down", "the node is not running")
        self.carry()
        answer: Answer = getattr(self, f"do_{operation}")(self.nodes[party], dict(args))
        self.carry()
        return json.loads(json.dumps(answer))  # type: ignore[no-any-return]  # plain JSON

    def do_party_card(self, node: Node, args: Json) -> Json:
        return {"party": node.party, "file": node.party, "digits": node.party[::-1]}

    def do_party_add(self, node: Node, args: Json) -> Json:
        node.known.add(args["file"])
        return {"party": args["file"]}

    def do_party_compare(self, node: Node, args: Json) -> Json:
        assert args["party"] in node.known and args["digits"] == args["party"][::-1]
        return {"party": args["party"]}

    def do_line_invite(self, node: Node, args: Json) -> Answer:
        charter = args["charter"]
        assert set(charter["members"]) <= {*node.known, node.party}
        line = hashlib.sha256(charter["title"].encode()).hexdigest()
        node.charters[line] = charter
        self.moved = True
        return self.drafted(node.party, self.opening(node, line, 1, "first"))

    def opening(self, node: Node, line: str, counter: int, reason: str) -> Drafted:
        fields = {"epoch": [counter, "00"], "reason": reason, "card": 1}
        needed = node.charters[line]["officers"].get("open", 2)
        return Drafted(line, "open", {"fields": fields}, needed, counter)

    def do_line_accept(self, node: Node, args: Json) -> Answer:
        return self.drafted(node.party, self.opening(node, args["line"], 1, "first"))

    def do_line_reopen(self, node: Node, args: Json) -> Answer:
        counter = self.counter(node, args["line"]) + 1
        self.suspect.discard((node.party, args["line"]))
        return self.drafted(node.party, self.opening(node, args["line"], counter, "restore"))

    def counter(self, node: Node, line: str) -> int:
        own = [e.counter for o in node.logs_of(line) for e in node.logs[o] if e.party == node.party]
        return max(own, default=0)

    def do_draft(self, node: Node, args: Json) -> Answer:
        line = args["line"]
        if (node.party, line) in self.suspect:
            raise HandsRefused(node.party, "draft", "exchange.suspected", "reopen the line first")
        form = self.packs.format(args["format"])
        assert form is not None, args["format"]
        refs = [self.format_at(node, Ref(str(o), int(i))) for o, i in args.get("refs", [])]
        flaws = check(form, args.get("answer", "-"), args["fields"], refers_to=refs, drafting=True)
        if flaws:
            raise HandsRefused(node.party, "draft", flaws[0].code, flaws[0].sentence)
        officers = node.charters[line]["officers"]
        needed = max(officers.get(form.id.rpartition("@")[0], officers["*"]), form.officers)
        made = Drafted(line, "message", args, needed, self.counter(node, line))
        return self.drafted(node.party, made, warnings=self.warnings(node, made))

    def format_at(self, node: Node, ref: Ref) -> Any:
        held = node.logs.get(ref.origin, [])
        return self.packs.format(held[ref.index].format) if ref.index < len(held) else None

    def warnings(self, node: Node, made: Drafted) -> list[Value]:
        """What the fold would say of this message if it were sent."""
        args = made.args
        refs = [Ref(str(o), int(i)) for o, i in args.get("refs", [])]
        found = ahead(
            self.state(node, made.line),
            node.party,
            args["format"],
            args.get("answer", "-"),
            args["fields"],
            refs,
        )
        form, timers = self.packs.format(args["format"]), node.charters[made.line]["timers"]
        assert form is not None
        found += short_lead(form, args["fields"], timers, self.now(node.party))
        answer = args.get("answer", "-")
        found += (
            *claims(
                args["format"],
                answer,
                args["fields"],
                stems(self.packs.terms),
                denials(),
            ),
        )
        return [{"code": each.code, "sentence": each.sentence} for each in found]

    def do_release(self, node: Node, args: Json) -> Answer:
        made = self.drafts[args["draft"]]
        made.signed.add(args["assertion"]["officer"])
        released = len(made.signed) >= made.needed
        answer: Answer = {"draft": args["draft"], "officers_needed": made.needed}
        if not released:
            return {**answer, "released": False}
        ref = self.append(node.party, made)
        return {**answer, "released": True, "ref": list(ref), "number": f"{made.counter}.{ref[1]}"}

    def do_draft_batch(self, node: Node, args: Json) -> Answer:
        made = [self.do_draft(node, {**row, "line": args["line"]}) for row in args["rows"]]
        names = [str(each["draft"]) for each in made]
        assert all(self.forms_batch(node, args["line"], self.drafts[name]) for name in names)
        warnings = [warning for each in made for warning in each["warnings"]]
        self.batches[names[0]] = names
        told = {"batch": names[0], "officers_needed": 2, "released": False}
        return {**told, "warnings": warnings}

    def forms_batch(self, node: Node, line: str, made: Drafted) -> bool:
        """Whether form and charter let a message go in a batch."""
        form = self.packs.format(made.args["format"])
        listed = node.charters[line]["batch"]
        return form is not None and form.batch and form.id.rpartition("@")[0] in listed

    def do_release_batch(self, node: Node, args: Json) -> Answer:
        names = self.batches[args["batch"]]
        for name in names:
            self.drafts[name].signed.add(args["assertion"]["officer"])
        if len(self.drafts[names[0]].signed) < 2:
            return {"batch": args["batch"], "officers_needed": 2, "released": False}
        refs = [self.append(node.party, self.drafts[name]) for name in names]
        numbers = [f"{self.drafts[names[0]].counter}.{ref.index}" for ref in refs]
        placed: list[Any] = [list(ref) for ref in refs]
        return {"batch": args["batch"], "released": True, "refs": placed, "numbers": numbers}

    def do_digest_make(self, node: Node, args: Json) -> Answer:
        answer, fields = memory_notices.digest_fields(self, node, args["line"])
        told = {"line": args["line"], "format": "humanitarian/digest@1", "answer": answer}
        return self.do_draft(node, {**told, "fields": {**args["fields"], **fields}})

    def do_digest_check(self, node: Node, args: Json) -> Json:
        return memory_notices.finding(self, node, args["ref"])

    def do_digest_answer(self, node: Node, args: Json) -> Answer:
        found = memory_notices.finding(self, node, args["ref"])
        told = {
            "line": node.lines[args["ref"][0]],
            "format": "humanitarian/digest-answer@1",
            "answer": found["result"],
            "refs": [args["ref"]],
            "fields": {**args["fields"], "root": found["root"], "count": found["count"]},
        }
        return self.do_draft(node, told)

    def do_consents(self, node: Node, args: Json) -> Json:
        return {"consents": memory_notices.consents(self, node)}

    def do_erase(self, node: Node, args: Json) -> Answer:
        return memory_notices.erase(self, node, args["ref"])

    def do_wait(self, node: Node, args: Json) -> Answer:
        self.carry()
        origin, index = args["ref"]
        rows = node.receipts(node.lines[origin]).get(origin, [])
        first: dict[str, int] = {}
        for party, size, at in rows:
            if size > index:
                first[party] = min(at, first.get(party, at))
        return {"ref": args["ref"], "receipts": {p: utc(t) for p, t in sorted(first.items())}}

    def do_receipt(self, node: Node, args: Json) -> Answer:
        origin, index = args["ref"]
        given = {s: t for (p, s), t in node.got[origin].items() if p == args["party"] and s > index}
        size = min(given)
        head = f"{origin}\n{size}\nroot\n"
        lines = f"— {args['party']}/receipt signature\n"
        return {"party": args["party"], "head": head, "lines": lines, "time": utc(given[size])}

    def state(self, node: Node, line: str) -> LineState:
        entries = [entry for origin in node.logs_of(line) for entry in node.logs[origin]]
        return fold(entries, self.packs, tuple(node.charters[line]["members"]))

    def do_registers(self, node: Node, args: Json) -> Json:
        line = args["line"]
        timers = node.charters[line]["timers"]
        state, given = self.state(node, line), node.receipts(line)
        return registers(state, given, timers, self.now(node.party))

    def do_cases(self, node: Node, args: Json) -> Json:
        line = args["line"]
        state, given = self.state(node, line), node.receipts(line)
        now_s = self.now(node.party)
        wanted = state.case(Ref(*args["of"])) if "of" in args else None
        found = [each for each in state.cases if wanted in (None, each)]
        return {"cases": [case_view(case, given, now_s, state.number) for case in found]}

    def do_board(self, node: Node, args: Json) -> Json:
        wanted = [line for line in node.charters if args.get("line") in (None, line)]
        return {"lines": [self.board_line(node, line) for line in wanted]}

    def board_line(self, node: Node, line: str) -> Json:
        row = board_row(self.state(node, line), self.now(node.party), node.receipts(line))
        charter = node.charters[line]
        told = {name: charter[name] for name in ("title", "status", "level")}
        return {"line": line, **told, **row}

    def do_line_list(self, node: Node, args: Json) -> Json:
        return {"lines": [{"line": x, "title": c["title"]} for x, c in node.charters.items()]}

    def do_held(self, node: Node, args: Json) -> Json:
        heads: Json = {}
        for origin in node.logs_of(args["line"]):
            shown = [(e.ref, e.format, e.answer, sorted(e.fields)) for e in node.logs[origin]]
            root = hashlib.sha256(repr(shown).encode()).hexdigest()
            heads[origin] = [len(node.logs[origin]), root]
        return heads

    def do_notebook_add(self, node: Node, args: Json) -> Json:
        name = str(len(node.notebook))
        node.notebook.append({"id": name, "kind": args["kind"], "record": args["record"]})
        return {"id": name}

    def do_notebook_list(self, node: Node, args: Json) -> Json:
        kind = args.get("kind")
        return {"notebook": [r for r in node.notebook if kind in (None, r["kind"])]}

    def do_dossier(self, node: Node, args: Json) -> Json:
        row = next(r for r in node.notebook if r["id"] == args["id"])
        public = [book.public_of(r["record"]) for r in node.notebook if r["kind"] == "public"]
        states = {line: self.state(node, line) for line in node.charters}
        dossier = book.dossier_of(row["record"])
        return book.dossier_view(dossier, states, public, self.now(node.party))


def origin_of(party: str, line: str, counter: int) -> str:
    """A name of a log in the protocol's spelling, without its meaning."""
    return f"{party}/openline/{b32(hashlib.sha256(f'{line} {counter} {party}'.encode()).digest())}"


def shown_to(reader: str, entry: Entry) -> Entry:
    """What an addressee is shown: withheld fields stay with the sender."""
    if entry.party == reader:
        return entry
    return Entry(
        entry.ref, entry.party, entry.counter, entry.nonce, entry.time_s, entry.kind, entry.format,
        entry.answer, entry.refs, entry.fields, {}, entry.withheld,
    )  # fmt: skip
