import { sql } from 'kysely';
import { registrationAnswers } from '../collateral/store.ts';
import { located } from '../financing/queries.ts';
import { coverAt } from '../goods/queries.ts';
import { Decimal, roundToFen } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import { shanghaiDate } from '../platform/clock.ts';
import { type Database, type Reader, readAs } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import { tableRows } from '../platform/table.ts';
import { marginCallAnswer, pledgeAnswer } from './answer.ts';
import type { LocatedPledge } from './loading.ts';
import { controlLine, cureOf, drawable, isRestored, loanToValue, outranksEarlier, rungOf } from './rules.ts';
import { ladderOf } from './standing.ts';
import { marginCalls, pledges } from './store.ts';

const notFound = (id: string): Refusal => new Refusal('not-found', `there is no inventory pledge ${id}`);

/** Where a pledge belongs, if the asking organization may see it; `not-found` otherwise. */
export async function locatePledge(database: Database, actor: Actor, pledgeId: string): Promise<LocatedPledge> {
  const row = await readAs(database, actor, (db) => locatedIn(db, pledgeId));
  if (row === undefined) throw notFound(pledgeId);
  return row;
}

const locatedIn = (db: Reader, pledgeId: string) =>
  db
    .selectFrom('inventory_pledge')
    .select([
      'id as pledgeId',
      'book_id as bookId',
      'chain_id as chainId',
      'pledgor_id as pledgorId',
      'supervisor_id as supervisorId',
    ])
    .where('id', '=', pledgeId)
    .executeTakeFirst();

/** The same with the loans that the pledge carries. */
export const locatePledgeWithLoans = (database: Database, actor: Actor, pledgeId: string) =>
  readAs(database, actor, async (db) => {
    const row = await locatedIn(db, pledgeId);
    if (row === undefined) throw notFound(pledgeId);
    const financings = await db
      .selectFrom('financing')
      .select(located)
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('financing_item')
          .select('financing_id')
          .where('item_id', '=', pledgeId)
          .where('kind', '=', 'lot'),
      )
      .orderBy('id')
      .execute();
    return { ...row, financings };
  });

/** A confirmed pledge with its programme, for a drawing. */
export async function locateDrawing(database: Database, actor: Actor, pledgeId: string) {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('inventory_pledge')
      .select(['id as pledgeId', 'book_id as bookId', 'chain_id as chainId', 'programme_id as programmeId'])
      .where('id', '=', pledgeId)
      .executeTakeFirst(),
  );
  if (row === undefined) throw notFound(pledgeId);
  return { ...row, product: 'inventory_loan' as const };
}

/** The bank and the chain of a programme that the asking organization may see; `not-found` otherwise. */
export async function locateProgramme(database: Database, actor: Actor, programmeId: string) {
  const row = await readAs(database, actor, (db) =>
    db
      .selectFrom('programme')
      .select(['book_id as bookId', 'chain_id as chainId'])
      .where('id', '=', programmeId)
      .executeTakeFirst(),
  );
  if (row === undefined)
    throw new Refusal('not-found', `there is no programme ${programmeId}`, { field: '/programmeId' });
  return { programmeId, ...row };
}

/** The banks of pledges that the asking warehouse operator supervises; `not-found` for any other. */
export async function supervisedBanks(
  database: Database,
  actor: Actor,
  pledgeIds: readonly string[],
): Promise<string[]> {
  const ids = [...new Set(pledgeIds)];
  if (ids.length === 0) return [];
  const rows = await readAs(database, actor, (db) =>
    db
      .selectFrom('inventory_pledge')
      .select(['id', 'book_id'])
      .where('id', 'in', ids)
      .where('supervisor_id', '=', actor.orgId)
      .execute(),
  );
  const hidden = ids.find((id) => !rows.some((row) => row.id === id));
  if (hidden !== undefined) throw notFound(hidden);
  return rows.map(({ book_id }) => book_id);
}

export async function locateRelease(database: Database, actor: Actor, pledgeId: string, releaseId: string) {
  return readAs(database, actor, async (db) => {
    const row = await locatedIn(db, pledgeId);
    const release = await db
      .selectFrom('goods_release')
      .select(['id as releaseId', 'lot_id as lotId', 'quantity'])
      .where('id', '=', releaseId)
      .where('pledge_id', '=', pledgeId)
      .executeTakeFirst();
    if (row === undefined || release === undefined) throw new Refusal('not-found', `there is no release ${releaseId}`);
    return { ...row, ...release, quantity: new Decimal(release.quantity) };
  });
}

export async function locateSale(database: Database, actor: Actor, pledgeId: string, saleId: string) {
  const pledge = await locatePledgeWithLoans(database, actor, pledgeId);
  const sale = await readAs(database, actor, (db) =>
    db
      .selectFrom('goods_sale')
      .select(['id as saleId', 'buyer_id as buyerId', 'lots'])
      .where('id', '=', saleId)
      .where('pledge_id', '=', pledgeId)
      .executeTakeFirst(),
  );
  if (sale === undefined) throw new Refusal('not-found', `there is no sale ${saleId}`);
  const lotIds = (sale.lots as unknown as readonly { lotId: string }[]).map(({ lotId }) => lotId);
  return { ...pledge, saleId: sale.saleId, buyerId: sale.buyerId, lotIds };
}

/** Yuan that a pledge carries: principal, and what is on its way to be paid. */
async function carried(db: Reader, pledgeId: string) {
  const { rows } = await sql<{ exposure: string; registrations: string[] }>`
    select coalesce(sum(case when f.status in ('active', 'overdue', 'recovering', 'written_off') then f.principal
                             when f.status in ('submitted', 'approved', 'disbursing') then f.amount else 0 end), 0) as exposure,
           coalesce(array_agg(f.registration_id) filter (where f.registration_id is not null), '{}') as registrations
      from financing_item i join financing f on f.id = i.financing_id
     where i.item_id = ${pledgeId} and i.kind = 'lot'`.execute(db);
  const [row] = rows;
  return { exposure: new Decimal(row?.exposure ?? 0), registrations: row?.registrations ?? [] };
}

/** A pledge as it stands now: cover, control line, what may be drawn, what would cure it, and its rank. */
export async function standingOf(db: Reader, pledgeId: string, now: Date) {
  const [pledge] = await tableRows(db, pledges, 'id', [pledgeId]);
  if (pledge === undefined) throw notFound(pledgeId);
  const goods = await coverAt(db, pledge, { at: now.toISOString(), knownAt: now.toISOString() });
  const { exposure, registrations } = await carried(db, pledgeId);
  const cover = { exposure, margin: pledge.margin, value: roundToFen(goods.value) };
  const ladder = ladderOf(pledge);
  const cure = cureOf(cover, ladder);
  const calls = await tableRows(db, marginCalls, 'pledge_id', [pledgeId]);
  const open = calls.find(({ state }) => state === 'open');
  return {
    pledge: pledgeAnswer(pledge),
    cover: {
      value: cover.value.toFixed(2),
      exposure: exposure.toFixed(2),
      margin: pledge.margin.toFixed(2),
      controlLine: controlLine(cover, ladder).toFixed(2),
      loanToValue: loanToValue(cover)?.toFixed(6) ?? null,
      rung: rungOf(cover, ladder),
      drawable: drawable(cover, ladder).toFixed(2),
      lots: goods.lots,
      unpriced: goods.unpriced,
      oldestQuote: goods.oldestQuote,
    },
    marginCall: open === undefined ? null : marginCallAnswer(open),
    cure: isRestored(cover, ladder)
      ? null
      : {
          cash: cure.cash.toFixed(2),
          margin: cure.margin.toFixed(2),
          goodsValue: cure.goodsValue.toFixed(2),
          quantities: await curingQuantities(db, pledge, cure.quantityOf, now),
        },
    priority: await priorityOf(db, pledge, registrations),
  };
}

type Unit = { gradeId: string; step: string; unit: string };

/** How much of each grade in the pledge would cure it, at the quotation in force. */
async function curingQuantities(
  db: Reader,
  pledge: Readonly<{ id: string; bookId: string }>,
  quantityOf: ReturnType<typeof cureOf>['quantityOf'],
  now: Date,
) {
  const { rows } = await sql<Unit>`
    select g.grade_id as "gradeId", g.step, p.price * (1 - coalesce(h.ratio, 0)) as unit
      from (select distinct grade_id, step from lot where pledge_id = ${pledge.id} and book_id = ${pledge.bookId}) g
      cross join lateral (select price from goods_price where book_id = ${pledge.bookId} and grade_id = g.grade_id
         and quoted_at <= ${now.toISOString()}::timestamptz order by quoted_at desc, recorded_at desc, id desc limit 1) p
      left join lateral (select ratio from haircut where book_id = ${pledge.bookId} and grade_id = g.grade_id
         order by effective_at desc, recorded_at desc, id desc limit 1) h on true
     order by 1`.execute(db);
  return rows.map(({ gradeId, step, unit }) => ({
    gradeId,
    quantity: quantityOf({ value: new Decimal(unit), step: new Decimal(step) }).toFixed(),
  }));
}

/** The rank of a pledge: when it was registered, and whether it outranks earlier security over the goods it paid for. */
async function priorityOf(
  db: Reader,
  pledge: Readonly<{ id: string; purchaseMoney: boolean; supervisorId: string | null; controlledFrom: string | null }>,
  registrations: readonly string[],
) {
  const rows =
    registrations.length === 0
      ? []
      : await registrationAnswers(db, {})
          .where('id', 'in', [...registrations])
          .execute();
  const [first] = rows
    .filter(({ registeredAt }) => registeredAt !== null)
    .sort((a, b) => ((a.registeredAt as string) < (b.registeredAt as string) ? -1 : 1));
  const lots = await db.selectFrom('lot').select('received_on').distinct().where('pledge_id', '=', pledge.id).execute();
  const registeredOn = first?.registeredAt == null ? null : shanghaiDate(new Date(first.registeredAt));
  return {
    registerNumber: first?.registerNumber ?? null,
    registeredAt: first?.registeredAt ?? null,
    controlledFrom: pledge.controlledFrom,
    purchaseMoney: pledge.purchaseMoney,
    outranksEarlier:
      pledge.purchaseMoney &&
      outranksEarlier(
        lots.map(({ received_on }) => received_on),
        registeredOn,
      ),
  };
}

/** What a pledge was worth at a past moment, by what was known then or since. */
export async function valuationAt(db: Reader, pledgeId: string, moment: Readonly<{ at: string; knownAt: string }>) {
  const [pledge] = await tableRows(db, pledges, 'id', [pledgeId]);
  if (pledge === undefined) throw notFound(pledgeId);
  const { value, ...rest } = await coverAt(db, pledge, moment);
  return { pledgeId, ...moment, value: roundToFen(value).toFixed(2), ...rest };
}

export const pledgeAnswers = (db: Reader) =>
  db
    .selectFrom('inventory_pledge')
    .select([
      'id',
      'book_id as bookId',
      'chain_id as chainId',
      'programme_id as programmeId',
      'programme_version as programmeVersion',
      'pledgor_id as pledgorId',
      'mode',
      'purchase_money as purchaseMoney',
      'status',
      'outbound',
      'terms',
      sql<string>`round(value, 2)::text`.as('value'),
      sql<string>`round(margin, 2)::text`.as('margin'),
      'valued_at as valuedAt',
      'supervisor_id as supervisorId',
      'supervision',
      'controlled_from as controlledFrom',
      'note',
      'version',
      'created_at as createdAt',
    ]);

export const valuationAnswers = (db: Reader, pledgeId: string) =>
  db
    .selectFrom('pledge_valuation')
    .select([
      'id',
      'business_date as businessDate',
      'cause',
      sql<string>`round(value, 2)::text`.as('value'),
      sql<string>`round(exposure, 2)::text`.as('exposure'),
      sql<string>`round(margin, 2)::text`.as('margin'),
      sql<string>`round(control_line, 2)::text`.as('controlLine'),
      sql<string | null>`round(loan_to_value, 6)::text`.as('loanToValue'),
      'rung',
      'lots',
      'unpriced',
      'oldest_quote as oldestQuote',
      'valued_at as valuedAt',
    ])
    .where('pledge_id', '=', pledgeId);

export const marginCallAnswers = (db: Reader, pledgeId: string) =>
  db
    .selectFrom('margin_call')
    .select([
      'id',
      'pledge_id as pledgeId',
      'state',
      'called_on as calledOn',
      'due_on as dueOn',
      sql<string>`round(value, 2)::text`.as('value'),
      sql<string>`round(exposure, 2)::text`.as('exposure'),
      sql<string>`round(cash, 2)::text`.as('cash'),
      sql<string>`round(goods_value, 2)::text`.as('goodsValue'),
      'ended_on as endedOn',
      'version',
      'created_at as createdAt',
    ])
    .where('pledge_id', '=', pledgeId);

export const releaseAnswers = (db: Reader, pledgeId: string) =>
  db
    .selectFrom('goods_release')
    .select([
      'id',
      'pledge_id as pledgeId',
      'lot_id as lotId',
      'quantity',
      'state',
      'released_lot_id as releasedLotId',
      sql<string | null>`round(value, 2)::text`.as('value'),
      'rule',
      'reason',
      'version',
      'created_at as createdAt',
    ])
    .where('pledge_id', '=', pledgeId);

export const substitutionAnswers = (db: Reader, pledgeId: string) =>
  db
    .selectFrom('goods_substitution')
    .select([
      'id',
      'pledge_id as pledgeId',
      'lots',
      'state',
      'reason',
      'document_number as documentNumber',
      'version',
      'created_at as createdAt',
    ])
    .where('pledge_id', '=', pledgeId);

export const saleAnswers = (db: Reader, pledgeId: string) =>
  db
    .selectFrom('goods_sale')
    .select([
      'id',
      'pledge_id as pledgeId',
      'buyer_id as buyerId',
      'lots',
      sql<string>`round(proceeds, 2)::text`.as('proceeds'),
      sql<string>`round(cost, 2)::text`.as('cost'),
      'bank_reference as bankReference',
      'state',
      'applied',
      sql<string | null>`round(surplus, 2)::text`.as('surplus'),
      sql<string | null>`round(loss, 2)::text`.as('loss'),
      'approval_id as approvalId',
      'version',
      'created_at as createdAt',
    ])
    .where('pledge_id', '=', pledgeId);
