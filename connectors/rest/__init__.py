"""Systems with a plain REST API that a YAML file describes."""
