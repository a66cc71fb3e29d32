"""The words everybody speaks: frozen values, no I/O, nothing of ours imported from elsewhere."""
