/**
 * The JSON Schema of deck files (draft 2020-12), for editors: what may stand where, with its meaning and bounds. The parser decides;
 * a test holds this to it. Only what people write by hand is in it, not every variant that clients send.
 */
import { MATCHES } from '../contract/atom-tests.ts';
import { ATOM_TYPES } from '../contract/atom-types.ts';
import { LANGUAGES } from '../sandbox/port.ts';

export const DECK_SCHEMA_ID = 'https://switchyard.invalid/schemas/deck.json';

type Schema = { readonly [keyword: string]: unknown };

const text = (description: string): Schema => ({ $ref: '#/$defs/text', description });
const whole = (description: string, minimum: number, maximum: number, standard?: number): Schema => ({
  description,
  type: 'integer',
  minimum,
  maximum,
  ...(standard === undefined ? {} : { default: standard }),
});
const filesOf = (description: string): Schema => ({
  description,
  type: 'object',
  additionalProperties: { $ref: '#/$defs/text' },
});

const frame: Schema = {
  name: { description: 'Shown to the learner, also of a hidden test.', type: 'string', minLength: 1, maxLength: 200 },
  points: { description: 'What passing is worth.', type: 'number', minimum: 0.01, maximum: 1000, default: 1 },
  hidden: { description: 'The learner sees its name and verdict, nothing else.', type: 'boolean', default: false },
  timeout_ms: whole('Milliseconds for this test; never more than the limit of the run.', 1, 60_000),
};

const tests: Schema = {
  call: {
    title: 'a call',
    description:
      'Calls the function and compares what it returns. In SQL: scripts that run before, and the rows that are expected.',
    type: 'object',
    required: ['input', 'expected'],
    properties: {
      ...frame,
      input: {
        description: 'Positional arguments, or named ones.',
        anyOf: [{ type: 'array' }, { type: 'object' }],
      },
      expected: {
        description:
          'Any JSON value; an array is a list or a tuple. Beyond JSON: {"$set": […]}, {"$tuple": […]}, {"$list": […]}, {"$map": [[key, value], …]}, {"$int": "digits"}, {"$float": "NaN"}, {"$bytes": "base64"}, {"$undefined": true}.',
      },
      tolerance: { description: 'How far a number may be off.', type: 'number', minimum: 0 },
    },
  },
  program: {
    title: 'a program',
    description:
      'Runs the submission as a program and compares what it prints. Where a prediction is asked for, a run of it.',
    type: 'object',
    anyOf: [{ required: ['expected_stdout'] }, { required: ['stdin'] }, { required: ['args'] }],
    properties: {
      ...frame,
      stdin: text('Its standard input.'),
      args: { description: 'Its arguments.', type: 'array', items: { type: 'string' }, maxItems: 100 },
      files: filesOf('Further files beside the submission, for this test only.'),
      expected_stdout: text('What it must print.'),
      match: {
        description:
          '"trim": blanks at line ends, and blank lines at both ends, do not count. "regex": RE2, anywhere in the output.',
        enum: MATCHES,
        default: 'trim',
      },
      exit_code: whole('How it must end.', 0, 255, 0),
    },
  },
  assertion: {
    title: 'an assertion',
    description: 'Code that runs after the submission and passes unless it throws. Python, JavaScript and TypeScript.',
    type: 'object',
    required: ['code'],
    properties: { ...frame, code: text('As `assert add(1, 2) == 3`.') },
  },
  testFile: {
    title: 'a test file',
    description: 'A file for the usual runner of the language; each test in it is a result.',
    type: 'object',
    required: ['file'],
    properties: {
      ...frame,
      file: { description: 'A path in "files".', type: 'string' },
      source: text('Its source, where it is not in "files".'),
    },
  },
};

const limits: Schema = {
  description: 'Limits of each test.',
  type: 'object',
  properties: {
    cpu_ms: whole('Compute time, milliseconds.', 1, 60_000, 5000),
    wall_ms: whole('Time in all, milliseconds; twice the compute time unless said.', 1, 120_000),
    memory_mb: whole('Memory, MiB.', 32, 1024, 256),
    output_kb: whole('Output that is kept, KiB.', 1, 1024, 64),
  },
};

const content: Schema = {
  type: 'object',
  properties: {
    language: { description: '`bash` unless said in a cli_task.', enum: LANGUAGES },
    entrypoint: { description: 'The file that is run, as "solution.py".', type: 'string', maxLength: 200 },
    entry_function: { description: 'What call tests call.', type: 'string', maxLength: 100 },
    tests: {
      description: 'How it is judged; also one path, or paths, into "files".',
      anyOf: [
        { type: 'string' },
        {
          type: 'array',
          maxItems: 200,
          items: {
            anyOf: [
              { type: 'string' },
              ...['call', 'program', 'assertion', 'testFile'].map((name) => ({ $ref: `#/$defs/${name}` })),
            ],
          },
        },
      ],
    },
    runner_limits: { $ref: '#/$defs/limits' },
    starter: {
      description: 'What the learner starts from; must not pass.',
      anyOf: [text('Source.'), filesOf('By path.')],
    },
    hints: {
      description: 'From vague to plain.',
      type: 'array',
      items: { type: 'string', maxLength: 2000 },
      maxItems: 20,
    },
    files: filesOf('Lie beside the submission; what a diff_review patches; tests named by path.'),
    code: text('The program of a code_understanding, where it is one file.'),
    owner: { type: 'string' },
    grading_mode: { type: 'string' },
    async_execution: { description: 'It takes long: queue it.', type: 'boolean' },
  },
};

export function deckJsonSchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: DECK_SCHEMA_ID,
    title: 'Deck',
    description: 'A file of exercises. Check it with `switchyard atoms check FILE`.',
    type: 'object',
    required: ['atoms'],
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 200 },
      title: { type: 'string', minLength: 1, maxLength: 200 },
      description: text('What its exercises are about.'),
      atoms: { type: 'array', minItems: 1, maxItems: 1000, items: { $ref: '#/$defs/atom' } },
    },
    $defs: {
      text: {
        description: 'A text, or its lines.',
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      },
      limits,
      ...tests,
      content,
      atom: {
        type: 'object',
        required: ['atom_id', 'front', 'back', 'content_json'],
        properties: {
          atom_id: { description: 'Names its answers.', type: 'string', pattern: '^[a-z0-9][a-z0-9._-]{0,99}$' },
          atom_type: {
            description:
              'What is handed in: a program; for cli_task commands of a shell; for diff_review a patch to "files"; for code_understanding what the program prints.',
            enum: ATOM_TYPES,
            default: 'code_submission',
          },
          title: { type: 'string', minLength: 1, maxLength: 200 },
          tags: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 50 }, maxItems: 20 },
          front: text('The task.'),
          back: text('The reference answer: must score 1.'),
          content_json: { $ref: '#/$defs/content' },
        },
      },
    },
  };
}
