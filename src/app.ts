import type { FastifyInstance } from 'fastify';
import { approvalRoutes } from './approval/routes.ts';
import { billClaimRoutes } from './bill/claim-routes.ts';
import { recordDiscountPayment } from './bill/discount-payment.ts';
import { locateDiscount } from './bill/discount-queries.ts';
import { discountRoutes } from './bill/discount-routes.ts';
import { pumpBillMessages } from './bill/exchange-pump.ts';
import { ownSteps, runMarketClose } from './bill/market-close.ts';
import { billMarketRoutes } from './bill/market-routes.ts';
import { presentMatured, settlePresentations } from './bill/maturity-steps.ts';
import { billOfferRoutes } from './bill/offer-routes.ts';
import { pledgeLoanRoutes } from './bill/pledge-loan-routes.ts';
import { rediscountRoutes } from './bill/rediscount-routes.ts';
import { billRoutes } from './bill/routes.ts';
import { simulatedExchange } from './bill/simulated-exchange.ts';
import { runMemberImports } from './chain/import-worker.ts';
import { chainRoutes } from './chain/routes.ts';
import { pumpRegistrations } from './collateral/pump.ts';
import { registrationRoutes } from './collateral/routes.ts';
import { simulatedRegister } from './collateral/simulated-register.ts';
import { creditBatchRoutes } from './credit/batch-routes.ts';
import { runCreditBatches } from './credit/batch-worker.ts';
import { creditRoutes } from './credit/routes.ts';
import { recordDisbursement } from './financing/disbursement.ts';
import { disbursementRoutes } from './financing/disbursement-routes.ts';
import { locateFinancing } from './financing/queries.ts';
import { financingRoutes } from './financing/routes.ts';
import { fundRoutes } from './fund/routes.ts';
import { fundUseRoutes } from './fund/use-routes.ts';
import { priceRoutes } from './goods/price-routes.ts';
import { goodsRoutes } from './goods/routes.ts';
import { guaranteeClaimRoutes } from './guarantee/claim-routes.ts';
import { guaranteeRoutes } from './guarantee/routes.ts';
import { createIdentity, type Identity } from './identity/identity.ts';
import { parseMasterKey } from './identity/master-key.ts';
import { permissions } from './identity/permissions.ts';
import { identityRoutes } from './identity/routes.ts';
import { runRevaluations } from './inventory/revaluations.ts';
import { inventoryRoutes } from './inventory/routes.ts';
import { inventoryStock } from './inventory/stock.ts';
import { ledgerRoutes } from './ledger/routes.ts';
import { limitRoutes } from './limit/routes.ts';
import { checkRoutes } from './oversight/routes.ts';
import { type PaymentOutcomes, pumpPayments } from './payment/pump.ts';
import { paymentRoutes } from './payment/routes.ts';
import { simulatedBank } from './payment/simulated-bank.ts';
import type { PaymentRow } from './payment/store.ts';
import type { Clock } from './platform/clock.ts';
import { assertRowSecurity, connect, type Database } from './platform/database.ts';
import { createLogger } from './platform/http/logging.ts';
import { createMetrics } from './platform/http/metrics.ts';
import type { Platform } from './platform/http/platform.ts';
import { buildServer } from './platform/http/server.ts';
import { startJobs } from './platform/jobs.ts';
import type { Settings } from './platform/settings.ts';
import { createUnitOfWork } from './platform/unit-of-work.ts';
import { runAsSystem, systemCommand } from './platform/worker.ts';
import { prepaymentRoutes } from './prepayment/routes.ts';
import { programmeRoutes } from './programme/routes.ts';
import { programmeVersionRoutes } from './programme/version-routes.ts';
import { receiptRoutes } from './receipt/routes.ts';
import { simulatedRegistry } from './receipt/simulated-registry.ts';
import { applicationRoutes } from './receivable/application-routes.ts';
import { receivableRoutes } from './receivable/routes.ts';
import { referenceProposalRoutes } from './reference/proposal-routes.ts';
import { referenceRoutes } from './reference/routes.ts';
import { alertRoutes } from './risk/alert-routes.ts';
import { flowRoutes } from './risk/flow-routes.ts';
import { ageUnfinancedChains } from './settlement/ageing.ts';
import { runCloses } from './settlement/close-of-day.ts';
import { lendingInvariants } from './settlement/invariants.ts';
import { keeper } from './settlement/keepers.ts';
import { recordRefund } from './settlement/refund.ts';
import { settlementRoutes } from './settlement/routes.ts';
import { closePastDays } from './settlement/scheduled-close.ts';
import { eventRoutes } from './webhook/event-routes.ts';
import { webhookRoutes } from './webhook/routes.ts';
import { createWebhookSecrets } from './webhook/secrets.ts';
import { createSender } from './webhook/sender.ts';
import { webhookWorkers } from './webhook/workers.ts';

export type Service = Readonly<{
  app: FastifyInstance;
  database: Database;
  identity: Identity;
  /** Background work by name, to be run at once: what jobs run by themselves. */
  work: Readonly<
    Record<
      | 'payments'
      | 'registrations'
      | 'bill-messages'
      | 'bill-market'
      | 'member-imports'
      | 'credit-batches'
      | 'revaluations'
      | 'close-day'
      | 'scheduled-close'
      | 'end-day'
      | 'outbox'
      | 'deliveries',
      () => Promise<void>
    >
  >;
  /** Finishes what has begun, then lets go of the database. */
  stop: () => Promise<void>;
}>;

export type ServiceOptions = Readonly<{
  /** Url of the owner; the service takes the role that row-level security binds. */
  databaseUrl: string;
  settings: Settings;
  clock: Clock;
  /** Without jobs nothing runs in the background: the caller runs `work` itself. */
  jobs: boolean;
}>;

const VERSION = '0.3.0';

const tags = [
  { name: 'Tokens', description: 'OAuth client credentials, and who one is.' },
  { name: 'Organizations', description: 'Legal entities with validated codes and derived scale.' },
  { name: 'People', description: 'Who acts for an organization, in which roles.' },
  { name: 'API clients', description: 'Programs that act for a person.' },
  { name: 'Settlement accounts', description: 'Bank accounts, changed by two people.' },
  { name: 'Chains', description: 'Core enterprises, their members in tiers, and the documents of their trade.' },
  { name: 'Programmes', description: 'What a bank offers to a chain, version by version.' },
  { name: 'Limits', description: 'How much may be drawn, from the group down to the product.' },
  { name: 'Approvals', description: 'What waits for another person.' },
  { name: 'Oversight', description: 'Checks before, in and after lending, alerts, and where loan money goes.' },
  { name: 'Receivables', description: 'From registration to their parts in other hands.' },
  { name: 'Financings', description: 'From quote to the last fen.' },
  { name: 'Bills', description: 'Drawn on real trade, accepted, handed on in parts, guaranteed and pledged.' },
  { name: 'Bill exchange', description: 'Its business day, its acceptors, what it was told, and orders of courts.' },
  { name: 'Bill discounts', description: 'Quotes side by side, discounts, redemption and rediscount of bills.' },
  { name: 'Credit', description: 'Unsecured loans on trade data: limits that explain themselves.' },
  { name: 'Guarantees', description: 'Guarantors that approve beside the bank and share its losses.' },
  { name: 'Funds', description: 'Pools that compensate losses, and funds that bridge maturing loans.' },
  { name: 'Prepayments', description: 'Goods paid for in advance, and released against payment.' },
  { name: 'Goods', description: 'What lies where, and what it is quoted at.' },
  { name: 'Inventory pledges', description: 'Goods that secure loans: cover, calls, releases, sale.' },
  { name: 'Warehouse receipts', description: 'From issue through endorsement, split and pledge to delivery.' },
  { name: 'Loans on bills', description: 'Bills pledged to the bank that carry a loan until it is paid.' },
  { name: 'Loans on receipts', description: 'Application, valuation, and goods that leave the pledge.' },
  { name: 'Settlement', description: 'Money coming in, and the close of the day.' },
  { name: 'Payments', description: 'Instructions to the bank and their outcome.' },
  { name: 'Registrations', description: 'Security recorded in the movable-finance register, with its rank.' },
  { name: 'Ledger', description: 'Accounts, journals, holds, proof and export.' },
  { name: 'Reference data', description: 'Rates, legal parameters and the calendar.' },
  { name: 'Events', description: 'What happened, and who is told.' },
  { name: 'Webhooks', description: 'Where events are sent.' },
];

/** Puts the service together on a migrated database. It listens to nothing yet. */
export async function createService({ databaseUrl, settings, clock, jobs }: ServiceOptions): Promise<Service> {
  const database = connect({ url: databaseUrl, writers: settings.writers, readers: settings.readers });
  await assertRowSecurity(database);
  const log = createLogger({ level: settings.logLevel });
  const metrics = createMetrics({ writers: database.writers, readers: database.readPool });
  let wake: (names: Iterable<string>) => void = () => undefined;
  const unitOfWork = createUnitOfWork({
    database,
    maxWaiting: 5_000,
    maxBatch: 512,
    onWake: (names) => wake(names),
    onStep: metrics.onStep,
  });
  const platform: Platform = { database, unitOfWork, clock, log };
  const key = parseMasterKey(settings.masterKey);
  const identity = await createIdentity({
    database,
    clock,
    masterKey: key,
    issuer: settings.publicUrl,
    audience: settings.publicUrl,
  });
  const secrets = createWebhookSecrets(key);
  const webhooks = webhookWorkers({
    database,
    unitOfWork,
    secrets,
    send: createSender({ allowLocalhost: settings.webhooksToLocalhost, timeoutMs: 10_000 }),
    clock,
    random: Math.random,
    onError: (error) => log.error({ error }, 'a webhook was not sent'),
  });
  const work: Service['work'] = {
    payments: () =>
      pumpPayments({
        database,
        unitOfWork,
        clock,
        gateway: simulatedBank(database, { clock, settleAfterMs: settings.bankDelayMs }),
        outcomes: outcomesOf(platform),
      }),
    registrations: () =>
      pumpRegistrations({
        database,
        unitOfWork,
        clock,
        register: simulatedRegister(database, { clock, answerAfterMs: settings.registerDelayMs }),
      }),
    'bill-messages': () =>
      pumpBillMessages({
        database,
        unitOfWork,
        clock,
        exchange: simulatedExchange(database, {
          clock,
          answerAfterMs: settings.exchangeDelayMs,
          hours: settings.exchangeHours,
        }),
      }),
    'bill-market': () =>
      runMarketClose({ database, unitOfWork, clock, steps: [settlePresentations, ...ownSteps, presentMatured] }),
    'member-imports': () => runMemberImports(platform),
    'credit-batches': () => runCreditBatches(platform),
    revaluations: () => runRevaluations({ database, unitOfWork, clock }),
    'close-day': () => runCloses({ database, unitOfWork, clock }),
    'scheduled-close': () => closePastDays({ database, unitOfWork, clock }),
    'end-day': () => ageUnfinancedChains({ database, clock }),
    outbox: webhooks.outbox,
    deliveries: webhooks.deliver,
  };
  const background = jobs
    ? await startJobs({
        url: databaseUrl,
        workers: work,
        crons: { 'scheduled-close': settings.closeDayCron, 'end-day': '10 0 * * *' },
        beatSeconds: 1,
        onError: (worker, error) => log.error({ worker, error }, 'background work failed'),
      })
    : null;
  if (background !== null) wake = background.wake;
  const app = await buildServer({
    platform,
    metrics,
    authenticate: identity.authenticate,
    permissions,
    features: [
      identityRoutes(identity),
      referenceRoutes,
      referenceProposalRoutes,
      chainRoutes,
      programmeRoutes,
      programmeVersionRoutes,
      limitRoutes,
      approvalRoutes,
      checkRoutes,
      alertRoutes(keeper),
      flowRoutes,
      receivableRoutes,
      applicationRoutes,
      financingRoutes(keeper),
      disbursementRoutes(keeper),
      billRoutes,
      billOfferRoutes,
      billMarketRoutes,
      billClaimRoutes,
      discountRoutes,
      rediscountRoutes,
      pledgeLoanRoutes,
      guaranteeRoutes(keeper),
      guaranteeClaimRoutes(keeper),
      fundRoutes,
      fundUseRoutes(keeper),
      creditRoutes,
      creditBatchRoutes,
      prepaymentRoutes,
      goodsRoutes(inventoryStock),
      priceRoutes,
      inventoryRoutes,
      receiptRoutes(simulatedRegistry),
      settlementRoutes,
      paymentRoutes,
      registrationRoutes,
      ledgerRoutes(lendingInvariants),
      eventRoutes,
      webhookRoutes({ secrets, allowLocalhost: settings.webhooksToLocalhost }),
    ],
    description: { version: VERSION, tags },
    rateLimit: { requests: settings.requestsPerMinute, failedAuthentications: 60 },
  });
  return {
    app,
    database,
    identity,
    work,
    stop: async () => {
      await app.close();
      await background?.stop();
      await webhooks.idle();
      await database.close();
    },
  };
}

/** What the bank's answers mean: a disbursement is booked by its financing, a discount's payment by the discount. */
function outcomesOf({ unitOfWork, clock, database }: Platform): PaymentOutcomes {
  const disbursement = recordDisbursement(keeper);
  const notYetUsed = async (payment: PaymentRow): Promise<void> => {
    throw new Error(`payment ${payment.id} has a purpose that nothing books: ${payment.purpose}`);
  };
  return {
    disbursement: async (payment, outcome) => {
      const located = await locateFinancing(database, { orgId: payment.bookId, orgKind: 'bank' }, payment.subjectId);
      await runAsSystem(
        unitOfWork,
        disbursement,
        systemCommand(
          { orgId: payment.bookId, orgKind: 'bank' },
          {
            key: `payment ${payment.id} ${outcome.state}`,
            input: { ...located, paymentId: payment.id, outcome },
            now: clock.now(),
          },
        ),
      );
    },
    bill_discount: async (payment, outcome) => {
      const bank = { orgId: payment.bookId, orgKind: 'bank' } as const;
      const located = await locateDiscount(database, bank, payment.subjectId);
      const key = `payment ${payment.id} ${outcome.state}`;
      const input = { ...located, paymentId: payment.id, outcome };
      await runAsSystem(unitOfWork, recordDiscountPayment, systemCommand(bank, { key, input, now: clock.now() }));
    },
    payout: notYetUsed,
    refund: async (payment, outcome) => {
      const { bookId, id: paymentId, subjectId: unappliedId } = payment;
      const input = { bookId, unappliedId, paymentId, outcome };
      await runAsSystem(
        unitOfWork,
        recordRefund,
        systemCommand(
          { orgId: bookId, orgKind: 'bank' },
          { key: `payment ${paymentId} ${outcome.state}`, input, now: clock.now() },
        ),
      );
    },
  };
}
