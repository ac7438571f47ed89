"""Where shards are embedded: processes here, Ray, Dask, Slurm."""
