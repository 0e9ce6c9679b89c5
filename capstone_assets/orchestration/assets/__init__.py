"""The assets: landed pages, and the tables as recipes that are grouped into steps."""
