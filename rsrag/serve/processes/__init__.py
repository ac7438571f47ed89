"""The service as one process, or as several behind one address."""
