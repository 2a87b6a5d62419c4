"""One file a group of commands: options in, a workflow called, results out."""
