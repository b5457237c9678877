"""`openline config show`: every setting, its value and where it came from.

Shapes   data is {"settings": {name: {"value", "origin"}}}
Units    timeout_s in seconds
Raises   BadSettings
Source   docs/OPERATE.md, "Configuration"
Never    shows a secret: none is a setting
"""

import click

from openline.cli.face import Face, Group, table, with_face


@click.group(cls=Group)
def config() -> None:
    """Show settings and where they come from."""


@config.command("show")
@click.option("--origin", is_flag=True, help="Also say which flag, variable or file it is from.")
@with_face
def show(face: Face, origin: bool) -> None:
    """Show every setting. First wins: flag, OPENLINE_NAME, ./openline.toml, user file, /etc.

    \b
    Example:  openline config show --origin
    """
    settings = face.settings
    value = {
        name: {"value": settings.values[name], "origin": settings.origin[name]}
        for name in settings.values
    }
    columns = ["setting", "value", "origin"] if origin else ["setting", "value"]
    rows = [[n, v["value"], v["origin"]][: len(columns)] for n, v in value.items()]
    face.give("config", {"settings": value}, lambda: table(columns, rows))
