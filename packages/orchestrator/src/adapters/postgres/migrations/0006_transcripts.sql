-- Recorded conversations, and what the nodes have learnt together of the providers' limits.

CREATE TABLE switchyard.transcripts (
  id                  uuid PRIMARY KEY,
  -- The task that held it. It outlives the task only inside a run.
  task_id             uuid UNIQUE REFERENCES switchyard.tasks (id) ON DELETE SET NULL,
  -- The attempt that wrote it: an earlier one may not overwrite a later one.
  attempt             integer NOT NULL,
  run_id              uuid,
  scenario_id         varchar(200) NOT NULL,
  model_id            varchar(200) NOT NULL,
  -- What the provider says has answered; null when it does not say.
  model_version       text,
  sample_index        integer NOT NULL DEFAULT 0,
  -- {schemaVersion: 1, turns: [{role, content, label?, inputTokens?, outputTokens?}]}
  content             jsonb NOT NULL,
  turn_count          integer NOT NULL,
  token_count         integer NOT NULL,
  duration_ms         integer NOT NULL,
  -- US dollars; null when the price is not known.
  estimated_cost      numeric(14, 8),
  -- True when no model was asked.
  scripted            boolean NOT NULL DEFAULT false,
  definition_snapshot jsonb,
  created_at          timestamptz NOT NULL DEFAULT now()
);

-- One outcome for each, whatever crashes.
CREATE UNIQUE INDEX idx_transcripts_run
  ON switchyard.transcripts (run_id, scenario_id, model_id, sample_index) WHERE run_id IS NOT NULL;
CREATE INDEX idx_transcripts_created_at ON switchyard.transcripts (created_at DESC, id DESC);
-- What retention removes: its task has gone and it belongs to no run.
CREATE INDEX idx_transcripts_forsaken ON switchyard.transcripts (id) WHERE task_id IS NULL AND run_id IS NULL;

-- One for each provider, address and key (a digest stands for those).
CREATE TABLE switchyard.provider_lanes (
  lane         varchar(80) PRIMARY KEY,
  -- Calls at once that all nodes together may have open.
  call_window  double precision NOT NULL,
  -- No limit has been met yet.
  starting     boolean NOT NULL DEFAULT true,
  paused_until timestamptz,
  lowered_at   timestamptz,
  updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE switchyard.provider_lane_nodes (
  lane    varchar(80) NOT NULL REFERENCES switchyard.provider_lanes (lane) ON DELETE CASCADE,
  node_id integer NOT NULL,
  -- Calls that it has open or waiting.
  wanted  integer NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (lane, node_id)
);
