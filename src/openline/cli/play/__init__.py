"""The histories of `openline demo` as data, and the player that carries them between nodes."""
