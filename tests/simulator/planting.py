"""Planting a defect: one small change of a function's text, for as long as a test wants it.

`Defect` names a function, what stands in it and what stands there instead. A defect whose text
is no longer found fails loudly: the code has moved on and the list must follow.
"""

import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from itertools import count, islice
from random import Random
from types import FunctionType, ModuleType
from typing import Any

from openline.cli.simulator.faults import Faults, draw_faults

CLASS_CELL = "__class__"


@dataclass(frozen=True, slots=True)
class Defect:
    """`where` is `module:function` or `module:Class.method` below `openline.`.

    `needs` names faults or tricks: only histories that draw all of them are played, because the
    others cannot show this defect. `seeds_max` of those are enough to find it.
    """

    name: str
    where: str
    text: str
    instead: str
    needs: tuple[str, ...] = ()
    seeds_max: int = 12

    def seeds(self) -> Iterator[int]:
        """The seeds within which it has to be found."""
        fitting = (seed for seed in count() if self._fits(draw_faults(Random(seed))))
        return islice(fitting, self.seeds_max)

    def _fits(self, faults: Faults) -> bool:
        return all(each in faults.tricks or getattr(faults, each, 0) for each in self.needs)


@contextmanager
def planted(defect: Defect) -> Iterator[None]:
    """The program with the defect in it, everywhere where the function is known by name."""
    module_name, _, path = defect.where.partition(":")
    module = import_module(f"openline.{module_name}")
    owner: Any = module
    *classes, name = path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    function = inspect.unwrap(getattr(owner, name))
    spoilt = rewritten(module, function, defect)
    places = [(owner, name)] if classes else list(aliases(function))
    before = [getattr(place, alias) for place, alias in places]
    for place, alias in places:
        setattr(place, alias, spoilt)
    try:
        yield
    finally:
        for (place, alias), original in zip(places, before, strict=True):
            setattr(place, alias, original)


def rewritten(module: ModuleType, function: FunctionType, defect: Defect) -> Any:
    """The function with its text changed in exactly one place."""
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(defect.text) != 1:
        times = source.count(defect.text)
        raise LookupError(f"{defect.name}: {defect.text!r} stands {times} times in {defect.where}")
    space: dict[str, Any] = {}
    spoilt = source.replace(defect.text, defect.instead)
    exec(spoilt, module.__dict__, space)  # noqa: S102  # our own source with one line changed
    return space[function.__name__]


def aliases(function: FunctionType) -> Iterator[tuple[ModuleType, str]]:
    """Every module of the program that has the function under some name."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "openline":
            for alias, value in list(vars(module).items()):
                if value is function:
                    yield module, alias
