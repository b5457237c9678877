"""`openline import`: notices in other notations, and tables, as drafts on a line.

Shapes   a group of two commands
Units    none
Raises   what the commands raise
Source   docs/OPERATE.md, "In and out"
Never    sends without the officers that the form asks for
"""

import click

from openline.cli.commands.import_notices import notices
from openline.cli.commands.import_table import table
from openline.cli.face import Group


@click.group(cls=Group, name="import")
def import_() -> None:
    """Take in notices in other notations, or a table of many messages.

    \b
    Example:  openline import notices warnings.txt --notation navwarn --dry-run
              openline import table sites.csv --map sites.toml --line "Relief" --dry-run
    """


import_.add_command(notices)
import_.add_command(table)
