"""What the deployment promises: settings, events, and the inputs of each function."""
