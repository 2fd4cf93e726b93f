"""How many clients a replication of the three quantitative studies needs."""
