"""`openline prove-absence LINE`: a file that proves, offline, that something was never said.

Shapes   data is {"file", "bytes", "policy", "asked", "says"}
Units    none
Raises   NoSuchEntry; what cannot be shown (erased, not vouched for, sealed)
Source   docs/PROTOCOL.md parts 9 ("Range") and 11 ("In-force digest")
Never    says anything of other lines, calls or letters; never calls hidden what is absent
"""

import base64
from pathlib import Path
from typing import Any

import click

from openline.cli.client import Client, client
from openline.cli.commands.disclose import OUT, written
from openline.cli.face import Command, Face, named, with_face
from openline.cli.places import find
from openline.formats.coded import said

SITE = "humanitarian/site"


@click.command("prove-absence", cls=Command)
@click.argument("line")
@click.option("--party", required=True, metavar="PARTY", help="Who did not say it.")
@click.option("--site", metavar="ID", help="No notice of a site with this identifier.")
@click.option("--form", metavar="FORM", help="No message of this form or class.")
@click.option("--ref", "entry", metavar="ENTRY", help="This notice was not in force.")
@click.option("--digest", metavar="ENTRY", help="With --ref: the digest that shows it.")
@click.option("--out", type=OUT, help="The proof to write (default: a name that says what it is).")
@click.option("--policy-out", type=OUT, help="The policy that the verifier needs beside it.")
@with_face
def prove_absence(
    face: Face,
    line: str,
    party: str,
    site: str | None,
    form: str | None,
    entry: str | None,
    digest: str | None,
    out: Path | None,
    policy_out: Path | None,
) -> None:
    """Prove that PARTY never said something on LINE, or that a notice was not in force.

    --site and --form show every log of the line whole, kinds and forms only (with --site also
    the identifier of every site). --ref with --digest shows the digest's list.

    \b
    Example:  openline prove-absence "Notifications" --party cell.example --site well-7
              --out absent.openline-proof --policy-out absent.policy
    """
    if sum(each is not None for each in (site, form, entry)) != 1 or (entry and not digest):
        raise click.UsageError("give one of --site, --form, or --ref with --digest")
    with client(face.home) as node:
        if entry and digest:
            parts, asked = digest_parts(node, line, entry, digest)
        else:
            parts, asked = range_parts(line, party, site, form)
        told = node.call("disclose", parts=parts, bundle=True)
    path, data = out or Path(told["name"]), base64.b64decode(told["file"])
    says = answer_of(data, told["policy"], asked, party)
    english = f"Show what {party} said on {line}, as far as the proof needs it?"
    face.confirm(said("ask.show-absence", face.lang, english, party, line))
    value = {**written(path, data, policy_out, told["policy"]), "asked": asked, "says": says}
    check = f"openline verify {path} --absent {asked!r} --policy POLICY"
    rows = [
        ("file", "word.file", path),
        ("a verifier says", "word.verifier-says", "\n".join(says)),
        ("to check", "column.to-check", check),
    ]
    face.give("absence", value, lambda: named(rows, face.lang))


def range_parts(
    line: str, party: str, site: str | None, form: str | None
) -> tuple[list[dict[str, Any]], str]:
    """Every log of the line, and what a verifier is to ask of them."""
    part: dict[str, Any] = {"kind": "absence", "line": line, "party": party}
    if site is None:
        return [part], str(form)
    return [{**part, "also": ["site"]}], f"{SITE} site={site}"


def digest_parts(
    node: Client, line: str, entry: str, digest: str
) -> tuple[list[dict[str, Any]], str]:
    """A digest with its list and the answers to it, and the notice to look for."""
    place, notice = find(node, digest, line), find(node, entry, line)
    told = node.call("cases", line=line)
    answers = [
        matter["ref"]
        for case in told["cases"]
        for matter in case["matters"]
        if matter["of"] == place.ref and matter["format"].startswith("humanitarian/digest-answer@")
    ]
    parts = [{"kind": "entry", "ref": ref} for ref in (place.ref, *answers)]
    return parts, f"{notice.origin}:{notice.index}"


def answer_of(data: bytes, policy: str, asked: str, party: str) -> list[str]:
    """What a verifier with the policy says first, and what it says of the question itself."""
    from openline.envelope.standard import StandardSuite
    from openline.formats.policy import parse_policies
    from openline.record.disclosure import verify_file

    rules = parse_policies(policy)
    verdict = verify_file(data, rules, StandardSuite(), allow_exercise=True, asked=asked)
    begins = list(verdict.lines[: verdict.lines.index(verdict.first_line) + 1])
    named = asked.replace(":", " entry ")
    about = (f"`{asked}` by {party} ", "in-force list: ", f"{named}: ")
    return begins + [line for line in verdict.lines if line.startswith(about)]
