"""What a research team asks of each theme: who carries it, what shows it, what answers it, what it meets."""
