"""Where the processes of a demo are born: one process that has loaded the program, and forks.

Shapes   `python -m openline.cli.play.nursery` reads one JSON object a line: {"home", "arguments"},
         and answers each with {"pid"}. A child runs `openline ARGUMENTS --home HOME --json`
Units    seconds
Raises   nothing: a child that fails says so in its own serve.log
Source   docs/ARCHITECTURE.md, "The demo": thirty starts, each of which would load the same program
Never    shares anything with a child after the fork; outlives the demo: when its input ends, its
         children are asked to stop, and they are gone before it is

Nodes are the same as with `openline serve`: processes with folders, keys and sockets of their own.
Only the loading of the program is done once.
"""

import gc
import json
import os
import select
import signal
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any, Final

OUTPUT: Final = "serve.log"
READY: Final = "serve.ready"
LOOK_S: Final = 0.05
STOP_S: Final = 5.0
LOADED: Final = (
    "openline.cli.main",
    "openline.cli.commands.serve",
    "openline.cli.commands.witness",
    "openline.node",
    "uvicorn.lifespan.off",
    "uvicorn.loops.auto",
)


def load() -> None:
    """Import what a node imports, once; nothing is started."""
    for module in LOADED:
        import_module(module)
    from openline.formats.pack import load_packs

    load_packs()
    gc.collect()
    gc.freeze()


def be_born(order: dict[str, Any]) -> int:
    """Fork; in the child, become `openline ARGUMENTS`. The pid, in the parent."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        code = live(Path(order["home"]), [str(word) for word in order["arguments"]])
    finally:
        fault = sys.exc_info()[1]
        if fault is not None:
            traceback.print_exception(fault)
            sys.stderr.flush()
        os._exit(code)


def live(home: Path, arguments: list[str]) -> int:
    """The child: a session of its own, its own files, and the ordinary command."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(home.parent)
    nothing = os.open(os.devnull, os.O_RDONLY)
    ready = os.open(home / READY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    errors = os.open(home / OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for target, descriptor in enumerate((nothing, ready, errors)):
        os.dup2(descriptor, target)
        os.close(descriptor)
    name_process(home.name)
    from openline.cli.main import run

    code = run([*arguments, "--home", home.name, "--json"])
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def name_process(name: str) -> None:
    """What `ps` and `top` call this process, where the system allows it."""
    try:
        Path("/proc/self/comm").write_text(name[:15])
    except OSError:
        pass


def bury(children: set[int]) -> None:
    """Take note of children that have ended."""
    for pid in list(children):
        try:
            if os.waitpid(pid, os.WNOHANG)[0]:
                children.discard(pid)
        except ChildProcessError:
            children.discard(pid)


def end_all(children: set[int]) -> None:
    """The demo is gone: nothing of it stays behind."""
    for number, wait_s in ((signal.SIGTERM, STOP_S), (signal.SIGKILL, STOP_S)):
        for pid in children:
            os.kill(pid, number)
        until_s = time.monotonic() + wait_s
        while children and time.monotonic() < until_s:
            time.sleep(LOOK_S)
            bury(children)


def main() -> None:
    """Serve orders until the input ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    load()
    children: set[int] = set()
    waiting = b""
    while True:
        bury(children)
        if not select.select([0], [], [], LOOK_S)[0]:
            continue
        piece = os.read(0, 65_536)
        if not piece:
            break
        *lines, waiting = (waiting + piece).split(b"\n")
        for line in lines:
            pid = be_born(json.loads(line))
            children.add(pid)
            os.write(1, json.dumps({"pid": pid}).encode() + b"\n")
    end_all(children)


if __name__ == "__main__":
    main()
