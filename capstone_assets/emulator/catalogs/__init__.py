"""The catalogs that the emulator serves: read from a folder, bundled, or generated."""
