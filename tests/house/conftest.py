"""What the tests of this room share."""

from tests.cast import hub, players  # noqa: F401
