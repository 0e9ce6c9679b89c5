"""The lakehouse: its tables, how they are stored, and the raw pages beside them."""
