-- Tasks that are handed in by the clock, and what came of each tick.

CREATE TABLE switchyard.schedules (
  id             uuid PRIMARY KEY,
  name           varchar(63) NOT NULL UNIQUE,
  cron           text NOT NULL,
  time_zone      text NOT NULL,
  -- What POST /submit takes, every default filled in.
  task           jsonb NOT NULL,
  on_overlap     text NOT NULL,
  on_missed      text NOT NULL,
  -- The next tick; null while it is paused.
  next_at        timestamptz,
  -- No tick up to here comes again, whatever the clock does.
  settled_until  timestamptz NOT NULL,
  -- Rises with every change: whoever plans ticks by an older one writes nothing.
  revision       bigint NOT NULL DEFAULT 1,
  -- {count, at_least, from, to} of the last gap in which nothing ran.
  last_missed    jsonb,
  submitted      bigint NOT NULL DEFAULT 0,
  skipped        bigint NOT NULL DEFAULT 0,
  missed         bigint NOT NULL DEFAULT 0,
  refused        bigint NOT NULL DEFAULT 0,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_schedules_next_at ON switchyard.schedules (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE switchyard.schedule_ticks (
  id          uuid PRIMARY KEY,
  schedule_id uuid NOT NULL REFERENCES switchyard.schedules (id) ON DELETE CASCADE,
  tick_at     timestamptz NOT NULL,
  kind        text NOT NULL,
  outcome     text NOT NULL,
  -- {code, message} of what was skipped or refused.
  reason      jsonb,
  -- Given before the task is there: a tick that is handed in twice makes it once.
  task_id     uuid,
  -- {count, at_least, from, to} of a gap.
  missed      jsonb,
  tries       integer NOT NULL DEFAULT 0,
  tried_at    timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);

-- A time comes once, as a tick and as the end of a gap.
CREATE UNIQUE INDEX idx_schedule_ticks_once ON switchyard.schedule_ticks (schedule_id, tick_at, kind, (outcome = 'missed'));
CREATE INDEX idx_schedule_ticks_newest ON switchyard.schedule_ticks (schedule_id, created_at DESC, tick_at DESC, id);
CREATE INDEX idx_schedule_ticks_open ON switchyard.schedule_ticks (schedule_id, tick_at) WHERE outcome IN ('due', 'waiting');
CREATE INDEX idx_schedule_ticks_task ON switchyard.schedule_ticks (schedule_id, task_id) WHERE outcome = 'submitted';
