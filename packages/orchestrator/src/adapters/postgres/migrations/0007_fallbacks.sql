-- The arms that gave up on a task, in order; the one that has it now is assigned_arm.

ALTER TABLE switchyard.tasks ADD COLUMN arms_tried text[] NOT NULL DEFAULT '{}';
