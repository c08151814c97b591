import { randomUUID } from 'node:crypto';
import t from 'tap';
import { decideTask, openTask, withdrawTask } from '../../src/approval/commands.ts';
import { payloadHash } from '../../src/approval/payload.ts';
import { approvalLifecycle } from '../../src/approval/rules.ts';
import {
  type ApprovalLevel,
  type ApprovalTaskRow,
  approvalTasks,
  lockTasks,
  type Verdict,
} from '../../src/approval/store.ts';
import { Decimal } from '../../src/money/decimal.ts';
import type { Actor } from '../../src/platform/actor.ts';
import { diagram } from '../../src/platform/state-machine.ts';
import type { UseCase } from '../../src/platform/unit-of-work.ts';
import { bankWorld } from '../harness/bank-world.ts';

const world = await bankWorld(t);
const { person, bankId, maker, checker } = world;
const second = person(bankId, 'bank', 'checker');
const third = person(bankId, 'bank', 'checker');

type Opening = Readonly<{ level: ApprovalLevel; rule?: string; payload?: Record<string, unknown> }>;
type Deciding = Readonly<{ taskId: string; verdict: Verdict | 'withdraw'; reason?: string; subjectVersion?: number }>;

const open: UseCase<Opening, ApprovalTaskRow> = {
  name: 'test.open',
  lane: () => bankId,
  scope: () => [bankId],
  load: async () => undefined,
  decide: (work, { actor, input, now }) =>
    openTask(work, {
      bookId: bankId,
      subjectKind: 'financing',
      subjectId: randomUUID(),
      action: 'approve',
      amount: new Decimal('100.00'),
      level: input.level,
      rule: input.rule ?? null,
      maker: actor,
      subjectVersion: 7,
      ...(input.payload && { payload: input.payload }),
      now,
    }),
};

const decide: UseCase<Deciding, ApprovalTaskRow> = {
  name: 'test.decide',
  lane: () => bankId,
  scope: () => [bankId],
  load: async (work, commands) => {
    await lockTasks(
      work,
      commands.map(({ input }) => input.taskId),
    );
  },
  decide: (work, { actor, input, now }) => {
    const task = work.get(approvalTasks, input.taskId);
    const { verdict, reason = null, subjectVersion } = input;
    if (verdict === 'withdraw') return withdrawTask(work, task, { actor, now });
    return decideTask(work, task, {
      actor,
      verdict,
      reason,
      now,
      ...(subjectVersion !== undefined && { subjectVersion }),
    });
  },
};

async function run<I, A, L>(useCase: UseCase<I, A, L>, actor: Actor, input: I) {
  const command = { actor, key: randomUUID(), requestHash: Buffer.alloc(32), input, now: world.clock.now() };
  const { status, body } = await world.unitOfWork.run(useCase, command);
  return status < 400 ? { ...(body as ApprovalTaskRow), code: 'ok' } : { ...(body as { code: string }), state: '' };
}

const opened = async (opening: Opening) => (await run(open, maker.actor, opening)) as ApprovalTaskRow;
const says = async (
  who: { actor: Actor },
  taskId: string,
  verdict: Deciding['verdict'],
  more: Partial<Deciding> = {},
) => {
  const { code, state } = await run(decide, who.actor, { taskId, verdict, ...more });
  return code === 'ok' ? state : code;
};

void t.test('The life of an approval', async (t) => {
  t.equal(
    diagram(approvalLifecycle),
    [
      'stateDiagram-v2',
      '  open --> approved: approve',
      '  open --> rejected: reject',
      '  open --> returned: return',
      '  open --> withdrawn: withdraw',
    ].join('\n'),
  );
});

void t.test(
  'Two persons approve where the matrix wants two, neither of them the maker nor one of them twice',
  async (t) => {
    const { id } = await opened({ level: 'two' });
    t.equal(await says(maker, id, 'approve'), 'same-person');
    t.equal(await says(checker, id, 'approve'), 'open', 'one is not enough');
    t.equal(await says(checker, id, 'approve'), 'same-person');
    const sameHuman = { actor: { ...checker.actor, clientId: randomUUID(), requestId: randomUUID() } };
    t.equal(await says(sameHuman, id, 'approve'), 'same-person', 'another login of the same person is no other person');
    t.equal(await says(second, id, 'approve'), 'approved');
    t.equal(await says(third, id, 'approve'), 'illegal-transition');
    const task = await checker.must('GET', `/v1/approvals/${id}`);
    t.match(task, { state: 'approved', level: 'two', required: 2, amount: '100.00' });
    t.same(
      task.decisions.map(({ personId }: { personId: string }) => personId),
      [checker.actor.personId, second.actor.personId],
    );
  },
);

void t.test('The first who rejects or returns ends it, with a reason', async (t) => {
  for (const [verdict, state] of [
    ['reject', 'rejected'],
    ['return', 'returned'],
  ] as const) {
    const { id } = await opened({ level: 'two' });
    t.equal(await says(checker, id, 'approve'), 'open');
    t.equal(await says(second, id, verdict), 'invalid-input', 'a reason is missing');
    t.equal(await says(second, id, verdict, { reason: '资料不齐' }), state);
    t.equal(await says(third, id, 'approve'), 'illegal-transition');
  }
});

void t.test('The system approves by rule only where the matrix says so, and names the rule', async (t) => {
  const task = await opened({ level: 'auto', rule: 'authority band 1, up to 500000.00, tag 专精特新' });
  t.match(task, { state: 'approved', required: 0 });
  const kept = await maker.must('GET', `/v1/approvals/${task.id}`);
  t.match(kept, { state: 'approved', rule: 'authority band 1, up to 500000.00, tag 专精特新', decisions: [] });
  await t.rejects(opened({ level: 'auto' }), /names its rule/);
  await t.rejects(
    world.owner.query(`update approval_task set state = 'approved', closed_at = now() where id = $1`, [
      (await opened({ level: 'one' })).id,
    ]),
    /approval_task_enough_persons/,
    'the database wants the persons too',
  );
});

void t.test('What has changed since it was asked for is not approved', async (t) => {
  const { id } = await opened({ level: 'one' });
  t.equal(await says(checker, id, 'approve', { subjectVersion: 8 }), 'approval-stale');
  t.equal(await says(checker, id, 'approve', { subjectVersion: 7 }), 'approved');
});

void t.test('Only the bank that was asked decides, only who asked withdraws', async (t) => {
  const { id } = await opened({ level: 'one' });
  const foreign = person(world.otherBankId, 'bank', 'checker');
  t.equal(await says(foreign, id, 'approve'), 'not-a-party');
  t.equal(await says(foreign, id, 'withdraw'), 'not-a-party');
  t.equal((await foreign.get(`/v1/approvals/${id}`)).status, 404);
  t.equal(await says(maker, id, 'withdraw'), 'withdrawn');
  t.equal(await says(checker, id, 'approve'), 'illegal-transition');
});

void t.test('Two checkers at once are counted once each', async (t) => {
  const { id } = await opened({ level: 'two' });
  const answers = await Promise.all([checker, second, third].map((each) => says(each, id, 'approve')));
  t.same(answers.sort(), ['approved', 'illegal-transition', 'open']);
});

void t.test('What waits is listed for the bank, oldest first', async (t) => {
  const { id } = await opened({ level: 'one', payload: { amount: '5.00', note: '甲' } });
  const { items } = await checker.must('GET', '/v1/approvals?limit=200');
  t.ok(items.every(({ state }: { state: string }) => state === 'open'));
  t.equal(items.at(-1).id, id);
  t.match(items.at(-1), { payload: { amount: '5.00' }, payloadHash: payloadHash({ note: '甲', amount: '5.00' }) });
  const enterprise = person(await world.organization('enterprise', '某企业'), 'enterprise', 'viewer');
  t.equal((await enterprise.get('/v1/approvals')).status, 403);
  const regulator = person(world.regulatorId, 'regulator', 'regulator');
  t.ok((await regulator.must('GET', '/v1/approvals')).items.length > 0);
});

void t.test('What was asked for too long ago is not approved any more; it can be rejected', async (t) => {
  const task = (await run(open, maker.actor, { level: 'one' })) as ApprovalTaskRow;
  const DAY_MS = 86_400_000;
  t.equal(Date.parse(task.expiresAt) - Date.parse(task.createdAt), 30 * DAY_MS);
  world.advance(30 * DAY_MS + 1);
  const late = await run(decide, checker.actor, { taskId: task.id, verdict: 'approve' });
  t.equal(late.code, 'approval-stale');
  t.match(await run(decide, checker.actor, { taskId: task.id, verdict: 'reject', reason: '已过期' }), {
    state: 'rejected',
  });
  world.advance(-30 * DAY_MS - 1);
});

void t.test('What a person asked for who is a maker no more is not approved', async (t) => {
  for (const change of ["status = 'left'", `roles = '["viewer"]'`]) {
    const leaving = person(bankId, 'bank', 'maker');
    const task = (await run(open, leaving.actor, { level: 'two' })) as ApprovalTaskRow;
    await leaving.get('/v1/approvals');
    t.equal((await run(decide, checker.actor, { taskId: task.id, verdict: 'approve' })).code, 'ok');
    await world.owner.query(`update person set ${change} where id = $1`, [leaving.actor.personId]);
    const decided = await run(decide, second.actor, { taskId: task.id, verdict: 'approve' });
    t.equal(decided.code, 'approval-stale', change);
  }
});
