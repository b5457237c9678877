"""Documents of what was said: a message, a case, a register, a watch sheet. Pure."""
