-- Tasks, their results and events, the screen's audit log, idempotency keys.

CREATE TYPE switchyard.task_status AS ENUM ('pending', 'processing', 'completed', 'failed', 'cancelled');
CREATE TYPE switchyard.task_priority AS ENUM ('low', 'medium', 'high', 'critical');

CREATE TABLE switchyard.tasks (
  id                  uuid PRIMARY KEY,
  goal                text NOT NULL,
  status              switchyard.task_status NOT NULL DEFAULT 'pending',
  constraints         jsonb NOT NULL DEFAULT '{}',
  context             text,
  acceptance_criteria jsonb NOT NULL DEFAULT '[]',
  budget              jsonb NOT NULL,
  priority            switchyard.task_priority NOT NULL DEFAULT 'medium',
  parent_task_id      uuid REFERENCES switchyard.tasks (id) ON DELETE CASCADE,
  run_id              uuid,
  assigned_arm        varchar(63) NOT NULL,
  input               jsonb,
  metadata            jsonb NOT NULL DEFAULT '{}',
  -- W3C trace context of the submission.
  trace_id            char(32) NOT NULL,
  span_id             char(16) NOT NULL,
  start_after         timestamptz,
  max_attempts        smallint NOT NULL DEFAULT 3,

  -- Where it stands. Only the current attempt may write its outcome.
  attempt             integer NOT NULL DEFAULT 0,
  failures            integer NOT NULL DEFAULT 0,
  worker_deaths       integer NOT NULL DEFAULT 0,
  processing_time_ms  bigint,
  progress            jsonb,
  cancel_requested_at timestamptz,
  -- Who works on the current attempt, and the job that it holds.
  node_id             integer,
  job_id              uuid,
  job_delivery        integer,
  -- Number of the last event; the next one is this plus one, which keeps the numbers gapless.
  last_event          integer NOT NULL DEFAULT 0,
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now(),
  ended_at            timestamptz
);

CREATE INDEX idx_tasks_status ON switchyard.tasks (status);
CREATE INDEX idx_tasks_created_at ON switchyard.tasks (created_at DESC, id DESC);
CREATE INDEX idx_tasks_parent ON switchyard.tasks (parent_task_id) WHERE parent_task_id IS NOT NULL;
CREATE INDEX idx_tasks_run ON switchyard.tasks (run_id) WHERE run_id IS NOT NULL;

CREATE TABLE switchyard.task_results (
  task_id            uuid PRIMARY KEY REFERENCES switchyard.tasks (id) ON DELETE CASCADE,
  result             jsonb,
  -- {code, message} of a failed task.
  error              jsonb,
  processing_time_ms bigint,
  usage              jsonb,
  -- US dollars; null when the price is not known.
  cost               numeric(14, 8),
  created_at         timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE switchyard.task_events (
  task_id    uuid NOT NULL REFERENCES switchyard.tasks (id) ON DELETE CASCADE,
  number     integer NOT NULL,
  type       text NOT NULL,
  data       jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (task_id, number)
);

-- Types and positions only; a matched value is never stored. task_id is null where the submission was blocked.
CREATE TABLE switchyard.screen_log (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_id    uuid,
  arm        varchar(63) NOT NULL,
  status     text NOT NULL,
  findings   jsonb NOT NULL,
  request_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_screen_log_created_at ON switchyard.screen_log (created_at);

CREATE TABLE switchyard.idempotency_keys (
  key        text PRIMARY KEY,
  -- SHA-256 of the canonical request, hex.
  digest     char(64) NOT NULL,
  task_id    uuid NOT NULL REFERENCES switchyard.tasks (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);

CREATE INDEX idx_idempotency_keys_expires_at ON switchyard.idempotency_keys (expires_at);
CREATE INDEX idx_idempotency_keys_task ON switchyard.idempotency_keys (task_id);
