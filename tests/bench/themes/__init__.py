"""What ``make bench-themes`` prints: how far themes and stances agree with the manual coding of the real report."""
