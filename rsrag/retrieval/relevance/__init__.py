"""How likely it is that a hit shows what was asked for."""
