"""Moving in from pyenv or uv: what is there, links to it, twins of it, both resolvers compared, what still needs it."""
