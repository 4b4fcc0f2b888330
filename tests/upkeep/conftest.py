"""What the tests of this room share: the cast of everybody."""

from tests.cast import hub, inside, opened, players  # noqa: F401
