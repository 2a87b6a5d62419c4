"""The main job: plan, fetch, verify, extract, patch, record, activate, link, shim."""
