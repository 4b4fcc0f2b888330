"""Trust in devices, at the machine itself: tokens and codes made on the hub, and an extra machine that joins it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import click

from kiosk.cli.group import say, settings_of

a_file = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("station")
@click.option("--save", type=a_file, help="Also write the token to this file, for an agent or the box's own browser.")
@click.option("--once", is_flag=True, help="A code that pairs one device, and ends after 24 hours.")
@click.pass_context
def pair(ctx: click.Context, station: str, save: Path | None, once: bool) -> None:
    """Prints a token that lets an agent or a screen of this machine act for STATION; it lasts until it is revoked.

    With --once a code for one other device instead: to be typed there, or to be given to `join`.
    """
    from kiosk.upkeep import setup

    if once and save:
        raise click.UsageError("--save is for a token that lasts, and --once makes a code that does not")
    settings = settings_of(ctx)
    token = setup.invite(settings, station) if once else setup.pair(settings, station)
    if save:
        with _draft(save, 0o600) as file:
            file.write(token)
    click.echo(token)


@click.command()
@click.argument("hub")
@click.argument("code", default="-")
@click.option("--name", default="", help="How the devices' page is to call this machine. The host name when absent.")
@click.option("--token-to", type=a_file, help="Where the agent's token goes. agent.token in the folder when absent.")
@click.option("--authority-to", type=a_file, help="Where the site's authority goes. authority.crt in the folder.")
@click.option("--screen-to", type=a_file, help="Also ask for a token for this machine's browser; where it goes.")
@click.option("--station-to", type=a_file, help="Also write the station's code to this file.")
@click.option("--certificate-from", default="", help="Address of the authority. http://HUB/ca.crt when absent.")
@click.pass_context
def join(
    ctx: click.Context, hub: str, code: str, name: str, token_to: Path | None, authority_to: Path | None,
    screen_to: Path | None, station_to: Path | None, certificate_from: str,
) -> None:  # fmt: skip
    """Makes this machine an agent of the hub at HUB (diem-tiem.local), by the one-time CODE of its station.

    The code stands on a status slip and on the devices' page, or comes from `pair STATION --once`. Without CODE, or
    with -, it is asked for. Prints the station's code. Needs no site.toml. After a power cut run the same again.
    """
    from kiosk.agent import joining

    folder: Path = ctx.find_root().obj
    address, authority = joining.addresses(hub)
    code = _asked_code() if code == "-" else code
    token_to = token_to or folder / "agent.token"
    begun = token_to.with_name(f"{token_to.name}.joining")
    with ExitStack() as stack:
        # Opened before the code is used up: a folder that takes nothing is found in time. The first takes its place
        # last: whoever sees the agent's token has the rest too.
        token_file = stack.enter_context(_draft(token_to, 0o600))
        authority_file = stack.enter_context(_draft(authority_to or folder / "authority.crt", 0o644))
        screen_file = stack.enter_context(_draft(screen_to, 0o600)) if screen_to else None
        station_file = stack.enter_context(_draft(station_to, 0o644)) if station_to else None
        name = name or os.uname().nodename
        try:
            joined = joining.join(address, certificate_from or authority, code, name, begun, screen=bool(screen_to))
        except OSError as error:
            raise click.ClickException(say("cli.unwritable", path=begun, why=error.strerror or "")) from error
        token_file.write(joined.token)
        authority_file.write(joined.authority)
        if screen_file:
            screen_file.write(joined.screen)
        if station_file:
            station_file.write(joined.station)
    begun.unlink(missing_ok=True)
    click.echo(joined.station)
    click.echo(say("cli.join.done", hub=address), err=True)


def _asked_code() -> str:
    """From whoever types it, or from another program, which needs no question."""
    if sys.stdin.isatty():
        return str(click.prompt(say("cli.join.code"), err=True))
    return sys.stdin.readline().strip()


@contextmanager
def _draft(path: Path, mode: int) -> Iterator[IO[str]]:
    """A file to write, which takes its place when all is well: whole or not at all. Raises click.ClickException."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="ascii")
    except OSError as error:
        raise click.ClickException(say("cli.unwritable", path=path, why=error.strerror or "")) from error
    try:
        with file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
