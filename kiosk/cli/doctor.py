"""How each part of this box is, and what to do; and the bundle for whoever helps from elsewhere."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from kiosk.cli.group import language, say, settings_of
from kiosk.config import ConfigError, Settings

# A box's own user may not write where whoever asks stands: their shell opens the file.
STANDARD_OUTPUT = Path("-")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each part, with its code.")
@click.option(
    "--bundle", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Also write a zip for whoever helps: this, versions, settings without secrets, units, the last day's log. "
         "With - the zip goes to standard output, and what is said to standard error.",
)  # fmt: skip
@click.option("--root", type=click.Path(path_type=Path), default="/", hidden=True)
@click.pass_context
def doctor(ctx: click.Context, as_json: bool, bundle: Path | None, root: Path) -> None:
    """Says how each part is and what to do. Exit code 0 when nothing is broken.

    Nothing is opened that another program uses, and nothing is changed.
    """
    from kiosk import box_words
    from kiosk.upkeep import bundle as packing
    from kiosk.upkeep import health

    folder: Path = ctx.find_root().obj
    settings: Settings | None = None
    try:
        settings = settings_of(ctx)
        findings = health.examine(settings, root)
    except ConfigError as error:
        findings = health.examine_folder(folder, error, root)
    spoken = settings.site.language if settings else language()
    piped = bundle == STANDARD_OUTPUT
    if as_json:
        for finding in findings:
            says, do = box_words.words(finding, spoken)
            click.echo(json.dumps(finding.told() | {"says": says, "do": do}, ensure_ascii=False), err=piped)
    else:
        click.echo("\n".join(health.as_text(findings, settings, spoken)), err=piped)
    if bundle is not None:
        _write(bundle, packing.pack(findings, folder, settings, spoken))
    sys.exit(any(finding.state == "broken" for finding in findings))


def _write(path: Path, content: bytes) -> None:
    """Into a file of its owner only, or out by the pipe. Raises ClickException where nothing may be written."""
    if path == STANDARD_OUTPUT:
        sys.stdout.buffer.write(content)
        return
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        raise click.ClickException(say("cli.bundle.failed", file=path, why=error.strerror or error)) from None
    click.echo(say("cli.bundle", file=path), err=True)
