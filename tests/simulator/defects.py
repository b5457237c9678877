"""Defects that must be found: by histories, within so many seeds, or by the test that is named.

The list is the test of the tests: whoever adds a rule adds the defect of leaving it out.
"""

from tests.simulator.planting import Defect

DEFECTS = (
    # What leaves before it is durable
    Defect(
        "a receipt leaves that is not stored",
        "exchange.traffic.receive:commit",
        "            tx.put_cosignature(receipt)\n",
        "            pass\n",
    ),
    Defect(
        "nothing is anchored",
        "exchange.logs.sequence:anchor_owed",
        "        station.anchor.append(station.unanchored)\n",
        "",
    ),
    Defect(
        "what a crash left unanchored stays so",
        "exchange.logs.epochs:anchor_rest",
        "    if rows:\n",
        "    if False:\n",
    ),
    Defect(
        "`seen` names one entry more than is held",
        "exchange.logs.sequence:seen_now",
        "[row.origin, row.size, b64(row.root)]",
        "[row.origin, row.size + 1, b64(row.root)]",
    ),
    Defect(
        "a second receipt is signed for the same head",
        "exchange.traffic.receive:known_receipt",
        "    if held is not None:\n",
        "    if False:\n",
    ),
    # Restores
    Defect(
        "a database behind its anchor goes on",
        "exchange.logs.epochs:doubt",
        "anchored.size > own.size or ",
        "",
    ),
    Defect(
        "a suspect log is written all the same",
        "exchange.logs.epochs:suspect",
        "    station.suspect.update(fresh)\n",
        "    return\n",
    ),
    Defect(
        "lost own entries are not taken back",
        "exchange.logs.hello:compare",
        "needs.lost if own else needs.pulls",
        "[] if own else needs.pulls",
    ),
    Defect(
        "a lost own content is not told",
        "exchange.traffic.recover:lost_openings",
        '            if row.state == "opened" and bare:\n',
        "            if False:\n",
    ),
    # Drafts
    Defect(
        "what was numbered stays in the outbox",
        "exchange.logs.sequence:write",
        "        tx.remove_outbox(built.drafts)\n",
        "        pass\n",
    ),
    Defect(
        "a draft that has to wait is dropped",
        "exchange.logs.post:post",
        "            tx.add_outbox(row)\n",
        "            pass\n",
    ),
    # Keys
    Defect(
        "seeds are destroyed before all know the next key",
        "exchange.logs.prekeys:all_know",
        "    for party in station.others(line_id):\n",
        "    for party in ():\n",
    ),
    Defect(
        "only the newest seed is tried",
        "exchange.contents.opening:due_seeds",
        "        if is_older and is_latest(station, log.line_id):\n",
        "        if True:\n",
    ),
    Defect(
        "an entry is a defect although a key is missing",
        "exchange.contents.opening:open_entry",
        "        if missing:\n",
        "        if False:\n",
        needs=("restore", "old_copies", "restore_many", "loss"),
        seeds_max=20,
    ),
    Defect(
        "a card stands nowhere but in the database",
        "exchange.membership.identity:settle",
        "    if not keyring.cards or keyring.cards[-1].n < last.n:\n",
        "    if False:\n",
        needs=("rotate", "restore", "crash"),
        seeds_max=10,
    ),
    Defect(
        "the sealing key of a replaced card is destroyed at once",
        "exchange.membership.rotation:forget_former",
        "now_s + 1 if is_past else now_s - FORMER_KEPT_S",
        "now_s + 1",
        needs=("rotate",),
        seeds_max=6,
    ),
    Defect(
        "who is refused for its key neither asks for cards nor brings its own",
        "exchange.traffic.card_talk:settle",
        "    if now_s - link.cards_asked_s < CARD_AGAIN_S:",
        "    if True:",
        needs=("rotate",),
        seeds_max=6,
    ),
    # Secrets
    Defect(
        "withheld fields are sealed with the others",
        "exchange.logs.sequence:build",
        "f.hash if i in draft.withheld else f",
        "f",
    ),
    Defect(
        "a reseal gives what was withheld",
        "exchange.traffic.asks:shown_lines",
        "        item if i not in withheld or isinstance(item, bytes) else item.hash\n",
        "        item\n",
        needs=("restore", "old_copies", "restore_many", "loss"),
        seeds_max=20,
    ),
    Defect(
        "a hello names lines of which the peer is no member",
        "exchange.logs.hello:shared_lines",
        "        if any(m.party == peer for m in station.charter(row.line_id).members):\n",
        "        if True:\n",
    ),
    Defect(
        "an archived own field is shown to the fold as if all had it",
        "exchange.contents.opening:content_of",
        "(hidden if i in withheld else shown)",
        "(shown)",
    ),
    # Signatures and roots
    Defect(
        "signatures on heads are not verified",
        "record.checkpoint:open_checkpoint",
        "        verify_line(head, vkey, required_line(opened.signatures, vkey), suite)\n",
        "        pass\n",
        needs=("forge",),
        seeds_max=8,
    ),
    Defect(
        "receipts are not verified",
        "exchange.traffic.dispatch:verified_receipt",
        "            time_s = verify_cosignature_pair(\n",
        "            time_s = 7 if lines else verify_cosignature_pair(\n",
        needs=("corrupt",),  # a receipt has to be changed on its way, and the disk audited
        seeds_max=30,
    ),
    Defect(
        "two histories leave no evidence",
        "exchange.logs.forks:keep",
        "        tx.put_evidence(name, found.encode())\n",
        "",
        needs=("two-faces",),
        seeds_max=6,
    ),
    # Clocks and liveness
    Defect(
        "a clock that jumped signs on",
        "exchange.logs.clocks:is_sure",
        "    return not station.clock_unsure\n",
        "    return True\n",
        needs=("clock_jump",),
        seeds_max=4,
    ),
    Defect(
        "a receipt that was lost is never asked for",
        "exchange.traffic.dispatch:unreceipted",
        "            found.append(log)\n",
        "            pass\n",
    ),
    Defect(
        "an entry that waits is never asked for",
        "exchange.traffic.recover:waiting",
        "    return [Waiting(origin, index) for origin, index in station.waiting()]\n",
        "    return []\n",
    ),
    # Files
    Defect(
        "a file is held before its hash was compared",
        "exchange.contents.attached:whole",
        "    if hashlib.sha256(data).digest() != file_hash:\n",
        "    if False:\n",
        needs=("attach", "corrupt"),
        seeds_max=8,
    ),
    Defect(
        "who once gave wrong bytes is never asked again",
        "exchange.contents.fetching:Fetching.is_blamed",
        "now_s < self.blamed.get(peer, (0, 0))[1]",
        "peer in self.blamed",
        needs=("attach", "corrupt"),
        seeds_max=16,
    ),
    Defect(
        "a part of a file that was cut off is taken for all of it",
        "exchange.contents.attached:take",
        "start + len(data) == row.size",
        "data",
        needs=("attach",),
        seeds_max=4,
    ),
    Defect(
        "the files of an entry that was resealed are forgotten",
        "exchange.traffic.recover:keep_opened",
        "(log.origin, index), shown, hidden)",
        "(log.origin, index), {}, {})",
        needs=("attach", "restore", "crash"),
        seeds_max=26,
    ),
    Defect(
        "a file that a lost key locks is refused for good",
        "exchange.contents.attached:finish",
        "if opening.lacks_card_key(station):",
        "if False:",
        needs=("attach", "rotate"),
        seeds_max=70,  # a new card is known soon, so few files are sealed to the key of before
    ),
    Defect(
        "nobody asks for the key of a file",
        "exchange.conversation:keys_from",
        "    asked = file_keys.to_ask(station, link.peer)\n",
        "    asked = []\n",
        needs=("attach", "rotate"),
        seeds_max=70,  # a new card is known soon, so few files are sealed to the key of before
    ),
    # What only some faults or tricks show
    Defect(
        "a journal that cannot be trusted is trusted",
        "exchange.logs.epochs:doubt",
        "    if stale is not None:\n",
        "    if False:\n",
        needs=("copied_back", "restore", "crash"),
        seeds_max=10,
    ),
    Defect(
        "another history is receipted after a restore",
        "exchange.traffic.caught_up:recall",
        "    if known is None or ",
        "    if True or ",
        needs=("two-faces", "restore_many"),
        seeds_max=20,
    ),
    Defect(
        "seeds that the database forgot are not tried",
        "exchange.contents.opening:due_seeds",
        "        for place, prekey in station.keyring.prekeys.items()\n",
        "        for place, prekey in ()\n",
        seeds_max=24,
    ),
    Defect(
        "anybody may ask for any log",
        "exchange.traffic.asks:log_for",
        "asker not in {m.party for m in station.charter(log.line_id).members}",
        "False",
        needs=("other-line",),
    ),
    Defect(
        "a signed root is not compared with the leaves",
        "exchange.traffic.receive:extend",
        "    if frontier.root != head.root:\n",
        "    if False:\n",
        needs=("false-root",),
        seeds_max=6,
    ),
    Defect(
        "signatures on requests are not verified",
        "record.checkpoint:open_request",
        "    suite.verify(",
        "    (lambda *_: None)(",
        needs=("forge",),
    ),
    Defect(
        "a resealed entry is taken as it comes",
        "exchange.contents.opening:check_lines",
        "    if root_of([i.hash if isinstance(i, Field) else i for i in items]) "
        "!= leaf.fields_root:\n",
        "    if False:\n",
        needs=("garbage",),
        seeds_max=6,
    ),
    Defect(
        "a kind that nobody releases acts in cases",
        "cases.fold:_Gathering._seat",
        '    if entry.kind != "message":\n',
        "    if False:\n",
        needs=("odd-kinds",),
        seeds_max=6,
    ),
    Defect(
        "what a third member cannot read is left out between two",
        "cases.digest:_spans",
        "        if between and missing.by not in between:\n",
        "        if False:\n",
        needs=("accuse",),
    ),
)

# What no history shows, because something else holds: with the test that does.
ELSEWHERE = (
    (
        Defect(
            "a restored node receipts another history below what it receipted",
            "exchange.traffic.caught_up:lacks",
            "    return known is not None and ",
            "    return False and ",
        ),
        # Seed 1641 shows it; a liar has to show its other face in the moments after a restore.
        "tests/exchange/test_caught_up.py::test_another_history_below_what_was_receipted_is_stored_"
        "and_not_receipted",
    ),
    (
        Defect(
            "a node takes its own log from others",
            "exchange.traffic.receive:receive",
            "    if party_of(head.origin) == station.party:\n",
            "    if False:\n",
        ),
        # The key refuses it as well: nobody signs a receipt for the own log.
        "tests/peers/test_deliveries.py::test_nobody_delivers_to_us_what_we_said_ourselves",
    ),
    (
        Defect(
            "the newest key is that of the highest counter",
            "exchange.contents.newest:of_rows",
            "                seen[origin] = max(size, seen.get(origin, 0))\n",
            "                pass\n",
        ),
        # The key of a forgotten epoch is kept: what is sealed to it opens all the same.
        "tests/exchange/test_newest.py::test_an_epoch_that_names_a_higher_one_in_seen_is_the_newer",
    ),
    (
        Defect(
            "one release acts as often as it was numbered",
            "exchange.folding.repeats:marked",
            "    if is_repeated == (REPEATED in entry.flaws):\n",
            "    if True:\n",
        ),
        # A copy with a draft that waits, put back while nobody gives back its entry: a campaign
        # meets it in two histories of a thousand. It counts them, and the check stays.
        "tests/exchange/test_repeats.py::test_of_one_draft_in_two_epochs_the_entry_of_the_earlier_"
        "one_acts",
    ),
    (
        Defect(
            "a start in doubt ends the logs one by one",
            "exchange.logs.epochs:check_at_start",
            "    suspect(station, found)\n",
            "    for each in found.items():\n        suspect(station, dict([each]))\n",
        ),
        # One history of a thousand: it has to die between two lines, on a journal put back.
        "tests/exchange/test_starts.py::"
        "test_a_further_copy_put_back_in_between_changes_nothing_of_that",
    ),
    (
        Defect(
            "an epoch that was stated and is not here keeps no former key",
            "exchange.logs.prekeys:has_all_of",
            "party_of(origin) != party or station.log(origin) is not None for",
            "True for",
        ),
        # What is sealed to a key that is gone is resealed: histories heal from it.
        "tests/exchange/test_card_keys.py::"
        "test_a_former_sealing_key_stays_while_an_epoch_that_was_stated_is_not_here",
    ),
    (
        Defect(
            "a log whose `open` is sealed to a lost key is never had again",
            "exchange.contents.opening:lacks_card_key",
            "    return any(",
            "    return False and any(",
        ),
        # A restore to before an epoch came that was begun before a rotation: one in five hundred.
        "tests/exchange/test_card_keys.py::"
        "test_an_epoch_whose_open_is_sealed_to_a_lost_card_key_is_resealed_and_taken",
    ),
    (
        Defect(
            "whoever knows a file's hash gets its key",
            "exchange.traffic.asks:reseal_key",
            "    if asker not in file_members.may_have(station, file_hash):\n",
            "    if False:\n",
        ),
        # No party of a history asks for files of lines that it is no member of.
        "tests/exchange/test_file_keys.py::"
        "test_who_was_not_told_of_a_file_gets_the_answer_of_an_unknown_one",
    ),
    (
        Defect(
            "whoever said that it held a file gets its key unasked",
            "exchange.traffic.asks:reseal_key",
            "        check_yes(station, found)\n",
            "        pass\n",
        ),
        # Histories heal all the sooner.
        "tests/exchange/test_file_keys.py::"
        "test_whoever_said_that_it_held_a_file_gets_its_key_when_a_person_agrees",
    ),
    (
        Defect(
            "a file without a key is called held",
            "exchange.contents.attached:next_ask",
            "        if is_whole(row):\n",
            "        if False:\n",
        ),
        # The receiver asks at its end and opens it soon after: histories see the end alone.
        "tests/exchange/test_file_keys.py::test_until_it_opens_nobody_calls_it_held",
    ),
    (
        Defect(
            "a clock that jumped makes former keys old",
            "exchange.membership.rotation:forget_former",
            "    if not clocks.is_sure(station):\n",
            "    if False:\n",
        ),
        # Some fifty histories with jumps and rotations for one that destroys what is needed.
        "tests/exchange/test_card_keys.py::test_a_clock_in_doubt_destroys_no_key",
    ),
    (
        Defect(
            "one bad need holds up everything else",
            "exchange.traffic.link:attempt",
            '        if fault.code == "exchange.unreachable":\n',
            "        if True:\n",
        ),
        # It takes some 25 histories with two faces, which is too long for every run.
        "tests/exchange/test_attempts.py::test_a_need_that_fails_holds_up_no_other",
    ),
)
