"""Observe, judge, remember, for all tenants; knows no screen."""
