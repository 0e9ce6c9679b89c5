"""`python -m capstone_assets` is `capstone`."""

from capstone_assets.cli import main

main()
