/** What one command did, as it was answered. */
export type Decision = Readonly<{
  key: string;
  debit: string;
  credit: string;
  fen: bigint;
  accepted: boolean;
  /** The versions of its accounts that it decided on. */
  seen: Readonly<Record<string, number>>;
  invokedAt: number;
  answeredAt: number;
}>;

/**
 * An order of the decisions that explains every version each one saw and in which nothing comes before what had been
 * answered when it was asked: a witness that the history is strictly serializable. Throws when there is none.
 */
export function serialOrder(decisions: readonly Decision[]): Decision[] {
  const isBefore = (a: Decision, b: Decision): boolean =>
    a !== b && (a.answeredAt < b.invokedAt || Object.keys(a.seen).some((account) => precedes(a, b, account)));
  const rest = new Set(decisions);
  const order: Decision[] = [];
  while (rest.size > 0) {
    const next = [...rest].find((candidate) => ![...rest].some((other) => isBefore(other, candidate)));
    if (next === undefined) throw new Error(`no serial order explains ${[...rest].map(({ key }) => key).join(', ')}`);
    order.push(next);
    rest.delete(next);
  }
  return order;
}

/** On one account: a change precedes whoever saw it, and who did not see it precedes the change. */
function precedes(a: Decision, b: Decision, account: string): boolean {
  const [before, after] = [a.seen[account], b.seen[account]];
  if (before === undefined || after === undefined) return false;
  if (before === after) return !a.accepted && b.accepted;
  return before < after;
}

/** Decides again in this order, one after the other, and throws at the first answer that differs. */
export function replay(order: readonly Decision[], endowment: ReadonlyMap<string, bigint>): Map<string, bigint> {
  const balances = new Map(endowment);
  const left = (account: string) => (account.startsWith('2001/') ? -(balances.get(account) ?? 0n) : null);
  for (const { key, debit, credit, fen, accepted } of order) {
    const give = left(debit);
    const allowed = give === null || give >= fen;
    if (allowed !== accepted) throw new Error(`${key} was ${accepted ? 'accepted' : 'refused'}, alone it is not`);
    if (!allowed) continue;
    balances.set(debit, (balances.get(debit) ?? 0n) + fen);
    balances.set(credit, (balances.get(credit) ?? 0n) - fen);
  }
  return balances;
}
