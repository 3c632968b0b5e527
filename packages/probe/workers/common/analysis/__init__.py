"""What can be counted about transcripts, without asking a model."""
