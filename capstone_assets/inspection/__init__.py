"""Inspect a finished run or a stored link from the lake."""
