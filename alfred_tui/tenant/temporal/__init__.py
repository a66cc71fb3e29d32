"""Temporal on a tenant: one interface, over ctrl-api or over SSH (docs/temporal.md)."""
