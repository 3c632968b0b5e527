import { LANGUAGES } from '../sandbox/port.ts';
import { ATOM_TYPES } from './atom-types.ts';

type Schema = { readonly [keyword: string]: unknown };

const text = (description: string, more: Schema = {}): Schema => ({ type: ['string', 'null'], description, ...more });
/** Clients write them in more ways than a type tells. */
const sources = (description: string): Schema => ({ description });

const CONTENT_FIELDS: Schema = {
  language: text('What it is written in; a cli_task needs none.', { examples: LANGUAGES }),
  entrypoint: text('The file that is run; else the usual one of the language.', { examples: ['solution.py'] }),
  entry_function: text('The function that calls are made to; else the one that `front` names, or the only one.'),
  tests: {
    type: ['array', 'string', 'null'],
    description: 'Calls, programs, assertions and test files.',
    examples: [[{ input: [[1, 2]], expected: 3 }]],
  },
  runner_limits: {
    type: ['object', 'null'],
    description: 'cpu_ms, wall_ms, memory_mb and output_kb of each test.',
  },
  submission: sources('What is graded: a source text, or texts by their path. Without one, `back` is.'),
  files: sources("The author's own files, by their path."),
  starter: sources('What the learner starts from.'),
  hints: { type: ['array', 'null'], items: { type: 'string' } },
};

const CONTENT: Schema = { type: ['object', 'null'], properties: CONTENT_FIELDS };

/**
 * The body of run-atom as JSON Schema, for descriptions and forms: what each field is for. `parseRunAtomRequest` is what judges a
 * body, variants of other clients included, and nothing that it takes is refused here.
 */
export function runAtomJsonSchema(): Schema {
  return {
    type: 'object',
    required: ['atom_id', 'atom_type'],
    properties: {
      atom_id: { type: 'string', minLength: 1, maxLength: 200 },
      atom_type: { type: 'string', enum: ATOM_TYPES },
      front: text('The exercise, as the learner reads it.'),
      back: text("The author's own solution."),
      content_json: CONTENT,
      content: {
        type: ['object', 'null'],
        description: 'front, back and content_json may stand in here instead.',
        properties: { content_json: CONTENT },
      },
      session_context: {
        type: ['object', 'null'],
        description: 'What is known of the learner: recent_errors, mastery_level.',
      },
    },
  };
}
