"""Selection, from outside and as values."""
