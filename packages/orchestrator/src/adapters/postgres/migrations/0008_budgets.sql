-- What tasks have used of their budgets, over all attempts and with everything below them, and what is set aside for calls
-- that are out.

CREATE TABLE switchyard.budget_use (
  task_id        uuid PRIMARY KEY REFERENCES switchyard.tasks (id) ON DELETE CASCADE,
  calls          integer NOT NULL DEFAULT 0,
  input_tokens   bigint NOT NULL DEFAULT 0,
  output_tokens  bigint NOT NULL DEFAULT 0,
  -- US dollars of the calls whose price is known.
  cost           numeric(14, 8) NOT NULL DEFAULT 0,
  unknown_prices integer NOT NULL DEFAULT 0
);

CREATE TABLE switchyard.budget_holds (
  id           uuid PRIMARY KEY,
  root_task_id uuid NOT NULL,
  -- The task that calls, and all above it.
  chain        uuid[] NOT NULL,
  task_id      uuid NOT NULL REFERENCES switchyard.tasks (id) ON DELETE CASCADE,
  -- A hold of an attempt that is no longer the current one counts no more.
  attempt      integer NOT NULL,
  tokens       bigint NOT NULL,
  cost         numeric(14, 8)
);

CREATE INDEX idx_budget_holds_root ON switchyard.budget_holds (root_task_id);
CREATE INDEX idx_budget_holds_task ON switchyard.budget_holds (task_id);

-- For the time that attempts under way have taken of the budget of a tree.
ALTER TABLE switchyard.tasks ADD COLUMN attempt_started_at timestamptz;
