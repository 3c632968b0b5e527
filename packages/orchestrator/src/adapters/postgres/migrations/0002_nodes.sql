-- What each node works for, said by itself every few seconds. A row counts for as long as its node holds its liveness lock.

CREATE TABLE switchyard.nodes (
  node_id integer PRIMARY KEY,
  pid     integer NOT NULL,
  -- [{arm, slots, problem}], problem null when it can work.
  arms    jsonb NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now()
);
