"""Find passages, passages alike, and where the Migration Governance Indicators are cited."""
