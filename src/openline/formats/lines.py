"""Reading texts of keyword lines: charters, cards and requests share one strict reader.

Shapes   Lines(data) walks forward once; every method takes lines or refuses
Units    none
Raises   Malformed
Source   docs/PROTOCOL.md parts 4, 5 and 7 (lines in exactly this order, single spaces, LF)
Never    skips a line, and never takes one out of its place
"""

from openline.formats.malformed import Malformed
from openline.formats.spell import text_lines


class Lines:
    """The lines of one text, taken from first to last."""

    def __init__(self, data: bytes | str, bytes_max: int, what: str) -> None:
        self._lines = text_lines(data, bytes_max, what=what)
        self._at = 0
        self._what = what

    def exactly(self, line: str) -> None:
        """Take this line."""
        if self.line() != line:
            raise Malformed(self._what, f"line {self._at} is not `{line}`")

    def line(self) -> str:
        """Take the next line, whatever it says."""
        if self._at == len(self._lines):
            raise Malformed(self._what, "ends too early")
        self._at += 1
        return self._lines[self._at - 1]

    def one(self, keyword: str) -> str:
        """Take one line of this keyword; what follows it may hold spaces."""
        word, _, rest = self.line().partition(" ")
        if word != keyword:
            raise Malformed(self._what, f"line {self._at} is not `{keyword}`")
        return rest

    def raw(self, *keywords: str) -> tuple[str, ...]:
        """Take all lines of these keywords that stand next, whole."""
        found = []
        while self._at < len(self._lines) and self._lines[self._at].partition(" ")[0] in keywords:
            found.append(self.line())
        return tuple(found)

    def words(self, keyword: str, count: int) -> list[list[str]]:
        """Take all lines of this keyword that stand next, each with `count` words after it."""
        found = [line.split(" ")[1:] for line in self.raw(keyword)]
        if any(len(words) != count for words in found):
            raise Malformed(self._what, f"a `{keyword}` line without {count} words after it")
        return found

    def rest(self) -> list[str]:
        """Take every line that is left."""
        left = self._lines[self._at :]
        self._at = len(self._lines)
        return left

    def end(self) -> None:
        """Nothing may be left."""
        if self._at != len(self._lines):
            raise Malformed(self._what, f"line {self._at + 1} is out of place")
