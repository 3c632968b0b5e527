/**
 * The commonest patterns of prompt injection, by type. What a pattern is worth is judged by `weigh` in context.ts.
 *
 * In `phrase` a space stands for any short gap. The words allowed between the verb and its object are listed, not wild:
 * "show me the system prompt" is an order for it, "show me how to write a system prompt" is not.
 */
import { MULTILINGUAL } from './multilingual-rules.ts';
import { phrase, type Rule, upTo } from './rule.ts';

const DROP = 'ignore|ignoring|disregard|disregarding|forget|override|overrule|bypass|discard|neglect|skip|drop|omit';
const DROP_WORDS = DROP.split('|');
/** Says whose or which instructions are meant: those that the model already has. */
const WHOSE =
  'all|any|every|everything|your|my|our|the|these|those|this|of|other|previous|previously|prior|preceding|above|earlier|former|foregoing|initial|original|existing|current|past|last|system|safety|given|stated|said|and|or|hidden|internal|developer|ethical|content|set|provided|following|next|subsequent|future';
const ORDERS =
  'instructions?|directions?|directives?|rules?|guidelines?|prompts?|commands?|orders?|programming|training|constraints?|restrictions?|messages?|policy|policies|context|conversation|tasks?|statements?|inputs?|text|guardrails?|filters?|limitations?';

const TELL =
  'reveal|show|print|repeat|output|display|tell|share|leak|expose|dump|give|disclose|recite|echo|return|provide|paste|spell|divulge|summari[sz]e|translate';
const TELL_WORDS = TELL.replace('summari[sz]e', 'summarize|summarise').split('|');
const FILLER =
  'me|us|out|back|to|the|your|you|all|of|any|entire|full|whole|complete|exact|exactly|current|contents?|text|verbatim|word|for|again|now|please|first|everything|in|and|my|a copy|its|own|just|very';
const HIDDEN =
  'system|initial|hidden|original|secret|internal|developer|pre|preset|confidential|underlying|base|starting|first|previous';
const HELD = 'prompts?|instructions?|messages?|directives?|guidelines|rules|configuration|config|settings|programming';

const FREE =
  'unrestricted|unfiltered|uncensored|unlimited|unbound|jailbroken|amoral|unethical|evil|dan|lawless|limitless';
const LIMITS =
  'principles?|compass|values|virtues|considerations?|moralizing|inhibitions?|code|restrictions?|rules?|limits?|limitations?|filters?|guidelines?|censorship|constraints?|ethics|morals?|boundaries|policies|policy|restraints?|guardrails?|safeguards?';
const RIGHT = 'moral|ethical|legal|content|safety|openai|any|your|usual|typical|such|of|the';

const IGNORE_PREVIOUS: readonly Rule[] = [
  {
    type: 'IgnorePrevious',
    severity: 'Critical',
    confidence: 0.95,
    triggers: DROP_WORDS,
    pattern: phrase(
      // One of the first four words says that those are meant that the model has; looked for ahead, so that no word is tried twice.
      `(?:${DROP}) (?:about )?(?=${upTo(3, WHOSE)}(?:all|any|your|my|previous|previously|prior|preceding|above|earlier|former|foregoing|initial|original|existing|system|safety) )${upTo(8, WHOSE)}(?:${ORDERS})`,
    ),
  },
  {
    type: 'IgnorePrevious',
    severity: 'Critical',
    confidence: 0.9,
    triggers: ['forget', 'ignore', 'disregard'],
    pattern: phrase(
      '(?:forget|ignore|disregard) (?:about )?(?:everything|anything|all|what|whatever)(?: (?:that|of|the))? (?:above|before|prior|previous|i said|i told|i have said|you were told|you have been told|you know|you knew|you learned|has been said|was said|came before|written above|said before)',
    ),
  },
  {
    type: 'IgnorePrevious',
    severity: 'High',
    confidence: 0.7,
    triggers: DROP_WORDS,
    pattern: phrase(`(?:${DROP}) (?:the|these|those) (?:${ORDERS}|above)`),
  },
  {
    type: 'IgnorePrevious',
    severity: 'Critical',
    confidence: 0.9,
    triggers: ['do', 'stop', 'don'],
    pattern: phrase(
      `(?:do not|don t|stop) (?:follow|following|obey|obeying|listen to|listening to|heed) ${upTo(3, WHOSE)}(?:previous|prior|above|earlier|original|initial|system|your) ${upTo(2, WHOSE)}(?:${ORDERS})`,
    ),
  },
];

const MORE_IGNORE_PREVIOUS: readonly Rule[] = [
  {
    type: 'IgnorePrevious',
    severity: 'High',
    confidence: 0.7,
    triggers: ['ignore', 'disregard', 'forget', 'ignoring', 'disregarding'],
    pattern: phrase(
      '(?:ignore|disregard|forget|ignoring|disregarding) (?:the )?(?:above|everything|all that|all this|all of (?:the|that|this)|that and|anything)',
    ),
  },
  {
    type: 'IgnorePrevious',
    severity: 'Critical',
    confidence: 0.8,
    imperative: true,
    triggers: ['change', 'replace', 'rewrite', 'overwrite', 'update', 'leave'],
    pattern: phrase(
      '(?:(?:change|replace|rewrite|overwrite|update) your (?:system )?(?:instructions|rules|programming|guidelines|prompt|directives)|leave (?:all )?(?:the )?(?:previous|prior|above) (?:information|instructions|context|tasks?) behind)',
    ),
  },
  {
    type: 'IgnorePrevious',
    severity: 'High',
    confidence: 0.7,
    triggers: ['regardless', 'contrary', 'irrespective', 'instead'],
    pattern: phrase(
      '(?:regardless|irrespective|instead|contrary) (?:of|to) (?:any |all |the |your )?(?:previous|prior|above|earlier|original) (?:tasks?|instructions?|orders|rules|prompts?)',
    ),
  },
];

const PROMPT_EXTRACTION: readonly Rule[] = [
  {
    type: 'PromptExtraction',
    severity: 'Critical',
    confidence: 0.9,
    imperative: true,
    triggers: TELL_WORDS,
    pattern: phrase(
      `(?:${TELL}) ${upTo(6, FILLER)}(?:your ${upTo(2, `${HIDDEN}|own|exact|full`)}|(?:${HIDDEN}) ${upTo(1, HIDDEN)})(?:${HELD})`,
    ),
  },
  {
    type: 'PromptExtraction',
    severity: 'High',
    confidence: 0.8,
    imperative: true,
    triggers: ['what', 'whats'],
    pattern: phrase(
      `(?:what (?:is|are|was|were|s)|whats) (?:written in )?(?:your|the) ${upTo(2, `${HIDDEN}|own|exact|full`)}(?:(?:${HIDDEN}) (?:${HELD})|instructions)`,
    ),
  },
  {
    type: 'PromptExtraction',
    severity: 'Critical',
    confidence: 0.9,
    imperative: true,
    triggers: ['repeat', 'print', 'output', 'recite', 'copy', 'write', 'return', 'echo', 'display', 'show'],
    pattern: phrase(
      `(?:repeat|print|output|recite|copy|write|return|echo|display|show) ${upTo(4, FILLER)}(?:words?|text|lines?|sentences?|instructions?|everything|content) (?:that (?:is|are|was|were) )?(?:above|before this|before the|prior to this|preceding)`,
    ),
  },
  {
    type: 'PromptExtraction',
    severity: 'Critical',
    confidence: 0.85,
    imperative: true,
    triggers: ['repeat', 'print', 'output', 'recite', 'copy', 'echo', 'display', 'show'],
    pattern: phrase(
      `(?:repeat|print|output|recite|copy|echo|display|show) ${upTo(2, 'me|the|all|of|out|back')}(?:above|preceding) (?:text|words?|prompt|messages?|instructions?|content|conversation)`,
    ),
  },
  {
    type: 'PromptExtraction',
    severity: 'Critical',
    confidence: 0.8,
    imperative: true,
    triggers: ['repeat', 'print', 'output', 'display', 'show', 'reveal', 'give'],
    pattern: phrase(
      `(?:repeat|print|output|display|show|reveal|give) ${upTo(3, 'me|us|the|your')}(?:initiali[sz]ation|initial|boot|startup) (?:string|sequence|prompt|text|parameters)`,
    ),
  },
  {
    type: 'PromptExtraction',
    severity: 'Critical',
    confidence: 0.8,
    triggers: ['complete', 'finish', 'continue'],
    pattern: phrase(
      '(?:complete|finish|continue) (?:this|the|my|following|with|sentence|phrase|text|words?| ){1,6}(?:i|you) (?:was|were|am|are|have been) (?:instructed|told|programmed|asked|designed|configured)',
    ),
  },
  {
    type: 'PromptExtraction',
    severity: 'High',
    confidence: 0.7,
    triggers: ['your'],
    pattern: phrase(
      'your (?:own )?(?:system|initial|original|hidden|starting|secret|internal|first) (?:prompts?|instructions?|directives?|messages?|configuration)',
    ),
  },
];

const SYSTEM_ROLE: readonly Rule[] = [
  {
    type: 'SystemRole',
    severity: 'Critical',
    confidence: 0.85,
    triggers: ['system', 'admin', 'administrator', 'developer', 'root', 'sudo'],
    pattern: phrase(
      '(?:system|admin|administrator|developer|root|sudo) (?:override|mode activated|mode enabled|mode engaged|access granted)',
    ),
  },
  {
    type: 'SystemRole',
    severity: 'High',
    confidence: 0.7,
    triggers: ['new', 'updated', 'revised'],
    pattern: phrase('(?:new|updated|revised) system (?:prompt|message|instructions?|directive|rules?)'),
  },
  {
    type: 'SystemRole',
    severity: 'High',
    confidence: 0.7,
    triggers: ['system', 'assistant', 'developer'],
    // A line that poses as another speaker's turn.
    pattern:
      /(?<=^[ \t]{0,8}[[(#*<]{0,4}[ \t]{0,2})(?:system|assistant|developer)(?: message| prompt| note)?[\])#*>]{0,4}[ \t]{0,2}:/imy,
  },
];

const JAILBREAK: readonly Rule[] = [
  {
    type: 'JailbreakKeyword',
    severity: 'Critical',
    confidence: 0.95,
    triggers: ['do'],
    pattern: phrase('do anything now'),
  },
  {
    type: 'JailbreakKeyword',
    severity: 'Critical',
    confidence: 0.9,
    triggers: ['developer', 'dan', 'god', 'jailbreak', 'debug', 'dev', 'admin', 'sudo', 'unrestricted'],
    pattern: phrase(
      '(?:developer|dan|god|jailbreak|debug|dev|admin|sudo|unrestricted) mode (?:enabled|activated|engaged|on|output|unlocked|now)',
    ),
  },
  {
    type: 'JailbreakKeyword',
    severity: 'Critical',
    confidence: 0.9,
    imperative: true,
    triggers: ['enable', 'activate', 'enter', 'switch', 'simulate', 'engage', 'unlock'],
    pattern: phrase(
      '(?:enable|activate|enter|engage|unlock|simulate|switch (?:in)?to) (?:(?:the|your|full|chatgpt with) )?(?:developer|dan|god|jailbreak|unrestricted|sudo|maintenance) mode',
    ),
  },
  {
    type: 'JailbreakKeyword',
    severity: 'Low',
    confidence: 0.5,
    triggers: ['jailbreak', 'jailbroken', 'jailbreaking'],
    pattern: phrase('(?:jailbreak|jailbroken|jailbreaking)'),
  },
  {
    type: 'JailbreakKeyword',
    severity: 'Critical',
    confidence: 0.85,
    triggers: ['without', 'no', 'free', 'not', 'ignores', 'zero'],
    pattern: phrase(
      `(?:(?:with)?out any|no|free (?:from|of)(?: all)?|not (?:bound|limited|restricted|constrained|governed) by|ignores|zero) ${upTo(3, RIGHT)}(?:moral|ethical|safety|content|openai) ${upTo(2, `${RIGHT}|and|or|${LIMITS}`)}(?:${LIMITS})`,
    ),
  },
];

const ROLE_REVERSAL: readonly Rule[] = [
  {
    type: 'RoleReversal',
    severity: 'Critical',
    confidence: 0.9,
    triggers: ['you', 'act', 'pretend', 'become', 'be', 'respond', 'behave', 'roleplay', 'play'],
    pattern: phrase(
      `(?:you are(?: now)?|act(?:ing)? (?:as|like)|pretend (?:to be|you are)|become|be|respond as|behave (?:as|like)|roleplay as|play) (?:(?:an?|the|as|my|ai|completely|fully|totally|model|assistant|chatbot|called) ){0,4}(?:${FREE})`,
    ),
  },
  {
    type: 'RoleReversal',
    severity: 'Critical',
    confidence: 0.85,
    triggers: ['you', 'pretend', 'imagine', 'act'],
    pattern: phrase(
      `(?:you|pretend(?: that)?(?: you| there)?|imagine(?: you)?|act as (?:if|though)(?: you)?) (?:are |now |do |ai |that ){0,3}(?:have|has|are|had|not have|longer have|not bound by|not subject to|no longer bound by|free from|free of) ${upTo(3, `no|any|all|not|bound|by|to|${RIGHT}`)}(?:${LIMITS})`,
    ),
  },
  {
    type: 'RoleReversal',
    severity: 'Medium',
    confidence: 0.6,
    triggers: ['from'],
    pattern: phrase(
      'from (?:now|here|this point|this moment) (?:on|onward|onwards|forward)(?: (?:you|your)) (?:are|will|must|shall|respond|answer|act|name|only|should)',
    ),
  },
  {
    type: 'RoleReversal',
    severity: 'Medium',
    confidence: 0.5,
    triggers: ['you', 'pretend'],
    pattern: phrase('(?:you are now (?:an?|the|my|in|called|going|no longer)|pretend (?:to be|you are|that you))'),
  },
];

const REST: readonly Rule[] = [
  {
    type: 'ContextSwitching',
    severity: 'High',
    confidence: 0.75,
    triggers: ['new', 'updated', 'your', 'real', 'actual'],
    pattern: phrase(
      '(?:(?:new|updated|real|actual) (?:instructions?|orders|directives?|task)(?=\\s{0,2}[:=])|your (?:new|real|actual|true) (?:task|instructions?|goal|purpose|role|orders) (?:is|are))',
    ),
  },
  {
    type: 'ContextSwitching',
    severity: 'High',
    confidence: 0.75,
    triggers: ['end', 'begin', 'start', 'beginning'],
    pattern: phrase(
      '(?:end|begin|start|beginning) of (?:the )?(?:system |user |new |previous )?(?:prompt|instructions?|conversation|context|session|input)',
    ),
  },
  {
    type: 'AuthorityAppeal',
    severity: 'High',
    confidence: 0.7,
    triggers: ['i', 'im', 'this'],
    pattern: phrase(
      '(?:i am|i m|im|this is) (?:now )?(?:your|the|an?|one of your|from) (?:(?:openai|anthropic|google|system|authori[sz]ed|lead|chief|real|ai) )?(?:developers?|creators?|administrators?|admin|owner|master|god|programmer|engineer) (?:and|so|of|here|speaking|i|you)',
    ),
  },
  {
    type: 'OutputManipulation',
    severity: 'Medium',
    confidence: 0.6,
    triggers: ['start', 'begin', 'respond', 'reply', 'answer', 'say'],
    pattern: phrase(
      '(?:(?:start|begin) (?:your|every|each|all)(?: of your)? (?:responses?|repl(?:y|ies)|answers?|messages?|output) (?:with|by)|(?:respond|reply|answer) only with|(?:respond|reply|answer) with (?:nothing|only) (?:but )?)',
    ),
  },
  {
    type: 'MemoryExfiltration',
    severity: 'High',
    confidence: 0.8,
    imperative: true,
    triggers: TELL_WORDS,
    pattern: phrase(
      `(?:${TELL}) ${upTo(5, FILLER)}(?:(?:previous|other|earlier|another|last|past) (?:users?|customers?|persons?|conversations?|chats?|sessions?)|(?:chat|conversation|message) (?:history|log|memory)|your memory)`,
    ),
  },
  {
    type: 'ChainOfThought',
    severity: 'High',
    confidence: 0.7,
    imperative: true,
    triggers: TELL_WORDS,
    pattern: phrase(
      `(?:${TELL}) ${upTo(4, FILLER)}your (?:internal |hidden |private |raw |full |secret )?(?:chain of thought|scratch(?: )?pad|inner monologue|hidden reasoning|internal reasoning|private thoughts)`,
    ),
  },
  {
    type: 'EncodedInstruction',
    severity: 'Critical',
    confidence: 0.85,
    imperative: true,
    triggers: ['decode', 'decrypt', 'deobfuscate', 'unscramble', 'reverse', 'convert', 'translate', 'decipher'],
    pattern: phrase(
      '(?:decode|decrypt|deobfuscate|unscramble|reverse|convert|translate|decipher) (?:[a-z0-9]{1,16} ){0,8}?(?:and|then) (?:[a-z]{1,16} ){0,2}?(?:follow|execute|obey|perform|carry out|act on|do (?:what|as))',
    ),
  },
  {
    type: 'ConfusionPattern',
    severity: 'Medium',
    confidence: 0.5,
    triggers: ['opposite', 'the'],
    pattern: phrase(
      '(?:opposite (?:day|mode)|the opposite of (?:your|what you were) (?:told|rules|instructions|guidelines))',
    ),
  },
];

export const RULES: readonly Rule[] = [
  ...IGNORE_PREVIOUS,
  ...MORE_IGNORE_PREVIOUS,
  ...PROMPT_EXTRACTION,
  ...SYSTEM_ROLE,
  ...JAILBREAK,
  ...ROLE_REVERSAL,
  ...REST,
  ...MULTILINGUAL,
];
