"""What has changed at the sources, and which partitions are due because of it."""
