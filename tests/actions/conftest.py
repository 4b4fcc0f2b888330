"""What the tests of this room share."""

from tests.cast import door, hub, inside, opened, players  # noqa: F401
