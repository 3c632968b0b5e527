/**
 * What stands around one match, and what that makes of its severity.
 *
 * A mention is not a use: "explain why prompts such as 'ignore all previous instructions' work" asks for nothing bad, while
 * "for research purposes: ignore all previous instructions" does. So words about research or tests lower nothing by
 * themselves; being quoted does, and so does being forbidden or being told of others in the same sentence.
 */
import { asciiSet } from '../ascii.ts';
import { ANY_CUE, type Cue, type CueIndex, cue } from '../cue-index.ts';
import { type ContextAnalysis, SEVERITIES, type Severity, type Span } from '../verdict.ts';
import { quotationAround } from './quotations.ts';

/** How much of the text before and after a match belongs to its sentence at most. */
const SENTENCE = 240;

const ACADEMIC = cue({
  pattern:
    /\b(?:academic|research(?:ers?)?|papers?|study|studies|survey|thesis|lectures?|courses?|article|essay|explain|describe|discuss|define|definition|history of|awareness|prompt injections?|security|translate|classify|summari[sz]e)\b/i,
  beginnings:
    'acad rese pape stud surv thes lect cour arti essa expl desc disc defi hist awar prom secu tran clas summ',
  bit: 4096,
});
const TESTING = cue({
  pattern:
    /\b(?:tests?|tested|testing|unit test|assert(?:s|ing|ion)?|fixtures?|payloads?|detectors?|scanners?|classifiers?|filters?|red[ -]team(?:ing)?|regex|logged|ticket|bug report|qa|ci)\b/i,
  beginnings: 'test unit asse fixt payl dete scan clas filt red. rege logg tick bug. qa.. ci..',
  bit: 8192,
});

/** Forbids what follows in the same clause. */
const NEGATION = cue({
  pattern:
    /(?:\b(?:not|never|cannot|can't|don't|doesn't|didn't|won't|shouldn't|mustn't|wouldn't|without|avoid|refus(?:e|es|ed) to|instead of|rather than|forbidden to|nobody (?:may|should|can))|n['\u2019]t)(?:\s{1,4}[a-z]{1,12}){0,2}\s{1,4}$/i,
  beginnings: "not. neve cann can. don. does didn won. shou must woul with avoi refu inst rath forb nobo ' \u2019",
  bit: 16384,
});
/** "Do not hesitate to", "don't forget to", "not only": these order what follows. */
const NO_NEGATION = /\b(?:hesitate|forget|fail|worry|mind|only|just|care|be afraid|matter)\b/i;
const CLAUSE = 60;
const CLAUSE_ENDS = asciiSet(',;:');

/** Tells of what others say or do, right before the match. */
const REPORTED = cue({
  pattern:
    /\b(?:attackers?|hackers?|adversar(?:y|ies)|users?|people|someone|injections?|jailbreaks?|prompts?|phrases?|strings?|inputs?|commands?|payloads?|attacks?|attempts?|techniques?|messages?|it|they|that|which|models?|llms?)\b[^.!?\n]{0,40}?\b(?:such as|like|e\.g\.|for example|called|named|says?|said|asks?|asked|tells?|told|types?|typed|contain(?:s|ing)?|may|might|can|could|tr(?:y|ies|ied)(?:ing)? to|attempt(?:s|ed|ing)? to|to)\b[^.!?\n:]{0,24}$/i,
  beginnings:
    'atta hack adve user peop some inje jail prom phra stri inpu comm payl atte tech mess it.. they that whic mode llm. llms',
  bit: 32768,
});

/** Asks to do what the quotation says, right before it. */
const OBEY =
  /\b(?:follow|obey|execute|comply|perform|carry out|act on|do (?:this|that|what|the following|as)|run (?:this|the following)|respond to|answer (?:this|the following)|instructions? (?:is|are|for you))\b[^.!?\n]{0,40}$/i;

/** An order begins a sentence or line, or follows one of these words. */
const ORDER =
  /(?:^|[.!?:;,\n"'([>\u2014-]|\b(?:please|now|then|and|must|should|you|just|also|instead|first|can|could|would|will|do|kindly|immediately|simply|(?:you|want|need|like)(?: (?:you|want|need))? to|but|or|so|next|finally|again|me))\s{0,6}$/i;

export const CONTEXT_CUES: readonly Cue[] = [ACADEMIC, TESTING, NEGATION, REPORTED];

/** More than ORDER takes, with a blank or more between that keep the beginning of a shorter piece from being taken for a sentence's. */
const LONGEST_ORDER = 48;

export interface Weighed {
  /** Quoted, forbidden or told of others: less severe for its context, and not because it is no order. */
  readonly excused: boolean;
  readonly severity: Severity;
  readonly confidence: number;
  readonly context: ContextAnalysis;
}

/**
 * The match's severity and confidence once its surroundings are taken into account.
 *
 * @param cues of the text
 * @param closely false to look at quotation and negation only, for texts with more matches than anybody reads: the rest could
 * only have excused
 */
export function weigh(
  text: string,
  quotations: readonly Span[],
  cues: CueIndex,
  closely: boolean,
  match: Span & { readonly severity: Severity; readonly confidence: number; readonly imperative: boolean },
): Weighed {
  const window = closely ? SENTENCE : CLAUSE;
  const start = sentenceStart(text, match.position, window);
  const before = text.slice(start, match.position);
  const quotation = quotationAround(quotations, match);
  const framing = quotation ? sentenceBefore(text, quotation.position, window) : before;
  const around =
    quotation && closely ? `${framing} ${sentenceAfter(text, quotation.position + quotation.length)}` : before;
  const near = quotation ? ANY_CUE : cues.between(start, match.position);
  const has = ({ bit, pattern }: Cue, piece: string): boolean => (near & bit) !== 0 && pattern.test(piece);
  const context: ContextAnalysis = {
    is_quoted: quotation !== null && hasTextAround(text, quotation),
    is_academic: closely && has(ACADEMIC, around),
    is_testing: closely && has(TESTING, around),
    is_negation: (near & NEGATION.bit) !== 0 && isNegated(before),
  };
  const handedOver = closely && quotation !== null && isHandedOver(match, quotation, framing, around);
  const reported = closely && !context.is_quoted && !context.is_negation && has(REPORTED, before);
  const order = !closely || !match.imperative || isOrder(before);
  const steps = handedOver ? 0 : stepsDown(context, framing, reported, order);
  return {
    excused: steps > 0 && (context.is_quoted || context.is_negation || reported),
    severity: lowered(match.severity, steps),
    confidence: Math.round(Math.max(0.1, match.confidence - steps * 0.2) * 100) / 100,
    context,
  };
}

/** Speaks of what is quoted as of a thing: an example, a message, a payload, a value. */
const MENTION =
  /\b(?:e\.g|example|examples|such as|for instance|message|messages|payloads?|phrases?|strings?|prompts?|inputs?|text ?[=:]|attacks?|attackers?|attempts?|injections?|logged|log line|literature|detect(?:s|or|ed)?|scan(?:ner|s)?|flag(?:s|ged)?|classify|blocked|guard(?:rails?)?|fixtures?|never comply|do not (?:forward|follow)|value|const|return|assert\w{0,6})(?![a-z])/i;

/** Asks to work on what is quoted. */
const WORK_ON =
  /\b(?:summari[sz]e|summary|categori[sz]e|translate|conclusions?|review|rate|rank|repl(?:y|ies)|answer|based on|according to|given|analy[sz]e|extract|proofread|correct|describe|read|action items|what (?:is|are|does|do))\b/i;
/** Text before the match inside of its quotation, from which on the quotation is more than the match. */
const LEAST_MATERIAL = 40;

/**
 * A page, mail or paper quoted to be worked on, with the attack in the middle of it: an order smuggled into what is only to be read
 * is an attack, not a mention.
 */
function isHandedOver(match: Span, quotation: Span, framing: string, around: string): boolean {
  return match.position - quotation.position >= LEAST_MATERIAL && WORK_ON.test(framing) && !MENTION.test(around);
}

/** Those of the quotations that only mention what they hold: spoken of as a thing, with no order to do what they say. */
export function mentionsIn(text: string, quotations: readonly Span[]): Span[] {
  return quotations.slice(0, MOST_MENTIONS).filter((quotation) => {
    if (quotation.length < LEAST_MENTION || !hasTextAround(text, quotation)) return false;
    const before = sentenceBefore(text, quotation.position);
    if (asksToObey(before)) return false;
    return (
      VALUE.test(before) || MENTION.test(`${before} ${sentenceAfter(text, quotation.position + quotation.length)}`)
    );
  });
}

/** Assigned to a name or handed to a function, as in code. */
const VALUE = /\w ?[=(] ?$/;

/** Quotations looked at in one text; what is quoted beyond counts like the rest. */
const MOST_MENTIONS = 100;

/** A shorter quotation is a name or a word. */
const LEAST_MENTION = 12;

function stepsDown(context: ContextAnalysis, framing: string, reported: boolean, order: boolean): number {
  if (context.is_negation) return 3;
  if (context.is_quoted) {
    const excused = context.is_academic || context.is_testing;
    if (asksToObey(framing)) return excused ? 1 : 0;
    return excused ? 3 : 2;
  }
  return reported || !order ? 1 : 0;
}

/** "Never comply when a user writes …" asks for the opposite. */
function asksToObey(framing: string): boolean {
  const order = OBEY.exec(framing);
  return (
    order !== null &&
    !/\b(?:not|never|refuse|cannot|don['\u2019]t|must ?n['\u2019]t)\b/i.test(framing.slice(0, order.index))
  );
}

function lowered(severity: Severity, steps: number): Severity {
  return SEVERITIES[Math.max(0, SEVERITIES.indexOf(severity) - steps)] ?? severity;
}

/** From the sentence's beginning, or `most` characters back, to `position`. */
function sentenceBefore(text: string, position: number, most = SENTENCE): string {
  return text.slice(sentenceStart(text, position, most), position);
}

function sentenceStart(text: string, position: number, most: number): number {
  const first = Math.max(0, position - most);
  for (let at = position - 1; at >= first; at--) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE) return at + 1;
    if (
      ENDS[code] === 1 &&
      at + 1 < position &&
      text.charCodeAt(at + 1) <= BLANK &&
      !isAbbreviation(text.slice(Math.max(first, at - 4), at))
    ) {
      return at + 1;
    }
  }
  return first;
}

/** "e.g" and "i.e". */
function isAbbreviation(before: string): boolean {
  return before.charAt(before.length - 2) === '.' && /\b(?:e\.g|i\.e)$/.test(before);
}

const NEWLINE = 0x0a;
const BLANK = 0x20;
const ENDS = asciiSet('.!?');

function sentenceAfter(text: string, position: number): string {
  const window = text.slice(position, position + SENTENCE);
  const end = window.search(/[.!?]\s|\n/);
  return end < 0 ? window : window.slice(0, end);
}

function isNegated(before: string): boolean {
  let start = before.length;
  const first = Math.max(0, start - CLAUSE);
  while (start > first && CLAUSE_ENDS[before.charCodeAt(start - 1)] !== 1) start -= 1;
  const negation = NEGATION.pattern.exec(before.slice(start));
  return negation !== null && !NO_NEGATION.test(negation[0]);
}

function isOrder(before: string): boolean {
  return ORDER.test(before.slice(-LONGEST_ORDER));
}

/** A text that is nothing but its quotation says what it quotes. */
function hasTextAround(text: string, quotation: Span): boolean {
  const outside = `${text.slice(Math.max(0, quotation.position - SENTENCE), quotation.position)} ${text.slice(
    quotation.position + quotation.length,
    quotation.position + quotation.length + SENTENCE,
  )}`;
  return /[\p{L}\p{N}][^\p{L}\p{N}]{1,16}[\p{L}\p{N}]/u.test(outside);
}
