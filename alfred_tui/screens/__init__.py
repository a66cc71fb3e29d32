"""One module per screen; a screen shows state and asks for operations, nothing else."""
