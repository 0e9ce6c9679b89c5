"""Let tools that still call setup.py build the package; pyproject.toml declares everything."""

from setuptools import setup

setup()
