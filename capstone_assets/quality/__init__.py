"""The claims about the tables: plain functions that return findings."""
