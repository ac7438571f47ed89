"""A build in shards: planned once, embedded anywhere, committed by one."""
