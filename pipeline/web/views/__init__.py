"""The pages: one module per subject, one function per address."""
