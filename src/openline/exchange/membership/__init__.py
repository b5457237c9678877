"""Who is who and who is on which line: cards, officers, charters, succession."""
