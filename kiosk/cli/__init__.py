"""`python -m kiosk …`: every command an operator or a test needs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from kiosk.cli import camera, day, devices, doctor, paper, printer, roster, roster_export, staff, stock
from kiosk.cli.group import Group, say, settings_of

# Of a unit, and of the command that an installed box has: hub and forwarder are two users, and share by their group.
SHARED = 0o007


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--folder", envvar="KIOSK_FOLDER", default="data", show_default=True, type=click.Path(path_type=Path),
    help="Folder that holds site.toml, the database and the keys. Also read from KIOSK_FOLDER.",
)  # fmt: skip
@click.pass_context
def main(ctx: click.Context, folder: Path) -> None:
    """Điểm Tiêm: kiosk and operations of a vaccination site."""
    if os.umask(0o077) == SHARED:  # people's names and numbers are nobody else's on this machine
        os.umask(SHARED)
    ctx.obj = folder


@main.command()
@click.pass_context
def web(ctx: click.Context) -> None:
    """Runs the hub: the web pages and the database. Stops cleanly on Ctrl-C or SIGTERM."""
    from kiosk import server

    settings = settings_of(ctx)
    click.echo(f"http://{settings.hub.listen}")
    server.run(settings)


@main.command()
@click.pass_context
def agent(ctx: click.Context) -> None:
    """Runs the agent: the program that owns this machine's camera and printer."""
    from kiosk import logs
    from kiosk.agent import program

    logs.begin()
    program.run(settings_of(ctx))


@main.command()
@click.option("--once", is_flag=True, help="Send what is due, say what is left, and end.")
@click.pass_context
def forward(ctx: click.Context, once: bool) -> None:
    """Runs the forwarder: it tells the national platform of every dose. One a site.

    With --once the exit code is 0 when the platform has every dose.
    """
    from kiosk import forwarder, logs

    logs.begin()
    settings = settings_of(ctx)
    if not once:
        forwarder.run(settings)
        return
    trouble, left = forwarder.run_once(settings)
    if trouble:
        click.echo(say(f"upstream.reason.{trouble}"), err=True)
    click.echo(say("cli.forwarded", n=sum(left.values()), parked=left.get("parked", 0)))
    sys.exit(bool(left))


@main.command()
@click.option("--port", default=8080, show_default=True, help="First port; the demo takes this and the next few.")
@click.pass_context
def demo(ctx: click.Context, port: int) -> None:
    """Invents a site with 300 people and runs everything, with a virtual camera and printer. Never on a real site."""
    from kiosk.demo import program

    program.run(ctx.find_root().obj, port)


@main.command()
@click.pass_context
def migrate(ctx: click.Context) -> None:
    """Brings the database up to date and takes site and stations over from site.toml. Safe to repeat."""
    from kiosk.upkeep import setup

    n = setup.migrate(settings_of(ctx))
    click.echo(f"migrated; {n} stations")


@main.command()
@click.argument("text")
@click.option("--keyed", is_flag=True, help="TEXT was typed by a keyboard scanner: names and places are left out.")
@click.option("--own", multiple=True, help="An address of this box (https://diem-tiem.local), whose /t/… is a ticket.")
def read(text: str, keyed: bool, own: tuple[str, ...]) -> None:
    """Says what a code's text means, as JSON: kind, confidence, fields. Exit code 1 for one that is unknown.

    With - the code's bytes are read from standard input, so that they stay out of the shell's history.
    """
    from dataclasses import asdict

    from kiosk.rules import codes

    raw = sys.stdin.buffer.read(codes.LONGEST + 1) if text == "-" else text
    code = codes.read_keyed(raw, own) if keyed else codes.read(raw, own)
    click.echo(json.dumps({"kind": code.kind, **asdict(code)}, ensure_ascii=False, default=str))
    sys.exit(isinstance(code, codes.Unknown))


@main.group(cls=Group)
def audit() -> None:
    """The audit chain."""


@audit.command("verify")
@click.pass_context
def audit_verify(ctx: click.Context) -> None:
    """Checks every entry of the audit chain. Exit code 1 when one was changed, removed or slipped in."""
    from kiosk.app import create_app
    from kiosk.store import audit as chain

    settings = settings_of(ctx)
    with create_app(settings).app_context():
        broken = list(chain.verify())
        for box, seq in broken:
            click.echo(f"broken: {box} {seq}", err=True)
        click.echo(f"{chain.count()} entries, {len(broken)} broken, head {chain.head(settings.site.box)[:16]}")
    sys.exit(bool(broken))


main.add_command(camera.camera_test)
main.add_command(camera.decode)
main.add_command(day.report)
main.add_command(day.close_day)
main.add_command(devices.pair)
main.add_command(devices.join)
main.add_command(doctor.doctor)
main.add_command(paper.print_sample)
main.add_command(printer.print_)
roster.roster.add_command(roster_export.export)
roster.roster.add_command(roster_export.phones)
main.add_command(roster.roster)
main.add_command(staff.staff)
main.add_command(stock.stock)
