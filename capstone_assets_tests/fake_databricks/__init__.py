"""A Databricks workspace on loopback that truly runs what is submitted to it.

`workspace.py` speaks the REST API, `cluster.py` is a cluster's driver: a process of its own, in
which neither the checkout nor the folders of the machine that launches can be opened.
"""
