"""The SSH door of a simulated tenant, and the box behind it.

Only :mod:`.porter`, :mod:`.fence` and :mod:`.keys` are loaded while nobody logs in; the protocol
and the box come with the first login.
"""
