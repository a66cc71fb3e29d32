"""What is behind the number keys of a tenant's screen: a page each, all on the same screen."""
