"""pyv: the right CPython on a machine in a second, with proof of where it came from."""

__version__ = "0.1.0"
