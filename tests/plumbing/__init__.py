"""The plumbing commands, as programs."""
