"""Bytes in, verdict out: signatures, keys and what they admit."""
