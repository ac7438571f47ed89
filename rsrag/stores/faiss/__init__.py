"""The FAISS store."""
