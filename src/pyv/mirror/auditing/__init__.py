"""What `pyv mirror audit` looks for: each module turns the evidence into findings of one kind, and reads no more."""
