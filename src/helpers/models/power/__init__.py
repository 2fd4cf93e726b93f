"""Power by simulation, and by formula where there is one."""
