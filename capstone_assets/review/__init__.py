"""A person's review of pairs that are too close to call, and what follows from it."""
