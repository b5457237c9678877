"""What a sealed entry says to us: its key from the archive, its opening, its newest prekey."""
