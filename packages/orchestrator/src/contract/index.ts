// The wire types of the orchestrator: all that a client, the CLI or the dashboard needs to know.

export type { ArmAnswer, ArmRequest, ArmSpending } from './arm-exchange.ts';
export {
  armAnswerSchema,
  armProgressSchema,
  armRequestSchema,
  armSpendingSchema,
  REMOTE_USAGE_HEADER,
  RETRYABLE_CODES,
  remoteUsageSchema,
} from './arm-exchange.ts';
export type { ArmSettings, ArmSettingsOf, ArmType } from './arm-settings.ts';
export {
  ARM_NAME,
  ARM_NAME_LIMIT,
  ARM_SETTINGS,
  armSettingNames,
  BUILT_IN_ARMS,
  isArmType,
} from './arm-settings.ts';
export type { ArmList, ArmView } from './arm-view.ts';
export { ARM_HEALTHS, armListSchema, armViewSchema } from './arm-view.ts';
export type { EventType, TaskEvent } from './event.ts';
export { EVENT_TYPES, eventTypeSchema, taskEventSchema } from './event.ts';
export type { Health, Readiness, ReadinessPart } from './health.ts';
export { healthSchema, readinessSchema } from './health.ts';
export type { JsonValue } from './json.ts';
export { jsonObjectSchema, jsonSchema } from './json.ts';
export type { FieldError, FindingView, Problem } from './problem.ts';
export { fieldErrorSchema, findingSchema, problemSchema } from './problem.ts';
export type {
  MissedTicks,
  OnMissed,
  OnOverlap,
  ScheduleContract,
  ScheduleList,
  SchedulePatch,
  SchedulePatchRequest,
  ScheduleRequest,
  ScheduleSummary,
  ScheduleView,
  TickKind,
  TickList,
  TickOutcome,
  TickView,
} from './schedule.ts';
export {
  MISSED_COUNT_LIMIT,
  missedTicksSchema,
  ON_MISSED,
  ON_OVERLAP,
  onMissedSchema,
  onOverlapSchema,
  SCHEDULES_LIMIT,
  scheduleListSchema,
  schedulePatchSchema,
  scheduleRequestSchema,
  scheduleSummarySchema,
  scheduleViewSchema,
  TICK_KINDS,
  TICK_OUTCOMES,
  TICKS_KEPT,
  tickListSchema,
  tickQuerySchema,
  tickViewSchema,
  WAITING_LIMIT,
} from './schedule.ts';
export type { InjectionTreatment, PiiTreatment, ScreeningSettings } from './screening.ts';
export { INJECTION_TYPES, PII_TREATMENTS, PII_TYPES, SCREENING_MODES } from './screening.ts';
export type {
  BatchContract,
  BatchSubmitted,
  Budget,
  Priority,
  RedactionView,
  Retried,
  RetryRequest,
  Submitted,
  TaskContract,
  TaskError,
  TaskPage,
  TaskQuery,
  TaskRequest,
  TaskStatus,
  TaskSummary,
  TaskView,
  Usage,
} from './task.ts';
export {
  BATCH_LIMIT,
  batchRequestSchema,
  batchSubmittedSchema,
  budgetSchema,
  CONTEXT_LIMIT,
  GOAL_LIMIT,
  PRIORITIES,
  prioritySchema,
  retriedSchema,
  retryRequestSchema,
  submittedSchema,
  TASK_STATUSES,
  taskErrorSchema,
  taskPageSchema,
  taskQuerySchema,
  taskRequestSchema,
  taskStatusSchema,
  taskSummarySchema,
  taskViewSchema,
  usageSchema,
} from './task.ts';
export type { TranscriptView } from './transcript.ts';
export { transcriptViewSchema } from './transcript.ts';
export type { Aggregate, ChildCounts, OnChildFailure } from './tree.ts';
export {
  aggregateSchema,
  childCountsSchema,
  ON_CHILD_FAILURE,
  onChildFailureSchema,
  TREE_DEPTH_LIMIT,
  TREE_SIZE_LIMIT,
} from './tree.ts';
