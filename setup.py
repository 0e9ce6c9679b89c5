"""Let tools that still call setup.py build the package; everything is declared in pyproject.toml."""

from setuptools import setup

setup()
