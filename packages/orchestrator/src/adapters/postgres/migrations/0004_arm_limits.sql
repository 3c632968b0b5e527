-- Where the rate of a limited arm stands (domain/rate.ts): one row an arm, locked by whoever claims for it.

CREATE TABLE switchyard.arm_limits (
  arm        varchar(63) PRIMARY KEY,
  -- Microseconds since 1970 on the database's clock.
  next_at_us bigint NOT NULL DEFAULT 0
);
