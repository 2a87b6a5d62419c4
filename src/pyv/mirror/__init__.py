"""A place to install from: keys, signed records, blobs, a server."""
