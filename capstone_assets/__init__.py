"""Link every film in TMDB to its soundtrack releases on Discogs."""

__version__ = "0.1.0"
