"""Bytes over HTTP and from directories: bounded, resumable, retried."""
