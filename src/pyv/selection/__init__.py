"""Which interpreter answers here, and why. No network, no typer: the shim path."""
