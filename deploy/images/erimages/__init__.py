"""Makes container images from local files, with no registry and no engine."""
