"""The same bytes by other ways: parcels, relays, early notices; and the neutral witness."""
