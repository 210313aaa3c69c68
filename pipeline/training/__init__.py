"""Train what the tagger knows: linear model and second stage (extra `train`), encoder (extra `encoder`)."""
