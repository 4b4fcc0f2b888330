"""Logs: one JSON object a line, `noun.verb` and codes; never a name, a number or a payload of a person."""

from __future__ import annotations

import logging
import re
import sys
from typing import TextIO

import structlog

_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)

# A ticket's token opens the page that says where its holder stands: it is nobody's to read in a log.
_TOKEN = re.compile(r"/t/[^\s'\"?]+", re.IGNORECASE)


def _without_tokens(record: logging.LogRecord) -> bool:
    """Takes the token out of what the web server says of a request that went wrong: it names the address whole."""
    said = record.getMessage()
    if _TOKEN.search(said):
        record.msg, record.args = _TOKEN.sub("/t/…", said), ()
    return True


def begin(stream: TextIO = sys.stderr) -> None:
    """Sends everything that our programs and their libraries log to `stream`; libraries from WARNING on."""
    structlog.configure(
        processors=[*_SHARED, structlog.processors.JSONRenderer(ensure_ascii=False)],
        logger_factory=structlog.PrintLoggerFactory(file=stream),
    )
    out = logging.StreamHandler(stream)
    out.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED, processor=structlog.processors.JSONRenderer(ensure_ascii=False)
        )
    )
    logging.basicConfig(handlers=[out], level=logging.WARNING, force=True)
    logging.getLogger("kiosk").setLevel(logging.INFO)
    logging.getLogger("gunicorn.error").addFilter(_without_tokens)
