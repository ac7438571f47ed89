"""Time, resolution and sensor of a scene."""
