"""What everything stands on: variables, the graph of symbolic tensors, names and configurations."""
