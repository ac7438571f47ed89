"""CLIP models by open_clip: GeoRSCLIP and its family."""
