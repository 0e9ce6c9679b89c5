"""What must hold of the tables: plain functions that return findings."""
