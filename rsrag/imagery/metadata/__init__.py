"""Metadata of scenes besides their pixels: times, sensors, sidecar files."""
