"""What make calls: each command in a module, imported by no other room."""
