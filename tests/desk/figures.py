"""What a browser sees of a long queue: `python -m tests.desk.figures --cases 10000`.

Shapes   one JSON object on stdout
Units    milliseconds; cold: nothing of the desk is in the browser's cache
Source   docs/FIGURES.md, "The desk"

Two real nodes and a real Chromium. The cases are told beforehand; then the queue is opened several
times, and visits are told by the other node while the page stands open.
"""

import argparse
import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

from openline.cli.benching import desk as bench
from openline.cli.benching import pair
from openline.cli.client import client
from openline.envelope.standard import StandardSuite
from tests.desk.town import PASSPHRASE, Browser, House, browser
from tests.ports import free_port

TELLER, READER = bench.TELLER, bench.READER
OPENINGS, ARRIVALS = 5, 10
WAIT_MS = 30_000
# The first moment at which a row can be focused by the keyboard, by the page's own clock.
FIRST_ROW = """
const look = () => {
  const row = document.querySelector("#rows a.row-link");
  row?.focus();
  if (row && document.activeElement === row) window.firstRow = performance.now();
  else requestAnimationFrame(look);
};
look();
"""
# When a text stood on the screen: the frame after the one in which the page had it.
ON_SCREEN = """(text) => {
  const rows = document.querySelector("#rows");
  window.seenAt = 0;
  const look = () => rows.innerText.includes(text)
    && requestAnimationFrame(() => { window.seenAt ||= Date.now(); });
  new MutationObserver(look).observe(rows, {childList: true, subtree: true, characterData: true});
}"""

THEN = """(name) => new Promise((done) => {
  const look = () => window[name] ? done(window[name]) : requestAnimationFrame(look);
  look();
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    cases = parser.parse_args().cases
    os.environ["OPENLINE_PASSPHRASE"] = PASSPHRASE
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        print(json.dumps(measured(Path(name), playwright, cases)))


def measured(folder: Path, playwright: Playwright, cases: int) -> dict[str, Any]:
    """Tell the cases, start both nodes, look."""
    ports = {party: free_port() for party in (TELLER, READER)}
    prepared = pair.prepare(folder, ports, may_forget=True, charter={"timers": bench.TIMERS})
    bench.build(prepared, bench.Options(cases), progress)
    teller, reader = (House(party, prepared.homes[party]) for party in (TELLER, READER))
    try:
        for house in (teller, reader):
            files = zip((house.officer, house.deputy), prepared.officers[house.party], strict=True)
            for path, officer in files:
                path.write_bytes(officer.lock(PASSPHRASE, os.urandom))
            house.serve()
        with browser(playwright, reader) as seat:
            seat.context.set_default_timeout(WAIT_MS)
            seat.enrol("Clara")
            cold = [opened(playwright, reader, seat) for _ in range(OPENINGS)]
            late = [arrived(prepared, seat, cases + n) for n in range(ARRIVALS)]
            wrong = seat.wrong
    finally:
        for house in (teller, reader):
            house.stop()
    return {
        "cases": cases,
        "first_row_cold_ms": spread(cold),
        "on_screen_after_release_ms": spread(late),
        "wrong": wrong,
    }


def opened(playwright: Playwright, house: House, seat: Browser) -> float:
    """A browser without a cache opens the queue; when its first row can be focused."""
    with browser(playwright, house, storage_state=seat.context.storage_state()) as cold:
        cold.context.set_default_timeout(WAIT_MS)
        cold.page.add_init_script(FIRST_ROW)
        cold.go("/queue")
        return float(cold.page.evaluate(THEN, "firstRow"))


def arrived(prepared: pair.Prepared, seat: Browser, held: int) -> float:
    """One more visit is released at the other node; when this page shows that it is there."""
    seat.go("/queue")
    seat.page.wait_for_timeout(300)  # until it listens
    seat.page.evaluate(ON_SCREEN, f"Waiting: {held + 1};")
    suite = StandardSuite()
    with client(prepared.homes[TELLER]) as node:
        content = bench.visit(held, int(time.time()))
        draft = node.call(
            "draft", line=prepared.line_id.hex(), format="core/visit@1", fields=content
        )
        for officer in prepared.officers[TELLER]:
            challenge = hashlib.sha256(draft["statement"].encode()).digest()
            site = f"https://{draft['rp_id']}"
            signed = officer.authenticator(suite).assert_statement(challenge, draft["rp_id"], site)
            began_ms = time.time() * 1000
            draft = node.call("release", draft=draft["draft"], assertion=signed.value())
    return float(seat.page.evaluate(THEN, "seenAt")) - began_ms


def spread(found: list[float]) -> dict[str, int]:
    return {"median": round(statistics.median(found)), "max": round(max(found))}


def progress(label: str, done: int, total: int) -> None:
    print(f"{label}: {done} of {total}", file=sys.stderr)


if __name__ == "__main__":
    main()
