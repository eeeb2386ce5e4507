"""What systems do wrong, over the real connectors, and how the run ends that meets it."""
