"""Emulate both APIs, TMDB's and Discogs's, on this machine from a catalog folder.

Belongs here: the base of the emulator's errors.
Not here: reading a catalog (catalogs/catalog.py), the app (app.py), the process (server.py).
"""


class EmulatorError(Exception):
    """The emulator cannot serve; the message says why and what to do.

    EmulatorError
      CatalogError   the catalog folder has faults
      FaultFileError the file of faults to inject has faults of its own
      ServerError    the port or the process
    """
