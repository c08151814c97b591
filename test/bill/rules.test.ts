import fc from 'fast-check';
import t from 'tap';
import * as acceptance from '../../src/bill/acceptance-rules.ts';
import {
  discountBill,
  discountForRepurchase,
  discountYield,
  shareDiscountInterest,
} from '../../src/bill/discount-rules.ts';
import { packageRange, parseBillNumber, rangeAmount, splitRange } from '../../src/bill/package-rules.ts';
import { recourseClaim, recourseTargets } from '../../src/bill/recourse-rules.ts';
import { Decimal, formatMoney, parseMoney } from '../../src/money/decimal.ts';

t.test('A bill number', async (t) => {
  t.test('names kind, bank, day and serial when its check digit holds', async (t) => {
    t.strictSame(parseBillNumber('710510000001720260615000000010'), {
      valid: true,
      kind: 'SCF_COMMERCIAL',
      bankNo: '105100000017',
      registeredOn: '2026-06-15',
      serial: '00000001',
      check: '0',
    });
  });

  t.test(
    'is refused with another digit anywhere, a day that does not exist, an unknown kind or another length',
    async (t) => {
      const number = '130887109520120180531202942991';
      for (const [at, digit] of [...number].entries()) {
        const wrong = `${number.slice(0, at)}${(Number(digit) + 1) % 10}${number.slice(at + 1)}`;
        t.notOk(parseBillNumber(wrong).valid, wrong);
      }
      for (const wrong of [`${number}0`, `${number}\n`, '', number.slice(1)]) t.notOk(parseBillNumber(wrong).valid);
      const withCheck = (body: string) => [...'0123456789'].some((check) => parseBillNumber(`${body}${check}`).valid);
      t.notOk(withCheck('71051000000172026023000000001'), '30 February');
      t.notOk(withCheck('31051000000172026061500000001'), 'kind 3');
    },
  );
});

t.test('A package', async (t) => {
  t.test('has a unit for every 0.01 yuan, up to a thousand million yuan', async (t) => {
    t.strictSame(packageRange(parseMoney('1000000000.00')), { start: 1, end: 100_000_000_000 });
    t.throws(() => packageRange(parseMoney('1000000000.01')), { code: 'package-limit-exceeded' });
    t.throws(() => packageRange(new Decimal('0.001')), { code: 'not-a-whole-unit' });
    t.throws(() => packageRange(parseMoney('0.00')), { code: 'out-of-range' });
  });

  t.test('can be cut from either end', async (t) => {
    const parts = splitRange({ start: 11, end: 20 }, parseMoney('0.03'), 'end');
    t.strictSame(parts, { taken: { start: 18, end: 20 }, remainder: { start: 11, end: 17 } });
    t.throws(() => splitRange({ start: 11, end: 20 }, parseMoney('0.11')), { code: 'out-of-range' });
    t.throws(() => splitRange({ start: 11, end: 20 }, new Decimal('0.005')), { code: 'not-a-whole-unit' });
  });

  t.test('is tiled without gap or overlap by the parts of any cuts', async () => {
    const cuts = fc.array(fc.tuple(fc.nat(99), fc.integer({ min: 1, max: 100 }), fc.constantFrom('start', 'end')), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 11 }), cuts, (end, drawn) => {
        let held = [{ start: 1, end }];
        for (const [pick, percent, from] of drawn) {
          const index = pick % held.length;
          const [range] = held.splice(index, 1) as [(typeof held)[number]];
          const units = Math.max(1, Math.floor(((range.end - range.start + 1) / 100) * percent));
          const { taken, remainder } = splitRange(range, new Decimal(units).dividedBy(100), from as 'start' | 'end');
          held = [...held, taken, ...(remainder === null ? [] : [remainder])];
        }
        held.sort((a, b) => a.start - b.start);
        const joined = held.every(
          (range, i) => range.start === (held[i - 1]?.end ?? 0) + 1 && range.end >= range.start,
        );
        const face = Decimal.sum(0, ...held.map(rangeAmount));
        return joined && held.at(-1)?.end === end && face.equals(new Decimal(end).dividedBy(100));
      }),
    );
  });
});

t.test('Discount', async (t) => {
  const terms = {
    face: parseMoney('456789.12'),
    annualRate: new Decimal('0.0215'),
    settleDate: '2025-07-03',
    dueDate: '2025-12-27',
  };

  t.test(
    'runs to the workday after a Saturday maturity: the worked 4,883.20, and 4,828.64 without the roll',
    async (t) => {
      const { days, interest, proceeds } = discountBill(terms);
      t.strictSame([days, formatMoney(interest), formatMoney(proceeds)], [179, '4883.20', '451905.92']);
      t.equal(formatMoney(discountBill({ ...terms, adjustHoliday: false }).interest), '4828.64');
    },
  );

  t.test('follows an overriding calendar and says when a maturity is provisional', async (t) => {
    const closed = (date: string) => ({ isWorkday: date >= '2026-01-05', provisional: false });
    t.equal(discountBill({ ...terms, calendar: closed }).interestMaturity, '2026-01-05');
    t.ok(discountBill({ ...terms, settleDate: '2026-12-01', dueDate: '2027-02-01' }).provisional);
    t.notOk(discountBill(terms).provisional);
  });

  t.test('counts three more days for a paper bill payable in another city', async (t) => {
    const remote = {
      face: parseMoney('1000000.00'),
      annualRate: new Decimal('0.0262'),
      settleDate: '2024-08-15',
      dueDate: '2024-10-29',
      transitDays: 3,
    };
    t.equal(formatMoney(discountBill(remote).interest), '5676.67');
  });

  t.test('is refused from maturity on, below a rate of zero, and when it would take the whole face', async (t) => {
    t.throws(() => discountBill({ ...terms, settleDate: terms.dueDate }), { code: 'bill-matured' });
    t.throws(() => discountBill({ ...terms, annualRate: new Decimal('-0.01') }), { code: 'invalid-input' });
    t.throws(() => discountBill({ ...terms, annualRate: new Decimal('2.1') }), { code: 'invalid-input' });
    const repo = { face: terms.face, annualRate: terms.annualRate, settleDate: '2025-07-03' };
    t.throws(() => discountForRepurchase({ ...repo, redemptionDate: '2025-07-03' }), { code: 'invalid-input' });
  });

  t.test("interest and proceeds sum to the face, and the two bearers' parts to the interest", async () => {
    const fen = fc.integer({ min: 1, max: 10 ** 11 });
    const micros = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(fen, fc.integer({ min: 0, max: 240_000 }), micros, (faceFen, rateMicros, shareMicros) => {
        const face = new Decimal(faceFen).dividedBy(100);
        const { interest, proceeds } = discountBill({
          ...terms,
          face,
          annualRate: new Decimal(rateMicros).dividedBy(1_000_000),
        });
        const split = shareDiscountInterest(face, interest, new Decimal(shareMicros).dividedBy(1_000_000));
        const whole = split.sellerInterest.plus(split.buyerInterest).equals(interest);
        return whole && interest.plus(proceeds).equals(face) && !split.buyerInterest.isNegative();
      }),
    );
  });

  t.test('borne by agreement follows the worked 40 and 60 percent; a share above one is refused', async (t) => {
    const split = shareDiscountInterest(terms.face, parseMoney('4883.20'), new Decimal('0.4'));
    t.strictSame(Object.values(split).map(formatMoney), ['1953.28', '2929.92', '454835.84']);
    t.throws(() => shareDiscountInterest(terms.face, parseMoney('1.00'), new Decimal('1.01')), {
      code: 'invalid-input',
    });
  });

  t.test('shows no yield for no days', async (t) => {
    t.throws(() => discountYield(parseMoney('1.00'), parseMoney('99.00'), 0), RangeError);
  });
});

t.test('Acceptance', async (t) => {
  t.test('stays within the term cap of the day, counted in months', async (t) => {
    t.strictSame(acceptance.checkBillTenor('2025-08-29', '2026-02-28', 6), { allowed: true, maxDue: '2026-02-28' });
    t.notOk(acceptance.checkBillTenor('2025-08-29', '2025-08-29', 6).allowed, 'not due on the day it is drawn');
    t.ok(acceptance.checkBillTenor('2022-12-31', '2023-12-31', 12).allowed, 'the cap before 2023');
  });

  t.test("reaches the caps of a bank's books but does not pass them", async (t) => {
    const caps = { acceptedToAssets: new Decimal('0.15'), marginToDeposits: new Decimal('0.1') };
    const books = { totalAssets: parseMoney('1000.00'), deposits: parseMoney('300.00') };
    const check = (accepted: string, margin: string) =>
      acceptance.checkAcceptanceCaps({ ...books, accepted: parseMoney(accepted), margin: parseMoney(margin) }, caps);
    t.ok(check('150.00', '30.00').accepted.within && check('150.00', '30.00').margin.within);
    t.notOk(check('150.01', '30.01').accepted.within || check('150.01', '30.01').margin.within);
  });

  t.test('asks for margin to the fen above, and for its minimum fee', async (t) => {
    const { margin, exposure } = acceptance.acceptanceExposure(parseMoney('0.04'), new Decimal('0.3'));
    t.strictSame([margin, exposure].map(formatMoney), ['0.02', '0.02']);
    const fee = (face: string) =>
      acceptance.acceptanceFee(parseMoney(face), new Decimal('0.0005'), parseMoney('10.00'));
    t.strictSame(
      ['20000.00', '20010.00'].map((face) => formatMoney(fee(face))),
      ['10.00', '10.01'],
    );
  });

  t.test('is closed to who was overdue three times in six months and is so still, or again', async (t) => {
    const listed = (events: number, balance: string, eventsInMonth: number) =>
      acceptance.isPersistentlyOverdue({ events, eventsInMonth, balanceAtMonthEnd: parseMoney(balance) }, 3);
    t.notOk(listed(2, '9.00', 2));
    t.notOk(listed(9, '0.00', 0));
    t.ok(listed(3, '0.01', 0) && listed(3, '0.00', 1));
  });
});

t.test('Rights on a bill', async (t) => {
  t.test('are kept by presentation within ten days, each end moved off holidays', async (t) => {
    const { firstPayableDay, lastPresentationDay, provisional } = acceptance.presentationPeriod('2026-10-01');
    t.strictSame([firstPayableDay, lastPresentationDay, provisional], ['2026-10-08', '2026-10-12', false]);
    t.ok(acceptance.presentationPeriod('2026-12-25').provisional);
  });

  t.test('lapse after two years, six months or three, holiday or not', async (t) => {
    t.equal(acceptance.limitationEnd('2024-02-29', 'acceptorDrawer'), '2026-02-28');
    t.equal(acceptance.limitationEnd('2025-08-31', 'recourse'), '2026-02-28');
    t.equal(acceptance.limitationEnd('2026-07-03', 'reRecourse'), '2026-10-03');
  });

  t.test(
    'earn the worked interest on what is unpaid, none before maturity, a day more where courts count both',
    async (t) => {
      const sum = {
        amount: parseMoney('257841.07'),
        annualRate: new Decimal('0.0435'),
        from: '2026-01-08',
        to: '2026-01-23',
        costs: parseMoney('0.00'),
      };
      t.strictSame(formatMoney(recourseClaim(sum).interest), '467.34');
      t.equal(recourseClaim({ ...sum, bothEndsInclusive: true }).days, 16);
      t.strictSame(formatMoney(recourseClaim({ ...sum, to: '2026-01-01' }).total), '257841.07');
    },
  );

  t.test('reach those before the holder, who may have held the bill twice', async (t) => {
    const endorser = (name: string) => ({ name, roles: [] });
    const chain = [
      { name: 'drawer', roles: ['drawer'] as const },
      { name: 'acceptor', roles: ['acceptor'] as const },
      ...['B', 'C', 'D', 'B'].map(endorser),
    ];
    const guarantors = [
      { name: 'of nobody named' },
      { name: 'of C', guarantees: 'C' },
      { name: 'of drawer', guarantees: 'drawer' },
    ];
    const targets = (holder: string, presentedInTime = true) =>
      recourseTargets({ chain, guarantors, holder, presentedInTime });
    t.strictSame(targets('B'), ['drawer', 'acceptor', 'of nobody named', 'of drawer']);
    t.strictSame(targets('D'), ['drawer', 'acceptor', 'B', 'C', 'of nobody named', 'of C', 'of drawer']);
    t.strictSame(targets('D', false), ['drawer', 'acceptor', 'of nobody named', 'of drawer']);
    t.strictSame(targets('drawer'), ['acceptor', 'of nobody named']);
    const unaccepted = { chain: [{ name: 'drawer', roles: ['drawer'] as const }, endorser('B')], holder: 'B' };
    const surety = { guarantors: [{ name: 'G' }], presentedInTime: true };
    t.strictSame(recourseTargets({ ...unaccepted, ...surety }), ['drawer', 'G']);
  });
});
