"""The root of every error that Openline raises on purpose.

Shapes   OpenlineError(message); subclasses live beside the function that raises them
Units    none
Raises   nothing by itself
Source   docs/errors.md lists every code with its cause and its remedy
Never    knows HTTP, an exit code or a language: each face translates `code` by one table
"""

from typing import ClassVar


class OpenlineError(Exception):
    """A fact with a name: what was refused, where, and what a person can do about it."""

    code: ClassVar[str] = "openline.error"
    remedy: ClassVar[str] = "Read the message; nothing that was stored has changed."
