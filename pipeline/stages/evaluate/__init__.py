"""Measure proposals against gold passages: per label, by language and kind, with intervals; compare two versions."""
