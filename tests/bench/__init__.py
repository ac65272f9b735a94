"""What ``make bench`` prints: the figures of the main job, measured on the real report."""
