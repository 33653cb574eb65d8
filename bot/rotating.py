"""`musafir secret`: changes the key under which people are kept."""

from __future__ import annotations

import click

from bot.errors import SetupError
from bot.keys import KeyFile
from bot.settings import load_settings


@click.group()
def secret() -> None:
    """The key of pseudonyms and of encrypted chat numbers."""


@secret.command()
@click.option("--forget-old", is_flag=True, help="End the change: delete the key before. Who has not come back is new.")
def rotate(forget_old: bool) -> None:
    """Make a new key. People are recognised once more under the one before, which stays in var/secret.old.

    Restart the bot afterwards: at its start it takes over reminders, news and talks, later each profile at a visit.
    """
    if load_settings().musafir_secret:
        raise SetupError(
            "MUSAFIR_SECRET is set, the key is not in var/",
            "put its value into MUSAFIR_SECRET_OLD, a new random one into MUSAFIR_SECRET (openssl rand -hex 32), "
            "and restart the bot; some weeks later take MUSAFIR_SECRET_OLD out and restart it again",
        )
    if forget_old:
        forgotten = KeyFile().forget_former()
        click.echo("The key before is deleted. Restart the bot." if forgotten else "There is no key before.", err=True)
    else:
        KeyFile().rotate()
        click.echo("There is a new key. Restart the bot; end the change with --forget-old in some weeks.", err=True)
