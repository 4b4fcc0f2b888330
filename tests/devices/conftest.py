"""Virtual printers that are switched off after the test."""

import pytest

from kiosk.devices.virtual_printer import VirtualPrinter


@pytest.fixture
def machines():
    """Makes virtual printers and switches them all off in the end."""
    made = []

    def make(*where, **ways):
        machine = VirtualPrinter(*where, **ways)
        machine.start()
        made.append(machine)
        return machine

    yield make
    for machine in made:
        machine.stop()


@pytest.fixture
def machine(machines):
    return machines()
