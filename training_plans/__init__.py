"""From ability profiles to clusters, drills, plans and digests."""
