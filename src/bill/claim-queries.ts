import { sql } from 'kysely';
import type { Actor } from '../platform/actor.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal, require } from '../platform/refusal.ts';
import type { LocatedClaim, LocatedHolding } from './claim.ts';
import type { LocatedPresentation } from './paying.ts';
import { BILL_MARKET } from './store.ts';

type Parties = { acceptorId: string; drawerId: string; bankId: string; holderId: string; pledgeeId: string | null };

const partiesOf = ({ acceptorId, drawerId, bankId, holderId, pledgeeId }: Parties): string[] => [
  ...new Set([acceptorId, drawerId, bankId, holderId, ...(pledgeeId === null ? [] : [pledgeeId])]),
];

/** Presentations to the asking acceptor, with everyone whose rows their payment may touch; the presenter is paid. */
export async function locatePresentations(
  database: Database,
  actor: Actor,
  offerIds: readonly string[],
): Promise<LocatedPresentation[]> {
  const rows = await readAs(database, actor, (db) =>
    db
      .selectFrom('bill_offer as o')
      .innerJoin('bill as b', 'b.id', 'o.bill_id')
      .select(['o.id as offerId', 'o.holding_id as holdingId', 'o.bill_id as billId', 'o.chain_id as chainId'])
      .select(['b.acceptor_id as acceptorId', 'b.drawer_id as drawerId', 'b.bank_id as bankId'])
      .select(['o.from_id as holderId', sql<null>`null`.as('pledgeeId')])
      .where('o.id', 'in', [...offerIds])
      .execute(),
  );
  const found = new Map(rows.map((row) => [row.offerId, row]));
  return offerIds.map((id, place) => {
    const row = found.get(id);
    if (row === undefined) throw new Refusal('not-found', `there is no offer ${id}`, { field: `/offerIds/${place}` });
    const { offerId, holdingId, billId, chainId } = row;
    return { offerId, holdingId, billId, chainId, parties: partiesOf(row) };
  });
}

/** A holding that the asking organization may see, with the parties of its bill. */
export async function locateDishonoured(database: Database, actor: Actor, holdingId: string): Promise<LocatedHolding> {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('bill_holding as h')
      .innerJoin('bill as b', 'b.id', 'h.bill_id')
      .select(['h.id as holdingId', 'h.bill_id as billId', 'h.chain_id as chainId'])
      .select(['b.acceptor_id as acceptorId', 'b.drawer_id as drawerId', 'b.bank_id as bankId'])
      .select(['h.holder_id as holderId', 'h.pledgee_id as pledgeeId'])
      .where('h.id', '=', holdingId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw new Refusal('not-found', `there is no holding ${holdingId}`, { field: '/holdingId' });
  const { billId, chainId } = row;
  return { holdingId, billId, chainId, parties: partiesOf(row) };
}

type ClaimPlace = Omit<LocatedClaim, 'parties'> & Readonly<{ acceptorId: string; targets: readonly string[] }>;

/**
 * A claim that the asking organization is a side of, with everyone whose rows its payment may touch.
 */
export async function locateClaim(database: Database, actor: Actor, claimId: string): Promise<LocatedClaim> {
  const { rows } = await readAs(database, actor, (db) =>
    sql<ClaimPlace>`
      select c.id as "claimId", c.holding_id as "holdingId", c.bill_id as "billId", c.chain_id as "chainId",
             c.claimant_id as "claimantId", c.settles_in as "settlesIn", c.acceptor_id as "acceptorId", c.targets
        from bill_claim c where c.id = ${claimId}`.execute(db),
  );
  const [row] = rows;
  require(row !== undefined, 'not-found', `there is no claim ${claimId}`);
  const { acceptorId, targets, ...located } = row;
  const parties = [located.claimantId, located.settlesIn, ...targets, acceptorId];
  return { ...located, parties: [...new Set(parties)] };
}

/** The day by which claims are told: that of the bank whose asset they are, else of the exchange. */
export async function claimDay(db: Reader, bookId: string | null): Promise<string> {
  const { rows } = await sql<{ day: string }>`
    select coalesce((select business_date from book where id = ${bookId}::uuid), business_date)::text as day
      from bill_market where id = ${BILL_MARKET}`.execute(db);
  return rows[0]?.day as string;
}
