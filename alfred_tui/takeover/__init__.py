"""Taking over a fleet: what others know of it, merged into what is known here; and the doctor.

Merging and judging are pure; reading files, the cloud and the tailnet is done in modules of their
own, each with its own time limits and its own typed error.
"""
