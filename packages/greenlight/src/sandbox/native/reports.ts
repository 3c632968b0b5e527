/** What a box's supervisor reports, read as what it is: text from a place where a stranger's code runs. */
import { z } from 'zod';

const doneSchema = z.object({ done: z.literal(true) });
const parkedSchema = z.object({ parked: z.literal(true) });

const stepSchema = z.object({
  /** What came through the step's result pipe, whole. */
  answer: z.string(),
  stdout: z.base64(),
  stderr: z.base64(),
  truncated: z.boolean(),
  /** Why it was ended, when it was. */
  endedBy: z.enum(['time', 'output', 'answer', 'forgery']).nullable(),
  /** Negative: the signal that ended it. Null while its process waits for another step. */
  exitCode: z.int().min(-64).max(255).nullable(),
  /** From its being let go to its answer or end. */
  wallMs: z.number().nonnegative(),
  cpuMs: z.number().nonnegative(),
  peakKb: z.number().nonnegative(),
  /** Where a Python step was when its time was over, as `faulthandler` writes it. */
  trace: z.string(),
});

export const reportSchema = z.union([stepSchema, doneSchema, parkedSchema]);
export type StepReport = z.infer<typeof stepSchema>;
export type Report = z.infer<typeof reportSchema>;

export function isStepReport(report: Report): report is StepReport {
  return 'answer' in report;
}
