"""An index of imagery that stays open, and what a search gives."""
