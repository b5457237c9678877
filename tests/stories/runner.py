"""Runs the commands that a page shows and compares what they print with what the page says.

A fenced block `console` holds commands after `$ ` (a line that ends in a backslash goes on) and
below each the lines it prints on stdout. In expected lines `<NAME>` stands for any text of one line
and `...` alone for any number of lines; a later command that holds `<NAME>` gets what it stood for
first. A command that ends in `&` runs beside the others until the page ends: its expected lines are
waited for, and `kill %N` ends the Nth of them. `[exit N]` as the last line names another exit code
than 0. Addresses 127.0.0.1:85xx are moved to free ports. Blanks in a row count as one. A fenced
block `python NAME` or `toml NAME` is written to the file NAME first.
"""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import free_port

SHOWN = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"<([A-Z][A-Z0-9-]*)>")
PORT = re.compile(r"127\.0\.0\.1:(85\d\d)")
FILE = re.compile(r"^```(?:python|toml) ([a-z][a-z.-]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KILL = re.compile(r"kill %(\d+)")
EXIT = re.compile(r"\[exit (\d+)\]")
COMMAND_SECONDS_MAX = 120


class StoryDiffers(AssertionError):
    """What a command printed is not what the page shows."""


@dataclass(slots=True)
class Shown:
    """One command of a page with the lines it prints."""

    command: str
    lines: list[str]
    exit_code: int = 0


@dataclass(slots=True)
class Story:
    """A page being run in a folder of its own."""

    folder: Path
    known: dict[str, str] = field(default_factory=dict)
    ports: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    beside: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, page: str) -> int:
        """Run every command of a page; how many there were."""
        self.environment = surroundings(self.folder)
        for name, text in FILE.findall(page):
            (self.folder / name).write_text(text, "utf-8")
        shown = commands(page)
        try:
            for each in shown:
                self.run_one(each)
        except StoryDiffers as story:
            story.add_note(self.told_beside())
            raise
        finally:
            for process in self.beside:
                stop(process)
        return len(shown)

    def told_beside(self) -> str:
        """The last words on stderr of the commands that stayed."""
        logs = [self.folder / f".beside-{i}.log" for i in range(len(self.beside))]
        return "\n".join(f"--- {log.name}\n{log.read_text()[-2000:]}" for log in logs)

    def run_one(self, shown: Shown) -> None:
        """Run one command and compare."""
        command = self.moved(PLACE.sub(lambda m: self.known.get(m[1], m[0]), shown.command))
        expected = [self.moved(line) for line in shown.lines]
        if command.startswith("export "):
            name, _, value = shlex.split(command)[1].partition("=")
            self.environment[name] = value
            return
        if match := KILL.fullmatch(command):
            stop(self.beside[int(match[1]) - 1])
            return
        if command.endswith("&"):
            printed, exit_code = self.start(command[:-1].strip(), len(expected)), shown.exit_code
        else:
            printed, exit_code = self.finish(command)
        self.compare(command, expected, printed)
        if exit_code != shown.exit_code:
            raise StoryDiffers(f"$ {command}\nexit {exit_code} instead of {shown.exit_code}")

    def finish(self, command: str) -> tuple[str, int]:
        """Run a command to its end."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )
        if done.returncode and not done.stdout:
            return done.stderr, done.returncode
        return done.stdout, done.returncode

    def start(self, command: str, lines: int) -> str:
        """Start a command that stays, and take its first lines."""
        log = (self.folder / f".beside-{len(self.beside)}.log").open("w")
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()
        self.beside.append(process)
        return "".join(process.stdout.readline() for _ in range(lines)) if process.stdout else ""

    def compare(self, command: str, expected: list[str], printed: str) -> None:
        """Take the printed lines as the page shows them, and remember what places stood for."""
        match = re.fullmatch(pattern(expected, self.known), squeezed(printed) + "\n")
        if match is None:
            told = "\n".join(expected)
            raise StoryDiffers(f"$ {command}\n--- the page says\n{told}\n--- printed\n{printed}")
        for name, value in match.groupdict().items():
            self.known.setdefault(name.replace("_", "-"), value)

    def moved(self, text: str) -> str:
        """The text with each address of the page moved to a free port."""
        ports = self.ports
        return PORT.sub(lambda m: f"127.0.0.1:{ports.setdefault(m[1], str(free_port()))}", text)


def commands(page: str) -> list[Shown]:
    """The commands of all console blocks, in order."""
    found: list[Shown] = []
    for block in SHOWN.findall(page):
        is_open = False
        for line in block.rstrip("\n").split("\n"):
            if is_open:
                found[-1].command += "\n" + line
            elif line.startswith("$ "):
                found.append(Shown(line[2:], []))
            elif match := EXIT.fullmatch(line):
                found[-1].exit_code = int(match[1])
            else:
                found[-1].lines.append(line)
            is_open = line.endswith("\\")
    return found


def squeezed(text: str) -> str:
    """Text whose blanks do not matter."""
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in text.strip("\n").split("\n")]
    return "\n".join(lines)


def pattern(expected: list[str], known: dict[str, str]) -> str:
    """A regular expression for the expected lines; nothing shown means nothing is compared."""
    if not expected:
        return r"(?:[^\n]*\n)*"
    named: set[str] = set()
    return "".join(line_pattern(squeezed(line), known, named) for line in expected)


def line_pattern(line: str, known: dict[str, str], named: set[str]) -> str:
    """One expected line, or any number of lines for `...`."""
    if line == "...":
        return r"(?:[^\n]*\n)*?"
    text = ""
    for i, piece in enumerate(PLACE.split(line)):
        group = piece.replace("-", "_")
        if i % 2 == 0:
            text += re.escape(piece)
        elif piece in known:
            text += re.escape(known[piece])
        elif piece in named:
            text += f"(?P={group})"
        else:
            named.add(piece)
            text += f"(?P<{group}>[^\n]+?)"
    return text + r"\n"


def surroundings(folder: Path) -> dict[str, str]:
    """The environment of a newcomer: the program on the PATH, and no settings of anybody."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "COLUMNS": "200"}


def stop(process: subprocess.Popen[str]) -> None:
    """End a command that stayed, and wait for it."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    if process.stdout is not None:
        process.stdout.close()
