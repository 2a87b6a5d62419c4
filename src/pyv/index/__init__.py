"""The index as a client holds it: opened, verified, cached, refreshed; and the roots that were accepted for it."""
