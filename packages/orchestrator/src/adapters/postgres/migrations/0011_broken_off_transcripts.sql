-- A conversation that broke off is kept with what was said until then. Null: it was held to its end.
ALTER TABLE switchyard.transcripts ADD COLUMN error jsonb;
