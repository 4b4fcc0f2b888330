"""The box itself: setting it up, and its health."""
