"""Pictures that are sent out, and what lies in those that come in."""
