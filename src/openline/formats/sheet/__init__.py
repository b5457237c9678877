"""Tables of others: CSV and XLSX read strictly, rows turned into fields by a stated map."""
