import { randomUUID } from 'node:crypto';
import t from 'tap';
import type { BankGateway, PaymentInstruction } from '../../src/payment/bank-gateway.ts';
import { paymentLifecycle } from '../../src/payment/rules.ts';
import { diagram } from '../../src/platform/state-machine.ts';
import { paymentBench } from './bench.ts';

t.setTimeout(120_000);

void t.test('A payment leads from created to one of three ends', async (t) => {
  t.equal(
    diagram(paymentLifecycle),
    [
      'stateDiagram-v2',
      '  created --> sent: send',
      '  sent --> settled: settle',
      '  sent --> rejected: reject',
      '  sent --> returned: return',
      '  settled --> returned: return',
    ].join('\n'),
  );
});

void t.test('A payment settles when the bank says so and not before', async (t) => {
  const bench = await paymentBench(t);
  const id = await bench.instruct('1602001009014412345');
  await bench.pump();
  const sent = await bench.payment(id);
  t.match(sent, { state: 'sent', sentAt: '2026-07-01T02:00:00.000Z', finishedAt: null, version: 3 });
  t.match(sent.bankReference, /^SIM[0-9A-F]{20}$/);

  bench.pass(bench.settleAfterMs - 1);
  await bench.pump();
  t.equal((await bench.payment(id)).state, 'sent');
  t.same(bench.finished, []);

  bench.pass(1);
  await bench.pump();
  await bench.pump();
  t.match(await bench.payment(id), { state: 'settled', reasonCode: null, finishedAt: '2026-07-01T02:01:00.000Z' });
  t.equal(bench.finished.length, 1, 'the outcome is told once');
  t.same(await bench.events(id), ['payment.sent', 'payment.settled']);
});

void t.test('The bank refuses by the account of the payee', async (t) => {
  const bench = await paymentBench(t);
  const wrong = await bench.instruct('16020010090144120001');
  const closed = await bench.instruct('16020010090144120004');
  await bench.pump();
  t.match(await bench.payment(wrong), { state: 'rejected', reasonCode: 'AC01', reason: 'incorrect account number' });
  t.equal((await bench.payment(closed)).state, 'sent', 'a closed account is found out when the money should arrive');
  bench.pass(bench.settleAfterMs);
  await bench.pump();
  t.match(await bench.payment(closed), { state: 'rejected', reasonCode: 'AC04', reason: 'closed account number' });
  t.same(await bench.events(wrong), ['payment.sent', 'payment.rejected']);
});

void t.test('A settled payment may come back', async (t) => {
  const bench = await paymentBench(t);
  const id = await bench.instruct('16020010090144120006');
  await bench.pump();
  bench.pass(bench.settleAfterMs);
  await bench.pump();
  t.equal((await bench.payment(id)).state, 'settled');
  bench.pass(bench.settleAfterMs);
  await bench.pump();
  await bench.pump();
  t.match(await bench.payment(id), { state: 'returned', reasonCode: 'AC06', finishedAt: '2026-07-01T02:02:00.000Z' });
  t.same(
    bench.finished.map(({ outcome }) => outcome.state),
    ['settled', 'returned'],
  );
});

void t.test('The bank takes an instruction once for its id', async (t) => {
  const bench = await paymentBench(t);
  const instruction: PaymentInstruction = {
    endToEndId: randomUUID(),
    payeeName: '济南示范机械有限公司',
    payeeAccount: '1602001009014412345',
    payeeBank: '102451000016',
    amount: '100.00',
  };
  const first = await bench.bank.send([instruction]);
  bench.pass(1000);
  t.same(await bench.bank.send([instruction]), first, 'the second is given the first answer');
  t.match(await bench.bank.send([{ ...instruction, amount: '100.01' }]), [{ accepted: false, code: 'AM05' }]);
  t.match(await bench.bank.status([instruction.endToEndId]), [{ state: 'pending' }]);
});

/** Counts what reaches the bank, and loses the question or the answer of a send. */
function brokenLine(bank: BankGateway, broken: { before?: boolean; after?: boolean; status?: boolean }) {
  const sent: string[] = [];
  const gateway: BankGateway = {
    ...bank,
    send: async (instructions) => {
      if (broken.before) throw new Error('connection refused');
      sent.push(...instructions.map(({ endToEndId }) => endToEndId));
      const answers = await bank.send(instructions);
      if (broken.after) throw new Error('connection reset');
      return answers;
    },
    status: async (ids) => {
      if (broken.status) throw new Error('connection refused');
      return bank.status(ids);
    },
  };
  return { gateway, sent };
}

void t.test('A payment in doubt is asked about, not sent again', async (t) => {
  const bench = await paymentBench(t);
  const id = await bench.instruct('1602001009014412345');
  const broken = { after: true, status: true };
  const { gateway, sent } = brokenLine(bench.bank, broken);
  await bench.pump(gateway);
  t.match(await bench.payment(id), { state: 'sent', bankReference: null });
  bench.pass(30_000);
  await bench.pump(gateway);
  t.same(sent, [id], 'while the bank does not answer, nothing is sent again');

  broken.status = false;
  await bench.pump(gateway);
  t.match((await bench.payment(id)).bankReference, /^SIM/, 'the status gives the reference that was lost');
  bench.pass(bench.settleAfterMs);
  await bench.pump(gateway);
  t.equal((await bench.payment(id)).state, 'settled');
  t.same(sent, [id]);
});

void t.test('A payment the bank never received is sent again once the bank is sure', async (t) => {
  const bench = await paymentBench(t);
  const id = await bench.instruct('1602001009014412345');
  const broken = { before: true };
  const { gateway, sent } = brokenLine(bench.bank, broken);
  await bench.pump(gateway);
  broken.before = false;
  await bench.pump(gateway);
  t.same(sent, [], 'another process may be sending it at this moment');
  bench.pass(15_000);
  await bench.pump(gateway);
  t.same(sent, [id]);
  t.match((await bench.payment(id)).bankReference, /^SIM/);
});

void t.test('An answer that is lost by rule leaves the payment in doubt until the bank is asked', async (t) => {
  const bench = await paymentBench(t);
  const id = await bench.instruct('16020010090144120500');
  await bench.pump();
  await bench.pump();
  t.match(await bench.payment(id), { state: 'sent' });
  bench.pass(bench.settleAfterMs);
  await bench.pump();
  t.equal((await bench.payment(id)).state, 'settled');
});

void t.test('Pumps that run at once send each payment once and end it once', async (t) => {
  const bench = await paymentBench(t);
  const ids = await Promise.all(Array.from({ length: 250 }, () => bench.instruct('1602001009014412345', '1.00')));
  const { gateway, sent } = brokenLine(bench.bank, {});
  await Promise.all([bench.pump(gateway), bench.pump(gateway), bench.pump(gateway)]);
  t.same([...sent].sort(), [...ids].sort());
  bench.pass(bench.settleAfterMs);
  await Promise.all([bench.pump(gateway), bench.pump(gateway)]);
  for (const id of ids) t.equal((await bench.payment(id)).state, 'settled');
  t.same(await bench.events(ids[0] as string), ['payment.sent', 'payment.settled']);
});

void t.test('A financing is not disbursed twice', async (t) => {
  const bench = await paymentBench(t);
  const financing = randomUUID();
  const refused = await bench.instruct('16020010090144120001', '5.00', financing);
  await t.rejects(bench.instruct('1602001009014412345', '5.00', financing), /payment_disbursed_once/);
  await bench.pump();
  t.equal((await bench.payment(refused)).state, 'rejected');
  t.ok(await bench.instruct('1602001009014412345', '5.00', financing), 'after a refusal it may be paid again');
});
