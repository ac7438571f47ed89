"""Records and facts as English sentences."""
