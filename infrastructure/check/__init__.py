"""Examine what would be deployed, without Azure: `python -m infrastructure.check`.

Belongs here: reading the templates, and contracts that only this project knows.
Not here: checkov, which `make infra-check` runs after this, and deploying (deploy.sh).
"""
