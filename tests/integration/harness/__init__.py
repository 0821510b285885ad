"""What the integration tests share: a real stack, a client, comparisons."""
