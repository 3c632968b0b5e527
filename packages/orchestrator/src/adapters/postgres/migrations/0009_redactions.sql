-- What was taken out of a submission before it was stored: the values behind its placeholders, sealed with AES-256-GCM.

CREATE TABLE switchyard.redactions (
  task_id    uuid PRIMARY KEY REFERENCES switchyard.tasks (id) ON DELETE CASCADE,
  -- Which key sealed it; the key itself is in no table.
  key_id     varchar(64) NOT NULL,
  -- Random, one for each row. The task's id is authenticated with the values: moved to another task, the row does not open.
  nonce      bytea NOT NULL,
  -- Ciphertext, then the tag of 16 bytes.
  sealed     bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
