"""The long proofs behind `scripts/prove`: no part of a normal test run."""
