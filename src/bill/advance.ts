import { uuidv7 } from 'uuidv7';
import { addMonths, type IsoDate } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { Reference } from '../reference/lookup.ts';
import { billClaims } from './claim-store.ts';
import type { BillHoldingRow, BillRow } from './store.ts';

type Advance = Readonly<{
  bill: BillRow;
  holding: BillHoldingRow;
  amount: Decimal;
  reference: Reference;
  businessDate: IsoDate;
  now: Date;
}>;

/** A bank has paid what the drawer of an accepted bill lacked: a claim on the drawer that bears a daily rate (支付结算办法 art. 91). */
export function advanceDrawer(work: Workspace, { bill, holding, amount, reference, businessDate, now }: Advance): void {
  const daily = reference.requireParameter('bill.advanceDailyRate', businessDate).value;
  work.insert(billClaims, {
    id: uuidv7(),
    chainId: bill.chainId,
    billId: bill.id,
    acceptorId: bill.acceptorId,
    holdingId: holding.id,
    kind: 'advance',
    claimantId: bill.acceptorId,
    bookId: bill.acceptorId,
    settlesIn: bill.acceptorId,
    targets: [bill.drawerId],
    primaryTargets: [bill.drawerId],
    amount,
    rate: daily.times(360),
    interestFrom: businessDate,
    costs: new Decimal(0),
    principal: amount,
    costsLeft: new Decimal(0),
    interestNumerator: 0n,
    segmentFrom: businessDate,
    interestPaid: new Decimal(0),
    status: 'opened',
    reason: null,
    openedOn: businessDate,
    expiresOn: addMonths(businessDate, 36),
    closedOn: null,
    version: 1,
    createdAt: now.toISOString(),
  });
}
