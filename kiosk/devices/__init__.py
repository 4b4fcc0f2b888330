"""What is plugged in: one driver a file behind a tiny protocol, each with a simulator that can misbehave."""
