"""What a node keeps beside the log: backups, archive, audit, notebook, legal holds."""
