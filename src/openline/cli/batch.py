"""Many messages, released by one signature of each officer for a thousand of them at a time.

Shapes   release_rows(...) -> {"told", "already", "waiting", "refs"}; a row is what `draft` takes
Units    at most CHUNK rows in one batch
Raises   OutboxFull, NeedsTwo, StatementDiffers, Declined; what the node refuses, with the row
Source   docs/PROTOCOL.md part 6.3, "Batch"; docs/OPERATE.md, "Many at once from a table"
Never    tells a row twice: what the line already holds from us is left out, after a break as well
"""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ClassVar, Final

from openline.cases.shown import subject as shown_subject
from openline.cli.client import Client
from openline.cli.face import Face, in_fives, in_one, pairs, status_of
from openline.cli.forms import forms
from openline.cli.outgoing import Signers, cautions
from openline.cli.refused import NodeRefused
from openline.cli.sheet import contents
from openline.cli.signing import NotOurOfficer, unlock
from openline.desk.outside import told_hash
from openline.envelope.officer_file import OfficerFile
from openline.errors import OpenlineError
from openline.exchange.drafting.signing import StatementDiffers, fields_of, sign_batch
from openline.formats.coded import said, worded
from openline.formats.form import is_reserved
from openline.formats.meant import in_language
from openline.formats.terms import ENGLISH

Json = dict[str, Any]
CHUNK: Final = 1_000
CAUTIONS_MAX: Final = 20
# So many rows of a table are shown whole before they are signed.
WHOLE_MAX: Final = 50
# How a node names the row of a batch that it refuses, counted from 1.
_ROW: Final = re.compile(r"row (?P<nth>[1-9][0-9]{0,3}): ")


class StillSending(OpenlineError):
    """Messages released before wait for their numbers, so nobody can say what is told already."""

    code: ClassVar[str] = "cli.still-sending"
    remedy: ClassVar[str] = "Wait until `openline doctor` shows an empty outbox, then run it again."


def release_rows(
    face: Face,
    node: Client,
    line: str,
    rows: Sequence[Json],
    signers: Signers,
    numbers: Sequence[int] = (),
) -> Json:
    """Draft what is not told yet, have the officers sign it batch by batch, tell the result.

    `numbers` is what the file calls its rows, for whoever looks for one of them there.
    """
    untold = not_told(node, line, rows)
    fresh, already = [rows[at] for at in untold], len(rows) - len(untold)
    called = [numbers[at] if numbers else at + 1 for at in untold]
    shown = node.call("line_show", line=line)
    counted = f"{len(fresh)} to tell, {already} told before"
    if face.lang != ENGLISH:
        parts = (("column.to-tell", len(fresh)), ("column.told-before", already))
        counted = in_one(parts, face.lang)
    face.say(f"{status_of(shown, face.lang)}: {shown['title']}: {counted}")
    told: Json = {"told": 0, "already": already, "waiting": [], "refs": []}
    if not fresh:
        return told
    for text in rows_said(fresh, called, face.lang):
        face.say(text)
    officers = [unlock(face, path, signers.passphrase_file) for path in signers.officers]
    for officer in officers:
        if officer.party not in [m["party"] for m in shown["members"] if m["standing"] == "self"]:
            raise NotOurOfficer(f"{officer.name} is an officer of {officer.party}")
    if officers:
        face.confirm(sign_all(len(fresh), shown["title"], officers, face.lang))
    chunks = [fresh[start : start + CHUNK] for start in range(0, len(fresh), CHUNK)]
    telling = said("talk.telling", face.lang, "telling")
    with face.progress(telling, len(fresh)) as done, ahead(node, line, chunks) as drafted:
        for at, part in enumerate(chunks):
            one = tell_batch(face, drafted, at, called[at * CHUNK :], officers)
            told["refs"] += one.get("refs", [])
            told["told"] += len(one.get("refs", []))
            told["waiting"] += one.get("waiting", [])
            done(at * CHUNK + len(part))
            if one.get("waiting"):
                break
    return told


def sign_all(count: int, title: str, officers: Sequence[OfficerFile], lang: str) -> str:
    """The question before many messages are signed at once."""
    names = " and ".join(officer.name for officer in officers)
    english = f"Sign {count} messages on {title} as {names}?"
    return said("ask.sign-messages", lang, english, count, title, *(one.name for one in officers))


def rows_said(rows: Sequence[Json], numbers: Sequence[int], lang: str) -> Iterator[str]:
    """What is about to be signed, as the other side will read it: the first rows whole, of every
    other what it is called; of each what is withheld."""
    head = worded("column.row", lang, "row")
    hides = worded("mark.withheld", lang, "withheld")
    for nth, (number, row) in enumerate(zip(numbers, rows, strict=True)):
        form, fields = forms().format(row["format"]), row["fields"]
        withheld = row.get("withheld", form.withheld(fields) if form is not None else [])
        if nth < WHOLE_MAX:
            values = {**fields, "format": row["format"], "class": row["answer"]}
            yield from ["", f"{head} {number}:", *pairs(contents(values, set(withheld), lang))]
            continue
        name = "".join(span.text for span in in_language(shown_subject(fields), lang))
        hidden = f" ({hides}: {', '.join(withheld)})" if withheld else ""
        yield f"{head} {number}: {name or row['format']}{hidden}"


class Drafted:
    """The batches of one run, the next one drafted by the node while this one is read and signed.

    Only where officers sign at once: a batch that has to wait for somebody has none behind it.
    """

    def __init__(self, node: Client, line: str, parts: Sequence[Sequence[Json]]) -> None:
        self.node, self.parts, self._line = node, parts, line
        self._next: Future[Json] | None = None
        self._pool = ThreadPoolExecutor(1)

    def batch(self, at: int) -> Json:
        """The batch of part `at`, as the node drafted it."""
        due, self._next = self._next, None
        return due.result() if due else self._draft(at)

    def begin(self, at: int) -> None:
        """Have the node draft part `at`, if there is one, while something else is done."""
        if at < len(self.parts):
            self._next = self._pool.submit(self._draft, at)

    def _draft(self, at: int) -> Json:
        return self.node.call("draft_batch", line=self._line, rows=list(self.parts[at]))

    def close(self) -> None:
        """Throw away what was drafted ahead and is not wanted: nobody has seen it."""
        self._pool.shutdown()
        if self._next is not None and self._next.exception() is None:
            self.node.call("batch_drop", batch=self._next.result()["batch"])


@contextmanager
def ahead(node: Client, line: str, parts: Sequence[Sequence[Json]]) -> Iterator[Drafted]:
    """Batches drafted one ahead; whatever ends the run, none is left behind by it."""
    drafted = Drafted(node, line, parts)
    try:
        yield drafted
    finally:
        drafted.close()


def not_told(node: Client, line: str, rows: Sequence[Json]) -> list[int]:
    """The places of the rows that the line does not hold from us, each once."""
    by_hash = {
        told_hash(row["format"], row["answer"], row["fields"]): at for at, row in enumerate(rows)
    }
    found = node.call("told_already", line=line, told=list(by_hash))
    if found["outbox"]:
        raise StillSending(f"{found['outbox']} messages wait in the outbox")
    held = set(found["told"])
    return [at for each, at in by_hash.items() if each not in held]


def warn(face: Face, drafted: Drafted, at: int, batch: Json, numbers: Sequence[int]) -> None:
    """The first cautions of a batch, each under the number that its row has in the file."""
    for odd in batch.get("warnings", [])[:CAUTIONS_MAX]:
        nth = odd["row"] - 1
        for caution in cautions(drafted.parts[at][nth], [odd], face.lang):
            face.warn(f"{worded('column.row', face.lang, 'row')} {numbers[nth]}: {caution}")
    more = len(batch.get("warnings", [])) - CAUTIONS_MAX
    if more > 0:
        english = f"{more} more cautions about rows of this batch"
        face.warn(said("talk.more-cautions", face.lang, english, more))


def in_file(error: OpenlineError, numbers: Sequence[int]) -> OpenlineError:
    """A refusal of one row, under the number that the row has in the file."""
    found = _ROW.match(str(error))
    if found is None:
        return error
    code = getattr(error, "refused_code", error.code)
    remedy = getattr(error, "refused_remedy", error.remedy)
    row = numbers[int(found["nth"]) - 1]
    return NodeRefused(code, f"row {row}: {str(error)[found.end() :]}", remedy)


def tell_batch(
    face: Face, drafted: Drafted, at: int, numbers: Sequence[int], officers: Sequence[OfficerFile]
) -> Json:
    """One batch: drafted, held against the rows that were meant, signed by each officer."""
    node, rows = drafted.node, drafted.parts[at]
    try:
        batch = drafted.batch(at)
    except OpenlineError as error:
        raise in_file(error, numbers) from None
    if len(officers) >= int(batch["officers_needed"]):
        drafted.begin(at + 1)
    warn(face, drafted, at, batch, numbers)
    refuse_other(batch, rows)
    short, digits = batch["batch"][:12], in_fives(batch["digits"])
    shown = f"batch {short}: {len(rows)} messages, digits {digits}"
    if face.lang != ENGLISH:
        parts = (("column.messages", len(rows)), ("word.digits", digits))
        shown = f"{worded('column.batch', face.lang, '')} {short}: {in_one(parts, face.lang)}"
    face.say(shown)
    for officer in officers:
        if batch.get("released"):
            break
        assertion = sign_batch(batch, officer)
        batch = node.call("release_batch", batch=batch["batch"], assertion=assertion)
    if "refs" in batch:
        return batch
    missing = int(batch["officers_needed"]) - int(batch["releases"])
    more = f"batch {short} waits for {missing} more officer{'s' * (missing > 1)}"
    then = f"openline batch release {short} --officer FILE"
    lang = ENGLISH if face.is_json else face.lang
    return {"waiting": [said("talk.batch-waits", lang, f"{more}: {then}", missing, then)]}


def refuse_other(batch: Json, rows: Sequence[Json]) -> None:
    """The drafts hold exactly the rows: what officers sign is what the file said."""
    if len(batch["drafts"]) != len(rows):
        raise StatementDiffers("the batch has another number of messages than the file")
    for number, (draft, row) in enumerate(zip(batch["drafts"], rows, strict=True), 1):
        values = {field.path: field.json for field in fields_of(draft)}
        content = {path: value for path, value in values.items() if not is_reserved(path)}
        same = values.get("format") == row["format"] and values.get("class") == row["answer"]
        if not same or content != row["fields"]:
            raise StatementDiffers(f"row {number}: the draft says something else than the file")
