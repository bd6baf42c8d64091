"""Node types that only a test installs."""
