"""Other ways to link the same files, measured beside ours on the same labels.

Belongs here: baselines, their measurement and the table that compares them.
Not here: our own linking (capstone_assets/matching/), speed of the whole run.
"""
