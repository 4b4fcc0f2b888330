"""Paper on the command line: what a slip looks like, without a printer."""

from __future__ import annotations

from pathlib import Path

import click

from kiosk.cli.group import say

WIDTHS = {"384": 384, "576": 576}


@click.command("print-sample")
@click.argument("kind")
@click.option("--width", default="576", show_default=True, help="Dots of the paper: 384 (58 mm) or 576 (80 mm).")
@click.option(
    "--to", "target", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The PNG to write."
)
@click.option("--language", default="vi", show_default=True, type=click.Choice(["vi", "en"]))
@click.option("--longest", is_flag=True, help="With the longest names, numbers and addresses that a line must hold.")
@click.option("--name", default="", help="Somebody else's name on it.")
def print_sample(kind: str, width: str, target: Path, language: str, longest: bool, name: str) -> None:
    """Draws a slip about invented people into a PNG, dot for dot as a printer would.

    KIND: ticket, comeback, reprint, dose, certificate, deferral, closing, status, badge, vial, blank or width.
    """
    from kiosk.demo import samples

    if kind not in samples.KINDS:
        raise click.ClickException(say("sample.kind", kind=kind, kinds=", ".join(samples.KINDS)))
    if width not in WIDTHS:
        raise click.ClickException(say("sample.width", width=width))
    from PIL import Image

    from kiosk.devices import raster

    dots = raster.draw(samples.sample(kind, samples.cast(language, longest=longest, name=name)), WIDTHS[width])
    try:
        # PNG's own black and white: one bit a dot, nothing in between.
        Image.fromarray(~dots).save(target, format="PNG")
    except OSError as error:
        raise click.ClickException(say("sample.unwritable", path=target, why=error.strerror or "")) from error
    click.echo(say("sample.drawn", path=target, mm=f"{dots.shape[0] / raster.DOTS_PER_MM:.0f}"))
