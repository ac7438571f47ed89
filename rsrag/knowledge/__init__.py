"""Knowledge about places: names of regions, and later landmarks, facts and passages."""
