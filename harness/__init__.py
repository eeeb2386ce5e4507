"""What tests, bench and tools share: servers, stores, browsers, sandboxes."""
