"""The doors of ONE tenant: ctrl-api over HTTP and the banner of port 22; wire types, typed errors."""
