"""The comparison of coders in a study: the tables agreement and crosstabs."""
