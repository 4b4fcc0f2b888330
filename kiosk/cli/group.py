"""What the commands share: the site they are for, and how they speak."""

from __future__ import annotations

import os

import click

from kiosk import config, wording
from kiosk.config import ConfigError, Settings
from kiosk.errors import NotFound, Refusal


def language() -> str:
    """The language of this terminal: Vietnamese where LANG says so, else English."""
    return "vi" if os.environ.get("LANG", "").startswith("vi") else "en"


def say(code: str, **facts: object) -> str:
    """A sentence in the language of this terminal."""
    return wording.say(code, language(), **facts)


class Group(click.Group):
    """Says a refusal or a mistake in `site.toml` as a sentence, never as a stack trace."""

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise click.ClickException(str(error)) from error
        except Refusal as refusal:
            raise click.ClickException(say(f"refusal.{refusal.code}", **refusal.facts)) from refusal
        except NotFound as error:
            raise click.ClickException(say("cli.not_found", what=str(error))) from error


def settings_of(ctx: click.Context) -> Settings:
    """The settings of the site that the command is for. Raises ConfigError."""
    return config.load(ctx.find_root().obj)
