import { z } from 'zod';
import { InvalidAtom } from './invalid-atom.ts';
import { at, IssueList, isRecord, type Located, type Path } from './issue-list.ts';
import { type RunAtomRequest, readRunAtomRequest } from './run-atom-request.ts';

/** A deck's ids name files (answers) and appear in addresses. */
const ATOM_ID = /^[a-z0-9][a-z0-9._-]{0,99}$/;
const MOST_ATOMS = 1000;
const LONGEST_TITLE = 200;
const LONGEST_DESCRIPTION = 10_000;

const TITLE = { error: `a text of 1 to ${LONGEST_TITLE} characters` };
const DESCRIPTION = { error: `a text of at most ${LONGEST_DESCRIPTION} characters, or an array of lines` };
const TAGS = { error: 'an array of short texts, as ["recursion"]' };

const titleSchema = z.string(TITLE).min(1, TITLE).max(LONGEST_TITLE, TITLE);
const descriptionSchema = z.string(DESCRIPTION).max(LONGEST_DESCRIPTION, DESCRIPTION);
const tagsSchema = z.array(z.string(TAGS).min(1, TAGS).max(50, TAGS), TAGS).max(20, TAGS);

/** An exercise: what to run and how to judge it, with what its reader sees. */
export interface Atom extends RunAtomRequest {
  readonly title: string;
  readonly tags: readonly string[];
}

/** A file of exercises that belong together. */
export interface Deck {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly atoms: readonly Atom[];
}

/**
 * Reads one atom: a run-atom body with `title` (the id unless said) and `tags`; `atom_type` is `code_submission` unless said.
 * People write these by hand, so any longer text (`front`, `back`, `starter`, a source, a test's `code`) may also be an
 * array of lines.
 *
 * @throws {InvalidAtom} with a pointer to each field that is wrong
 */
export function parseAtom(value: unknown): Atom {
  const issues = new IssueList();
  const atom = readAtom({ value, path: [] }, issues);
  if (issues.issues.length > 0) {
    throw new InvalidAtom(`atom "${atom.atom_id}"`, issues.issues);
  }
  return atom;
}

/**
 * Reads a deck: `{name | title, description?, atoms: […]}`, each atom as in `parseAtom`. No two atoms share an id.
 *
 * @param fallbackName for a deck that names itself neither by `name` nor by `title`
 * @throws {InvalidAtom} with a pointer to each field that is wrong
 */
export function parseDeck(value: unknown, fallbackName: string): Deck {
  const issues = new IssueList();
  const root: Located = { value, path: [] };
  const name = issues.readOptional(at(root, 'name'), titleSchema);
  const title = issues.readOptional(at(root, 'title'), titleSchema);
  const description = at(root, 'description');
  const deck: Deck = {
    name: name ?? title ?? fallbackName,
    title: title ?? name ?? fallbackName,
    description: issues.readOptional({ ...description, value: joinLines(description.value) }, descriptionSchema) ?? '',
    atoms: readAtoms(at(root, 'atoms'), issues),
  };
  if (issues.issues.length > 0) {
    throw new InvalidAtom(`deck "${deck.name}"`, issues.issues);
  }
  return deck;
}

function readAtoms(located: Located, issues: IssueList): Atom[] {
  const { value } = located;
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_ATOMS) {
    issues.refuse(located, `an array of 1 to ${MOST_ATOMS} atoms`);
    return [];
  }
  const atoms = value.map((_, index) => readAtom(at(located, index), issues));
  const seen = new Map<string, number>();
  for (const [index, { atom_id: id }] of atoms.entries()) {
    const earlier = seen.get(id);
    if (earlier === undefined) {
      seen.set(id, index);
    } else if (ATOM_ID.test(id)) {
      issues.add([...located.path, index, 'atom_id'], `was "${id}", as that of atom ${earlier}; each may be used once`);
    }
  }
  return atoms;
}

function readAtom(located: Located, issues: IssueList): Atom {
  const body = isRecord(located.value) ? { ...located, value: resolveLines(located.value) } : located;
  const request = readRunAtomRequest(body, issues);
  const id = at(body, 'atom_id');
  if (typeof id.value === 'string' && !ATOM_ID.test(id.value)) {
    issues.refuse(id, 'lower-case letters, digits, ".", "_" and "-", at most 100, beginning with a letter or digit');
  }
  return {
    ...request,
    title: issues.readOptional(at(body, 'title'), titleSchema) ?? request.atom_id,
    tags: issues.readOptional(at(body, 'tags'), tagsSchema) ?? [],
  };
}

/** Where a text may be written as an array of lines; `*` stands for any key. */
const TEXTS: readonly Path[] = [
  ['front'],
  ['back'],
  ['content_json', 'starter'],
  ['content_json', 'starter', '*'],
  ['content_json', 'submission'],
  ['content_json', 'submission', '*'],
  ['content_json', 'submission', 'files', '*'],
  ['content_json', 'code'],
  ['content_json', 'files', '*'],
  ['content_json', 'tests', '*', 'code'],
  ['content_json', 'tests', '*', 'stdin'],
  ['content_json', 'tests', '*', 'files', '*'],
  ['content_json', 'tests', '*', 'expected_stdout'],
];

function resolveLines(atom: { readonly [key: string]: unknown }): unknown {
  const typed = { atom_type: 'code_submission', ...atom };
  const places = TEXTS.flatMap((path) => [path, ['content', ...path]]);
  return places.reduce<unknown>((value, path) => mapAt(value, path, joinLines), typed);
}

function joinLines(value: unknown): unknown {
  return Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('\n') : value;
}

/** A copy with the value at a path changed; what is not there stays away. */
function mapAt(value: unknown, path: Path, change: (value: unknown) => unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) {
    return change(value);
  }
  if (Array.isArray(value)) {
    return step === '*' ? value.map((item: unknown) => mapAt(item, rest, change)) : value;
  }
  if (!isRecord(value)) {
    return value;
  }
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, held]) => [key, step === '*' || step === key ? mapAt(held, rest, change) : held]),
  );
}
