"""pyenv's commands with pyenv's grammar and output, without typer."""
