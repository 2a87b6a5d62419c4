"""The root on disk: atomic writes, locks, blobs, receipts, versions, shims."""
