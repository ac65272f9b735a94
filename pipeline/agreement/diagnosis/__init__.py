"""Where coders differ, what the topics miss, and what more coding would bring."""
