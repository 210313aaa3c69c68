"""mgi-vnr: from Migration Governance Indicators and Voluntary National Review documents to a dataset people review."""

__version__ = "0.1.0"
