"""Defects that the simulator must find, each with the number of seeds within which it has to.

The list is the test of the tests: whoever adds a rule adds the defect of leaving it out.
"""

from tests.simulator.planting import Defect

DEFECTS = (
    # What leaves before it is durable
    Defect(
        "a receipt leaves that is not stored",
        "exchange.receive:commit",
        "            tx.put_cosignature(receipt)\n",
        "            pass\n",
    ),
    Defect(
        "nothing is anchored",
        "exchange.sequence:anchor_owed",
        "        station.anchor.append(station.unanchored)\n",
        "",
    ),
    Defect(
        "what a crash left unanchored stays so",
        "exchange.epochs:anchor_rest",
        "    if rows:\n",
        "    if False:\n",
    ),
    Defect(
        "`seen` names one entry more than is held",
        "exchange.sequence:seen_now",
        "            seen.append([row.origin, row.size, ",
        "            seen.append([row.origin, row.size + 1, ",
    ),
    Defect(
        "a second receipt is signed for the same head",
        "exchange.receive:known_receipt",
        "    if held is not None:\n",
        "    if False:\n",
    ),
    # Restores
    Defect(
        "a database behind its anchor goes on",
        "exchange.epochs:check_at_start",
        "anchored.size > own.size or ",
        "",
    ),
    Defect(
        "a suspect log is written all the same",
        "exchange.epochs:suspect",
        "        station.suspect[line_id] = why\n",
        "        return why\n",
    ),
    Defect(
        "lost own entries are not taken back",
        "exchange.hello:compare",
        "needs.lost if own else needs.pulls",
        "[] if own else needs.pulls",
    ),
    Defect(
        "a lost own content is not told",
        "exchange.recover:lost_openings",
        '            if row.state == "opened" and bare:\n',
        "            if False:\n",
    ),
    # Drafts
    Defect(
        "what was numbered stays in the outbox",
        "exchange.sequence:write",
        "        tx.remove_outbox(built.drafts)\n",
        "        pass\n",
    ),
    Defect(
        "a draft that has to wait is dropped",
        "exchange.post:post",
        "            tx.add_outbox(row)\n",
        "            pass\n",
    ),
    # Keys
    Defect(
        "seeds are destroyed before all know the next key",
        "exchange.prekeys:all_know",
        "    for party in station.others(line_id):\n",
        "    for party in ():\n",
    ),
    Defect(
        "only the newest seed is tried",
        "exchange.opening:due_seeds",
        "        if is_older and is_latest(station, log.line_id):\n",
        "        if True:\n",
    ),
    Defect(
        "an entry is a defect although a key is missing",
        "exchange.opening:open_entry",
        "        if missing:\n",
        "        if False:\n",
    ),
    # Secrets
    Defect(
        "withheld fields are sealed with the others",
        "exchange.sequence:build",
        "f.hash if i in draft.withheld else f",
        "f",
    ),
    Defect(
        "a reseal gives what was withheld",
        "exchange.asks:shown_lines",
        "        item if i not in withheld or isinstance(item, bytes) else item.hash\n",
        "        item\n",
    ),
    Defect(
        "a hello names lines of which the peer is no member",
        "exchange.hello:shared_lines",
        "        if any(m.party == peer for m in station.charter(row.line_id).members):\n",
        "        if True:\n",
    ),
    Defect(
        "an archived own field is shown to the fold as if all had it",
        "exchange.opening:content_of",
        "(hidden if i in withheld else shown)",
        "(shown)",
    ),
    # Signatures and roots
    Defect(
        "signatures on heads are not verified",
        "record.checkpoint:open_checkpoint",
        "        verify_line(head, vkey, required_line(opened.signatures, vkey), suite)\n",
        "        pass\n",
    ),
    Defect(
        "receipts are not verified",
        "exchange.dispatch:verified_receipt",
        "            time_s = verify_cosignature_pair(\n",
        "            time_s = 7 if lines else verify_cosignature_pair(\n",
    ),
    Defect(
        "two histories leave no evidence",
        "exchange.forks:keep",
        "        tx.put_evidence(name, found.encode())\n",
        "",
    ),
    # Clocks and liveness
    Defect(
        "a clock that jumped signs on",
        "exchange.clocks:is_sure",
        "    return not station.clock_unsure\n",
        "    return True\n",
    ),
    Defect(
        "a receipt that was lost is never asked for",
        "exchange.dispatch:unreceipted",
        "            found.append(log)\n",
        "            pass\n",
    ),
    Defect(
        "an entry that waits is never asked for",
        "exchange.recover:waiting",
        "    return [Waiting(origin, index) for origin, index in station.waiting()]\n",
        "    return []\n",
    ),
)

# No history of the first seventy finds these yet: each asks for a fault that the simulator does not
# draw, or draws too rarely. They can be planted, and wait for the history that finds them.
NOT_FOUND_YET = (
    Defect(
        "a journal that cannot be trusted is trusted",
        "exchange.epochs:check_at_start",
        "        if stale is not None:\n",
        "        if False:\n",
    ),
    Defect(
        "another history is receipted after a restore",
        "exchange.receive:recall",
        "    if known is None or ",
        "    if True or ",
    ),
    Defect(
        "one release acts as often as it was numbered",
        "exchange.repeats:marked",
        "    if is_repeated == (REPEATED in entry.flaws):\n",
        "    if True:\n",
    ),
    Defect(
        "the newest key is that of the highest counter",
        "exchange.newest:of_rows",
        "            earlier |= named_by(station, row)\n",
        "            pass\n",
    ),
    Defect(
        "seeds that the database forgot are not tried",
        "exchange.opening:due_seeds",
        "        for place, prekey in station.keyring.prekeys.items()\n",
        "        for place, prekey in ()\n",
    ),
    Defect(
        "anybody may ask for any log",
        "exchange.asks:log_for",
        "asker not in {m.party for m in station.charter(log.line_id).members}",
        "False",
    ),
    Defect(
        "a signed root is not compared with the leaves",
        "exchange.receive:extend",
        "    if frontier.root != head.root:\n",
        "    if False:\n",
    ),
    Defect(
        "signatures on requests are not verified",
        "record.checkpoint:open_request",
        "    suite.verify(",
        "    (lambda *_: None)(",
    ),
    Defect(
        "a node takes its own log from others",
        "exchange.receive:receive",
        "    if party_of(head.origin) == station.party:\n",
        "    if False:\n",
    ),
    Defect(
        "a resealed entry is taken as it comes",
        "exchange.opening:check_lines",
        "    if root_of([i.hash if isinstance(i, Field) else i for i in items]) "
        "!= leaf.fields_root:\n",
        "    if False:\n",
    ),
    Defect(
        "one bad need holds up everything else",
        "exchange.conversation:attempt",
        '        if fault.code == "exchange.unreachable":\n',
        "        if True:\n",
    ),
    Defect(
        "a kind that nobody releases acts in cases",
        "cases.fold:_Gathering._seat",
        '    if entry.kind != "message":\n',
        "    if False:\n",
    ),
    Defect(
        "what a third member cannot read is left out between two",
        "cases.digest:_spans",
        "        if between and missing.by not in between:\n",
        "        if False:\n",
    ),
)
