"""The contract with the deployment: settings, events, and the input of each function."""
