import { z } from 'zod';
import { LANGUAGES, type Language } from '../sandbox/port.ts';
import { assertionTestSchema, callTestSchema, fileTestSchema, programTestSchema } from './atom-tests.ts';
import { ATOM_TYPES, type AtomType } from './atom-types.ts';
import { sizeFlaw } from './expected.ts';
import { InvalidAtom } from './invalid-atom.ts';
import { at, firstOf, IssueList, isRecord, type Located } from './issue-list.ts';
import { readLimits, runnerLimitsSchema } from './limits.ts';
import { readAuthorFiles, readSources } from './read-sources.ts';
import { readTests } from './read-tests.ts';
import { DEFAULT_ENTRYPOINT, pathFlaw } from './source-files.ts';

const LANGUAGE_ALIASES: { readonly [alias: string]: Language } = {
  py: 'python',
  python3: 'python',
  js: 'javascript',
  node: 'javascript',
  nodejs: 'javascript',
  ts: 'typescript',
  sh: 'bash',
  shell: 'bash',
  sqlite: 'sql',
  'c++': 'cpp',
  golang: 'go',
  rs: 'rust',
};

const LONGEST_ID = 200;
const LONGEST_TEXT = 100_000;
const LONGEST_FUNCTION = 100;
const MOST_HINTS = 20;

const words = (error: string): { error: string } => ({ error });
const text = (longest: number, least = 0): z.ZodString => {
  const may = words(`a text of ${least} to ${longest} characters`);
  return z.string(may).min(least, may).max(longest, may);
};
const FUNCTION = words(`the name of a function, of at most ${LONGEST_FUNCTION} characters`);
const sourceText = z.union([z.string(), z.record(z.string(), z.string())], {
  error: 'source text, or an object of source texts by their path',
});

/** What runs and how it is judged. */
export const atomContentSchema = z.object({
  language: z.enum(LANGUAGES, { error: `one of: ${LANGUAGES.join(', ')}` }),
  /** Which file is run; `solution.py` or `solution.js` unless said. */
  entrypoint: z.string(),
  /** The function that call tests call; else the one that `front` names, else the only one defined. */
  entry_function: z
    .string(FUNCTION)
    .max(LONGEST_FUNCTION, FUNCTION)
    .regex(/^[\p{L}_$][\p{L}\p{N}_$]*$/u, FUNCTION)
    .optional(),
  tests: z.array(z.union([callTestSchema, programTestSchema, assertionTestSchema, fileTestSchema])),
  runner_limits: runnerLimitsSchema,
  /** Source texts by path. Without one the atom's `back` is run. */
  submission: z.record(z.string(), z.string()).optional(),
  /** The author's own: lie beside the submission, are patched by one (`diff_review`), hold the tests named by path. */
  files: z.record(z.string(), z.string()).optional(),
  /** What the learner starts from. */
  starter: sourceText.optional(),
  hints: z
    .array(text(2000, 1), words('an array of texts'))
    .max(MOST_HINTS, words(`an array of at most ${MOST_HINTS} texts`))
    .optional(),
  owner: text(LONGEST_ID).optional(),
  grading_mode: text(LONGEST_ID).optional(),
  async_execution: z.boolean(words('true or false')).optional(),
});

/** What is known of the learner; further keys are kept. */
export const sessionContextSchema = z.looseObject(
  {
    learner_id: text(LONGEST_ID).optional(),
    /** 0 to 1. */
    mastery_level: z.number(words('a number')).optional(),
    /** As `off_by_one`: puts the suggestion of that name first. */
    recent_errors: z.array(text(LONGEST_ID), words('an array of names, as ["off_by_one"]')).optional(),
  },
  words('an object'),
);

/** The body of run-atom and queue-atom with every variant resolved and every default filled in; itself a valid body. */
export const runAtomRequestSchema = z.object({
  atom_id: text(LONGEST_ID, 1),
  atom_type: z.enum(ATOM_TYPES),
  front: text(LONGEST_TEXT),
  back: z.string(words('a text')),
  content_json: atomContentSchema,
  session_context: sessionContextSchema.optional(),
});

export type AtomContent = z.infer<typeof atomContentSchema>;
export type SessionContext = z.infer<typeof sessionContextSchema>;
export type RunAtomRequest = z.infer<typeof runAtomRequestSchema>;

/**
 * Reads a request as any known client writes it (GREENLIGHT.md, "Protocol"): `front`, `back` and `content_json` at the top or
 * under `content`; `language`, `entrypoint`, `tests` and limits in `content_json` or under its `runner`; `function` for
 * `entry_function`; a submission as text, `{path: source}` or `{files}`. Null counts as left out; unknown fields are ignored.
 *
 * @throws {InvalidAtom} with a pointer to each field that is wrong, where the sender wrote it
 */
export function parseRunAtomRequest(body: unknown): RunAtomRequest {
  const issues = new IssueList();
  const request = readRunAtomRequest({ value: body, path: [] }, issues);
  if (issues.issues.length > 0) {
    throw new InvalidAtom(`atom "${request.atom_id}"`, issues.issues);
  }
  return request;
}

/** As `parseRunAtomRequest`, from a place inside a document; what it returns is meaningless when issues were noted. */
export function readRunAtomRequest(body: Located, issues: IssueList): RunAtomRequest {
  if (!isRecord(body.value)) {
    issues.refuse(body, 'an object with atom_id, atom_type, front, back and content_json');
  }
  const outside = (name: string): Located => firstOf(at(body, name), at(body, 'content', name));
  const back = outside('back');
  const atomType = readAtomType(at(body, 'atom_type'), issues);
  return {
    atom_id: issues.read(at(body, 'atom_id'), runAtomRequestSchema.shape.atom_id, '?'),
    atom_type: atomType,
    front: issues.read(outside('front'), runAtomRequestSchema.shape.front, ''),
    back: issues.read(back, runAtomRequestSchema.shape.back, ''),
    content_json: readContent(outside('content_json'), back, atomType, issues),
    session_context: readSession(at(body, 'session_context'), issues),
  };
}

function readSession(located: Located, issues: IssueList): SessionContext | undefined {
  const tooLarge = sizeFlaw(located.value);
  if (tooLarge !== undefined) {
    issues.add(located.path, tooLarge);
    return undefined;
  }
  return issues.readOptional(located, sessionContextSchema);
}

function readAtomType(located: Located, issues: IssueList): AtomType {
  const known = ATOM_TYPES.find((type) => type === located.value);
  if (known === undefined) {
    issues.refuse(located, `one of: ${ATOM_TYPES.join(', ')}`);
  }
  return known ?? 'code_submission';
}

function readContent(located: Located, back: Located, atomType: AtomType, issues: IssueList): AtomContent {
  if (!isRecord(located.value)) {
    issues.refuse(located, 'an object with language and tests');
    return { language: 'python', entrypoint: '', tests: [], runner_limits: readLimits(located, new IssueList()) };
  }
  const field = (name: string): Located => firstOf(at(located, name), at(located, 'runner', name));
  const shape = atomContentSchema.shape;
  const language = readLanguage(field('language'), atomType, issues);
  const entrypoint = readEntrypoint(field('entrypoint'), issues);
  const files = readAuthorFiles(located, atomType, entrypoint ?? DEFAULT_ENTRYPOINT[language], issues);
  const handedIn = { submission: at(located, 'submission'), back, entrypoint: field('entrypoint') };
  const sources = readSources(handedIn, { atomType, language, named: entrypoint, files }, issues);
  const predicted = atomType === 'code_understanding';
  const known = { ...(predicted ? {} : sources.submission), ...files };
  return {
    language,
    entrypoint: sources.entrypoint,
    entry_function: issues.readOptional(firstOf(field('entry_function'), field('function')), shape.entry_function),
    tests: readTests(field('tests'), { language, files: known, predicted }, issues),
    runner_limits: readLimits(located, issues),
    submission: sources.submission,
    files,
    starter: issues.readOptional(at(located, 'starter'), shape.starter),
    hints: issues.readOptional(at(located, 'hints'), shape.hints),
    owner: issues.readOptional(at(located, 'owner'), shape.owner),
    grading_mode: issues.readOptional(at(located, 'grading_mode'), shape.grading_mode),
    async_execution: issues.readOptional(at(located, 'async_execution'), shape.async_execution),
  };
}

function readLanguage(located: Located, atomType: AtomType, issues: IssueList): Language {
  if (located.value === undefined && atomType === 'cli_task') return 'bash';
  const name = typeof located.value === 'string' ? located.value.trim().toLowerCase() : located.value;
  const alias = typeof name === 'string' && Object.hasOwn(LANGUAGE_ALIASES, name) ? LANGUAGE_ALIASES[name] : undefined;
  const language = alias ?? LANGUAGES.find((supported) => supported === name);
  if (language === undefined) {
    issues.refuse(located, `one of: ${LANGUAGES.join(', ')}`);
  }
  return language ?? 'python';
}

function readEntrypoint(located: Located, issues: IssueList): string | undefined {
  const path = issues.readOptional(located, z.string(words('the path of the file to run, as "solution.py"')));
  const flaw = path === undefined ? undefined : pathFlaw(path);
  if (flaw !== undefined) {
    issues.add(located.path, flaw);
    return undefined;
  }
  return path;
}
