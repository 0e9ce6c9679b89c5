"""Discogs' monthly dump and TMDB's daily list of ids, read as streams."""
