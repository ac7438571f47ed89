"""What covers a scene: classes, maps of them, and what is made of such maps."""
