"""Paper: a document as a PDF for the file, set by Typst in fonts that the program brings along."""
