"""The doors of ONE tenant: ctrl-api over HTTP, the banner of port 22; typed errors."""
