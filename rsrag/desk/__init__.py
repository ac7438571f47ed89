"""The use cases: what the command line, a service and a notebook share."""
