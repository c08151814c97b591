import { type AccountPath, chart, codeOf } from '../ledger/chart.ts';
import type { IsoDate } from '../money/dates.ts';
import type { Bank } from './cast.ts';
import type { Client, Json } from './client.ts';
import type { Scene } from './scene.ts';

export type Say = (line?: string) => void;

/** Reads until the condition holds: what runs in the background is then done. */
export async function until(client: Client, path: string, holds: (answer: Json) => boolean): Promise<Json> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const answer = await client.get(path);
    if (holds(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${path} did not come to what was expected`);
}

/** Closes the book's business day and answers the day that follows. */
export async function closeDay(bank: Bank, businessDate: IsoDate): Promise<IsoDate> {
  const path = `/v1/books/${bank.id}/day-closes`;
  await bank.operator.post(path, { businessDate });
  const { nextDate } = await until(bank.operator, `${path}/${businessDate}`, ({ state }) => state === 'done');
  return nextDate;
}

/** The journals about something, as an accountant would read them. */
export async function tellJournals(scene: Scene, subjectId: string, told: Set<string>, say: Say): Promise<void> {
  const { items } = await scene.bank.maker.get(`/v1/books/${scene.bank.id}/journals?subjectId=${subjectId}&limit=200`);
  for (const { id } of [...items].reverse()) {
    if (told.has(id)) continue;
    told.add(id);
    const journal = await scene.bank.maker.get(`/v1/books/${scene.bank.id}/journals/${id}`);
    say(`      ${journal.businessDate}  ${journal.kind}`);
    for (const { account, amount } of journal.lines) {
      const side = amount.startsWith('-') ? 'Cr' : 'Dr';
      const name = chart[codeOf(account as AccountPath)].name;
      say(`        ${side} ${account.slice(0, 4)} ${name.padEnd(42)} ${amount.replace('-', '').padStart(16)}`);
    }
  }
}
