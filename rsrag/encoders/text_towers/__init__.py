"""Text encoders in NumPy, without torch."""
