"""From what an officer wants to say to what officers release."""
