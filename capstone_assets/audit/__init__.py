"""Records of what each step did, and where they are sent."""
