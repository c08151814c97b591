import { uuidv7 } from 'uuidv7';
import { books, requireOpenBook } from '../ledger/book-store.ts';
import type { IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import { require } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import { requireVersion } from '../platform/version.ts';
import type { Workspace } from '../platform/workspace.ts';
import { consentAnswer } from './discount-answer.ts';
import { consentKey } from './discount-loading.ts';
import { type ConsentRow, interestConsents } from './discount-store.ts';

type Give = Readonly<{ chainId: string; bookId: string; buyerShare: Decimal; validUntil: IsoDate }>;
type Answer = ReturnType<typeof consentAnswer>;

/**
 * A drawer consents that a bank takes a part of the discount interest of its bills from its deposit (买方付息, 协议付息).
 * It has one consent at a bank and chain at a time.
 */
export const giveConsent: UseCase<Give, Answer, ReadonlySet<string>> = {
  name: 'bill_interest_consent.give',
  status: 201,
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId, input.chainId],
  load: async (work, commands) => {
    await work.lock(
      books,
      commands.map(({ input }) => input.bookId),
    );
    const standing = await work.query<{ chain_id: string; book_id: string; buyer_id: string }>(
      'bill_interest_consent.of_buyers',
      `select chain_id, book_id, buyer_id from bill_interest_consent
        where buyer_id = any($1::uuid[]) and ended_on is null`,
      [commands.map(({ actor }) => actor.orgId)],
    );
    return new Set(standing.map((row) => consentKey(row.chain_id, row.book_id, row.buyer_id)));
  },
  decide: (work, { actor, input, now }, standing) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const key = consentKey(input.chainId, input.bookId, actor.orgId);
    const known = standing.has(key) || work.all(interestConsents).some((each) => keyOf(each) === key);
    require(!known, 'already-exists', 'a consent stands at this bank and chain', {
      accepted: 'a new consent once the present one has ended',
    });
    require(input.buyerShare.greaterThan(0), 'invalid-input', 'nothing would be borne', {
      field: '/buyerShare',
      accepted: 'above 0, at most 1',
    });
    require(input.validUntil >= businessDate, 'invalid-input', 'the consent would be over', {
      field: '/validUntil',
      accepted: `${businessDate} or later`,
    });
    const consent: ConsentRow = {
      id: uuidv7(),
      chainId: input.chainId,
      bookId: input.bookId,
      buyerId: actor.orgId,
      buyerShare: input.buyerShare,
      validFrom: businessDate,
      validUntil: input.validUntil,
      endedOn: null,
      givenBy: actor.personId,
      version: 1,
      createdAt: now.toISOString(),
    };
    work.insert(interestConsents, consent);
    tell(work, 'given', consent);
    return consentAnswer(consent);
  },
};

type End = Readonly<{ consentId: string; bookId: string; expectedVersion: number }>;

/** The drawer ends its consent: quotes that rest on it can no longer be taken, discounts that did go on. */
export const endConsent: UseCase<End, Answer> = {
  name: 'bill_interest_consent.end',
  lane: ({ input }) => input.bookId,
  scope: ({ input }) => [input.bookId],
  load: async (work, commands) => {
    await work.lock(
      books,
      commands.map(({ input }) => input.bookId),
    );
    await work.lock(
      interestConsents,
      commands.map(({ input }) => input.consentId),
    );
  },
  decide: (work, { actor, input }) => {
    const { businessDate } = requireOpenBook(work, input.bookId);
    const consent = work.get(interestConsents, input.consentId);
    require(consent.buyerId === actor.orgId, 'not-a-party', 'the drawer ends its consent');
    requireVersion(consent.version, input.expectedVersion);
    require(consent.endedOn === null, 'illegal-transition', 'the consent has ended', { accepted: 'nothing' });
    const ended = work.update(interestConsents, consent.id, { endedOn: businessDate });
    tell(work, 'ended', ended);
    return consentAnswer(ended);
  },
};

const keyOf = ({ chainId, bookId, buyerId, endedOn }: ConsentRow): string | null =>
  endedOn === null ? consentKey(chainId, bookId, buyerId) : null;

function tell(work: Workspace, what: string, consent: ConsentRow): void {
  work.emit({
    kind: `bill_interest_consent.${what}`,
    objectKind: 'bill_interest_consent',
    objectId: consent.id,
    scopeId: consent.bookId,
    parties: [consent.bookId, consent.buyerId],
    data: { buyerShare: new Decimal(consent.buyerShare).toFixed(6), validUntil: consent.validUntil },
  });
}
