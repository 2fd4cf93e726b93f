"""Agreement between coders, and how many videos a codebook needs."""
