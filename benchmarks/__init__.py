"""Other ways to link the same files, measured beside ours on the same labels.

Belongs here: baselines and peers, their measurement, the table and the charts that compare them.
Not here: our own linking (capstone_assets/matching/), drawing charts (capstone_assets/report/).
"""
