"""Documents: what is shown of messages, cases and registers, before anything is drawn."""
