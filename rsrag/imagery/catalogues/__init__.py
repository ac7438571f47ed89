"""STAC items and Sentinel-2 products: scenes of several files."""
