"""`musafir backup`, `musafir restore`, `musafir doctor` and `musafir rasa`."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import click

from bot.errors import SetupError
from bot.operating.backup import backup_into, backup_to, write_backup
from bot.operating.doctor import as_json, as_text, examine
from bot.operating.installation import Installation
from bot.operating.restore import restore as restore_backup
from bot.rasa.process import run_here
from bot.settings import load_settings
from bot.training.folder import ModelFolder


@click.command()
@click.argument("target", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--keep", default=14, show_default=True, type=click.IntRange(1), help="Days after which one in a folder is deleted."
)
def backup(target: Path, keep: int) -> None:
    """Save database, texts and model to TARGET: a folder, a file, or - for another program, such as age.

    The bot may run. The key in var/secret is not in it: keep that apart.
    """
    installation = _installation()
    if str(target) == "-":
        if sys.stdout.isatty():
            raise SetupError("a backup is not for the eye", "send it to a program: musafir backup - | age -r … > FILE")
        write_backup(installation, sys.stdout.buffer)
        return
    if target.is_dir():
        target = backup_into(installation, target, timedelta(days=keep))
    else:
        backup_to(installation, target)
    click.echo(f"{target}: {target.stat().st_size / 1e6:.0f} MB", err=True)


@click.command()
@click.argument("source", type=click.File("rb"))
def restore(source: BinaryIO) -> None:
    """Put the backup SOURCE (a file, or - for what another program sends) in place of what is here.

    Bot and desk must be stopped. What was here is kept in var/before-restore-…
    """
    done = restore_backup(_installation(), source)
    made = f"{done.manifest.made_at:%Y-%m-%d %H:%M} UTC"
    click.echo(f"Restored as of {made}. What was here before is in {done.aside}: delete it when all is well.", err=True)
    for note in done.notes:
        click.echo(note, err=True)


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Print a list of objects for other programs.")
def doctor(is_json: bool) -> None:
    """Look whether this installation is sound, and say what to do. Exit code 1 when something is broken."""
    findings = asyncio.run(examine(_installation))
    click.echo(as_json(findings) if is_json else as_text(findings))
    if any(finding.is_broken for finding in findings):
        sys.exit(1)


@click.command()
@click.option("--port", default=5005, show_default=True, type=click.IntRange(1, 65535), help="Port on the loopback.")
def rasa(port: int) -> None:
    """Run only Rasa, with the chosen model, for a bot whose RASA_URL names it. Restart it for another model."""
    folder = ModelFolder()
    if (model := folder.chosen()) is None:
        raise SetupError("no model has been chosen yet", "run `musafir train` once")
    run_here(folder.file(model), port)


def _installation() -> Installation:
    """This one. Raises `SetupError` when its files belong to somebody else: those that we make would lock them out."""
    installation = Installation(load_settings())
    if installation.var.exists() and (owner := installation.var.stat().st_uid) != os.geteuid():
        raise SetupError(
            f"{installation.var} belongs to another user", f"run this as that one: sudo -u '#{owner}' musafir …"
        )
    return installation
