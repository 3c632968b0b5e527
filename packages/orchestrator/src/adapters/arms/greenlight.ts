/** The greenlight arm: runs and grades code in a sandbox. Its input is the body of the handoff protocol's run-atom. */
import {
  grade,
  InvalidAtom,
  parseRunAtomRequest,
  type RunAtomRequest,
  runAtomJsonSchema,
  type Sandbox,
} from '@switchyard/greenlight';
import { jsonObjectSchema, jsonSchema } from '../../contract/index.ts';
import type { Arm, ArmContract, Screening } from '../../ports/arm.ts';

/** @param screening default `report`: code holds addresses and test data */
export function greenlightContract(screening: Screening = 'report'): ArmContract {
  return {
    name: 'greenlight',
    screening,
    inputSchema: jsonObjectSchema.parse(runAtomJsonSchema()),
    checkInput: (input) => {
      const parsed = tryParse(input);
      return parsed instanceof InvalidAtom ? [...parsed.issues] : [];
    },
  };
}

export interface GreenlightArmOptions {
  readonly contract: ArmContract;
  readonly sandbox: Sandbox;
  readonly concurrency: number;
}

export function createGreenlightArm({ contract, sandbox, concurrency }: GreenlightArmOptions): Arm {
  return {
    ...contract,
    concurrency,
    run: async ({ task, signal }) => {
      const result = await grade(parseRunAtomRequest(task.input), sandbox, signal);
      return { result: jsonSchema.parse(result), costUsd: 0 };
    },
    problem: () => {
      const [first] = sandbox.status().problems;
      return first ?? null;
    },
  };
}

function tryParse(input: unknown): RunAtomRequest | InvalidAtom {
  try {
    return parseRunAtomRequest(input);
  } catch (error) {
    if (error instanceof InvalidAtom) return error;
    throw error;
  }
}
