"""typer, printing and progress."""
