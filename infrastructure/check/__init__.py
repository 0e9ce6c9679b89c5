"""Examine what would be deployed, without Azure: `python -m infrastructure.check`.

Belongs here: reading the templates, and every claim that can be held against files alone.
Not here: checkov, which `make infra-check` runs after this, and deploying (deploy.sh).
"""
