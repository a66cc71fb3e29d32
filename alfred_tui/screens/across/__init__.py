"""Lists across all tenants: paused schedules, stuck workflows, images."""
