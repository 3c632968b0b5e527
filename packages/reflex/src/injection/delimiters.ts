import type { Severity } from '../verdict.ts';

/** Marks by which chat templates part the speakers; in a user's text they forge another speaker's turn. */
export const DELIMITER =
  /<\|(?:im_start|im_end|im_sep|system|user|assistant|endoftext|begin_of_text|eot_id|start_header_id|end_header_id)\|>|<<\/?SYS>>|\[\/?(?:INST|SYSTEM)\]|<\/?(?:system|system_prompt|instructions?|start_of_turn|end_of_turn|user_input)>|#{2,4} {0,2}(?:system|instructions?|response)(?: prompt)?:|[-=*]{3,8} {0,2}(?:end|begin|start) of (?:the )?(?:system )?(?:prompt|instructions?|context|document|input)/gi;

/** Marks that have no meaning but the template's. */
const TEMPLATE_ONLY = /^(?:<\||<<|\[\/?INST)/i;

export function delimiterSeverity(mark: string): Severity {
  return TEMPLATE_ONLY.test(mark) ? 'Critical' : 'Medium';
}
