"""Both APIs, TMDB's and Discogs's, answered on this machine from a catalog folder.

Belongs here: what every part of the emulator shares, which is the base of its errors.
Not here: reading a catalog (catalog.py), answering (app.py), being a process (server.py).
"""


class EmulatorError(Exception):
    """The emulator cannot serve, and its message says why and what to do.

    EmulatorError
      CatalogError   the catalog folder has faults
      FaultFileError the file of faults to inject has faults of its own
      ServerError    the port or the process
    """
