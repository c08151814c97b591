import type { RefusalCode } from './refusals.ts';

export type RefusalDetail = Readonly<{
  /** JSON pointer of the input at fault, such as "/amount". */
  field?: string;
  /** What would be accepted there. */
  accepted?: string;
  /** Identifies the refused line in a bulk answer or carries figures such as the amount still available. */
  [extra: string]: unknown;
}>;

/** A caller's request that the rules refuse. Our own bugs are assertion failures instead. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly detail: RefusalDetail;

  constructor(code: RefusalCode, message: string, detail: RefusalDetail = {}) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.detail = detail;
  }
}

/** Refuses unless the condition holds. */
export function require(
  condition: boolean,
  code: RefusalCode,
  message: string,
  detail?: RefusalDetail,
): asserts condition {
  if (!condition) throw new Refusal(code, message, detail);
}
