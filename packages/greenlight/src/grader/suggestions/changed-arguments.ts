/** What of a source's text shows that a function changes the values it is given. */
import type { Language } from '../../sandbox/port.ts';

const LONGEST_LINE = 500;
/** More lines, and more parameters of one function, are not looked at. */
const MOST_LINES = 5000;
const MOST_PARAMETERS = 20;
const PYTHON_HEAD = /^\s*(?:async\s+)?def\s+\w+\s*\(([^)]*)\)/;
const SCRIPT_HEAD =
  /(?:^|\s)function\s*\*?\s*[\w$]*\s*\(([^)]*)\)|(?:^|[\s=(,])(?:async\s*)?\(([^()]*)\)\s*(?::[^=]{1,80})?=>|^\s*(?:const|let|var)\s+[\w$]+\s*=\s*(?:async\s+)?([\w$]+)\s*=>/;
const PYTHON_METHODS =
  'append|extend|insert|remove|pop|popitem|clear|sort|reverse|update|add|discard|setdefault|difference_update|intersection_update';
const SCRIPT_METHODS = 'push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin|set|delete|clear|add';

export interface Change {
  readonly name: string;
  /** 1-based. */
  readonly line: number;
}

/** The first place where a parameter's own value is changed; undefined where the text shows none. */
export function changedArgument(source: string, language: Language): Change | undefined {
  let parameters: string[] = [];
  let search: Search | undefined;
  for (const [index, line] of linesOf(source)) {
    const head = (language === 'python' ? PYTHON_HEAD : SCRIPT_HEAD).exec(line);
    if (head !== null) {
      parameters = namesIn(head[1] ?? head[2] ?? head[3] ?? '');
      search = searchFor(parameters, language);
    }
    // A name that was given another value is no longer the caller's.
    const given = search?.given.exec(line)?.[1];
    if (given !== undefined) {
      parameters = parameters.filter((name) => name !== given);
      search = searchFor(parameters, language);
    }
    const name = search?.changes.map((pattern) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
    if (name !== undefined) return { name, line: index + 1 };
  }
  return undefined;
}

/** The first parameter whose default is a list, dict or set, which Python makes once for all calls. */
export function sharedDefault(source: string): Change | undefined {
  for (const [index, line] of linesOf(source)) {
    const parameters = PYTHON_HEAD.exec(line)?.[1];
    const name = /(\w+)\s*(?::[^=,]*)?=\s*(?:\[|\{|list\(|dict\(|set\()/.exec(
      parameters ?? line.match(/def .*/)?.[0] ?? '',
    )?.[1];
    if (name !== undefined) return { name, line: index + 1 };
  }
  return undefined;
}

function linesOf(source: string): [number, string][] {
  return source.split('\n', MOST_LINES).map((line, index) => [index, line.slice(0, LONGEST_LINE)]);
}

function namesIn(parameters: string): string[] {
  return parameters
    .split(',', MOST_PARAMETERS)
    .map((part) => /^\s*\*{0,2}([\p{L}_$][\p{L}\p{N}_$]*)/u.exec(part)?.[1] ?? '')
    .filter((name) => name !== '' && name !== 'self' && name !== 'cls');
}

/** What is looked for in each line of a function; the name is the first group of each. */
interface Search {
  readonly given: RegExp;
  readonly changes: readonly RegExp[];
}

/** Made once for each function: to make them for each line and name took minutes for a source that was written for it. */
function searchFor(names: readonly string[], language: Language): Search | undefined {
  if (names.length === 0) return undefined;
  const methods = language === 'python' ? PYTHON_METHODS : SCRIPT_METHODS;
  const any = `(${names.map(escaped).join('|')})`;
  const own = `(?<![\\w$.])${any}`;
  const remove = language === 'python' ? 'del' : 'delete';
  return {
    given: new RegExp(`^\\s*${any}\\s*=[^=]`),
    changes: [
      new RegExp(`${own}\\.(?:${methods})\\(`),
      new RegExp(`${own}\\[[^\\]]*\\]\\s*(?:[-+*/%&|^]|\\*\\*|//|<<|>>)?=(?!=)`),
      new RegExp(`\\b${remove}\\s+${own}[[.]`),
    ],
  };
}

function escaped(name: string): string {
  return name.replaceAll('$', '\\$');
}
