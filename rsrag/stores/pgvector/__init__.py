"""PostgreSQL with PostGIS and pgvector as a store."""
