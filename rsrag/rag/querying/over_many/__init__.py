"""Questions over many places: ranked, counted, summed up, held against others."""
