"""Shell over SSH: commands on a tenant, its host keys, the way in for a person (docs/ssh.md)."""
