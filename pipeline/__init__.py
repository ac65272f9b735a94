"""Thematic analysis of Dutch focus-group notes, from source files to agreement with human coders.

    sources -> utterances -> fragments -> tokens -----.
                                  |'-> embeddings ----+-> topics -----------------.
    codebook, given codings ------'-------------------+-> stances ----------------+-> machine codings -.
                     '-> human codings -----------------------------------------------------------------+-> codings
    codings -> agreement -> report

Every arrow is a stage: a pure function of tables (see ``pipeline.stages``). Importing this package loads nothing.
"""
