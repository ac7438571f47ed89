"""Settings: from the environment, the config file and defaults, in that order."""

from rsrag.config.settings import Settings, available_processors

__all__ = ["Settings", "available_processors"]
