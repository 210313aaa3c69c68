"""Measure proposals against gold passages: per label, by language and kind, with intervals; compare two versions.

    gold       labelled passages, one JSON object a line
    measure    figures
    compare    gains and losses between two versions
    options    how to measure

The modules are imported one by one: the options are read by every command, numpy only where something is measured.
"""
