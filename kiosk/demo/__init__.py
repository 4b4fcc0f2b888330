"""An invented commune, and the desk that holds its cards in front of the virtual camera. Never part of a real site."""
