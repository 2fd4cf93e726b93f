"""What twins are made with: data on which an analysis gives wanted numbers."""
