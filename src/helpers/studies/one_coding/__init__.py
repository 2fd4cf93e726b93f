"""What is computed and said of codings, of whatever study."""
