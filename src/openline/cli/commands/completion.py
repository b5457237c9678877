"""`openline completion SHELL`: print the script that completes commands and options.

Shapes   stdout is the script itself, to be read by the shell; data is {"shell", "script"}
Units    none
Raises   nothing
Source   docs/OPERATE.md, "Completion"
Never    writes into a user's start-up files
"""

import click
from click.shell_completion import get_completion_class

from openline.cli.face import Command, Face, with_face

VARIABLE = "_OPENLINE_COMPLETE"


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@with_face
def completion(face: Face, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash:  eval "$(openline completion bash)"
    zsh:   eval "$(openline completion zsh)"
    fish:  openline completion fish | source
    """
    from openline.cli.main import program

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    script = kind(program, {}, "openline", VARIABLE).source()
    face.give("completion", {"shell": shell, "script": script}, lambda: [script])
