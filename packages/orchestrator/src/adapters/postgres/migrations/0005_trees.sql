-- Trees of tasks. A parent with subtasks is in processing without a job until they have ended.

ALTER TABLE switchyard.tasks
  -- {aggregate, on_child_failure} of a parent with subtasks.
  ADD COLUMN tree            jsonb,
  ADD COLUMN awaits_children boolean NOT NULL DEFAULT false,
  ADD COLUMN root_task_id    uuid,
  -- Place among its siblings; null for a root and for what is in no tree.
  ADD COLUMN tree_index      integer;

CREATE INDEX idx_tasks_awaiting ON switchyard.tasks (id) WHERE awaits_children;
DROP INDEX switchyard.idx_tasks_parent;
CREATE INDEX idx_tasks_parent ON switchyard.tasks (parent_task_id, tree_index) WHERE parent_task_id IS NOT NULL;
