"""A real Kubernetes on this machine, for tests: its parts, one idea a module."""
