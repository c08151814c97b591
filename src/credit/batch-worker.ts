import { type ChainRow, chains, type MemberRow, membersOf } from '../chain/store.ts';
import { type OrganizationRow, organizations } from '../identity/store.ts';
import { addMonths } from '../money/dates.ts';
import { Decimal } from '../money/decimal.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Command, UnitOfWork, UseCase } from '../platform/unit-of-work.ts';
import { asWorker, keepFaults, runAsSystem, systemCommand } from '../platform/worker.ts';
import type { Workspace } from '../platform/workspace.ts';
import { loadProgrammes, type ProgrammeWithVersions } from '../programme/store.ts';
import { loadReference, type Reference } from '../reference/store.ts';
import { assessmentOf } from './assessment.ts';
import { tellBatch } from './batch-start.ts';
import {
  type ApplicantRowKept,
  type BatchRow,
  creditBatches,
  creditBatchRows,
  membersByCode,
  type RunningBatch,
  runningBatches,
  undecidedRows,
} from './batch-store.ts';
import { type CreditBasis, judge } from './judgement.ts';
import type { TradeRecord } from './limit-rules.ts';
import { assessments, drawnCredit, drawnKey, type GroupCredit, groupCredits, tradeRecords } from './store.ts';

/** Rows that one transaction judges. */
const CHUNK = 500;

type Chunk = Readonly<{ batchId: string; bookId: string; chainId: string; limit: number }>;
type Progress = Readonly<{ done: number; finished: boolean }>;

/** What the rows of a chunk are judged on, by organization. */
type Facts = Readonly<{
  rowIds: readonly string[];
  orgOfCode: ReadonlyMap<string, string>;
  organizations: ReadonlyMap<string, OrganizationRow>;
  members: readonly MemberRow[];
  chain: ChainRow | undefined;
  programme: ProgrammeWithVersions;
  reference: Reference;
  records: ReadonlyMap<string, TradeRecord>;
  groups: ReadonlyMap<string, GroupCredit>;
  drawn: ReadonlyMap<string, Decimal>;
}>;

async function loadFacts(work: Workspace, { batchId, chainId, limit }: Chunk): Promise<Facts> {
  const [batch] = await work.read(creditBatches, 'id', [batchId]);
  if (batch === undefined) throw new Error(`there is no credit batch ${batchId}`);
  const rowIds = await undecidedRows(work, batchId, limit);
  const rows = await work.read(creditBatchRows, 'id', rowIds);
  const orgOfCode = await membersByCode(
    work,
    [chainId],
    rows.flatMap(({ uscc }) => uscc ?? []),
  );
  const orgIds = [...new Set(orgOfCode.values())];
  const found = await loadProgrammes(work, [batch.programmeId]);
  const programme = ofVersion(found.get(batch.programmeId) as ProgrammeWithVersions, batch);
  const terms = programme.versions[0]?.terms.products.credit_loan;
  const questions = orgIds.map((orgId) => ({
    chainId,
    orgId,
    on: batch.assessedOn,
    observedMonths: terms?.credit?.observedMonths ?? 1,
    graceDays: terms?.graceDays ?? 0,
    since: addMonths(batch.assessedOn, -(terms?.credit?.declarationMonths ?? 1)),
  }));
  const records = await tradeRecords(work, questions);
  const firms = await work.read(organizations, 'id', orgIds);
  const facts = {
    rowIds,
    orgOfCode,
    organizations: new Map(firms.map((firm) => [firm.id, firm])),
    members: await membersOf(work, { chainIds: [chainId], orgIds }),
    chain: (await work.read(chains, 'id', [chainId]))[0],
    programme,
    reference: await loadReference(work),
    records: new Map(orgIds.map((orgId, i) => [orgId, records[i] as TradeRecord])),
    groups: await groupCredits(work, questions),
    drawn: await drawnCredit(work, [batch.programmeId], orgIds),
  };
  await work.lock(creditBatches, [batchId]);
  await work.lock(creditBatchRows, rowIds);
  return facts;
}

/** The programme with that version alone by which the whole batch is judged, whatever was approved since. */
const ofVersion = (programme: ProgrammeWithVersions, { programmeVersion }: BatchRow): ProgrammeWithVersions => ({
  ...programme,
  versions: programme.versions.filter(({ number }) => number === programmeVersion),
});

/** Judges the next rows of one batch in one transaction, each row on its own. */
const judgeChunk: UseCase<Chunk, Progress, ReadonlyMap<string, Facts>> = {
  name: 'credit-batch.judge',
  lane: ({ input }) => input.batchId,
  scope: ({ input }) => [input.bookId, input.chainId],
  load: async (work, commands) => {
    const facts = new Map<string, Facts>();
    for (const { input } of commands) facts.set(input.batchId, await loadFacts(work, input));
    return facts;
  },
  decide: (work, command, loaded) => {
    const { batchId } = command.input;
    const facts = loaded.get(batchId) as Facts;
    const batch = work.get(creditBatches, batchId);
    const rows = facts.rowIds.map((id) => work.get(creditBatchRows, id)).filter(({ decision }) => decision === null);
    for (const row of rows) judgeRow(work, row, { batch, facts, now: command.now });
    return countUp(work, batch, rows, command.now);
  },
};

type Setting = Readonly<{ batch: BatchRow; facts: Facts; now: Date }>;

function judgeRow(work: Workspace, row: ApplicantRowKept, { batch, facts, now }: Setting): void {
  try {
    const basis = basisOf(row, facts, batch);
    const assessment = assessmentOf(basis, judge(basis), { financingId: null, batchId: batch.id, now });
    work.insert(assessments, assessment);
    work.update(creditBatchRows, row.id, {
      decision: assessment.decision,
      reasons: assessment.reasons,
      assessmentId: assessment.id,
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const reasons = [{ code: error.code, message: error.message }];
    work.update(creditBatchRows, row.id, { decision: 'decline', reasons });
  }
}

function basisOf({ uscc, amount }: ApplicantRowKept, facts: Facts, { assessedOn, programmeId }: BatchRow): CreditBasis {
  const orgId = facts.orgOfCode.get(uscc ?? '') ?? '';
  const applicant = facts.organizations.get(orgId);
  if (applicant === undefined || facts.chain === undefined) {
    throw new Refusal('not-a-verified-supplier', `no member of the chain has the code ${uscc}`);
  }
  const places = facts.members.filter((member) => member.orgId === orgId);
  return {
    programme: facts.programme,
    chain: facts.chain,
    member: places.find(({ status }) => status === 'verified') ?? places[0],
    applicant,
    memberLimit: null,
    on: assessedOn,
    reference: facts.reference,
    record: facts.records.get(orgId) as TradeRecord,
    group: facts.groups.get(orgId) as GroupCredit,
    drawn: facts.drawn.get(drawnKey(programmeId, orgId)) ?? new Decimal(0),
    amount,
  };
}

function countUp(work: Workspace, batch: BatchRow, judged: readonly ApplicantRowKept[], now: Date): Progress {
  const count = (decision: ApplicantRowKept['decision']) =>
    judged.filter(({ id }) => work.get(creditBatchRows, id).decision === decision).length;
  const counts = {
    approved: batch.approved + count('approve'),
    referred: batch.referred + count('refer'),
    declined: batch.declined + count('decline'),
  };
  const done = counts.approved + counts.referred + counts.declined;
  const finished = done === batch.total;
  const after = work.update(creditBatches, batch.id, {
    ...counts,
    ...(finished && { state: 'done', finishedAt: now.toISOString() }),
  });
  if (finished) tellBatch(work, 'finished', after);
  return { done, finished };
}

/**
 * Judges every batch that is not finished, chunk by chunk. May run beside itself and again after any interruption: a
 * chunk is keyed by the rows done before it. One batch that fails does not keep the others from being tried.
 */
export async function runCreditBatches(
  { database, unitOfWork, clock }: Readonly<{ database: Database; unitOfWork: UnitOfWork; clock: Clock }>,
  { chunk = CHUNK }: Readonly<{ chunk?: number }> = {},
): Promise<void> {
  const faults = keepFaults('credit batches');
  for (const running of await asWorker(database, runningBatches)) {
    await faults.attempt(async () => {
      let progress: Progress = { done: running.done, finished: false };
      while (!progress.finished) {
        const command = chunkCommand(running, { done: progress.done, chunk, now: clock.now() });
        progress = (await runAsSystem(unitOfWork, judgeChunk, command)).body as Progress;
      }
    });
  }
  faults.raise();
}

/** The service's own command, in the name of who sent the file. */
function chunkCommand(
  { id, bookId, chainId, personId }: RunningBatch,
  { done, chunk, now }: Readonly<{ done: number; chunk: number; now: Date }>,
): Command<Chunk> {
  const command = systemCommand(
    { orgId: bookId, orgKind: 'bank' },
    { key: `credit-batch ${id} after ${done}`, input: { batchId: id, bookId, chainId, limit: chunk }, now },
  );
  return { ...command, actor: { ...command.actor, personId } };
}
