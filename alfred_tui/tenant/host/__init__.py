"""A tenant's machine looked at over SSH: what is asked, and how the answers are read."""
