import * as acceptance from '../../src/bill/acceptance-rules.ts';
import * as discount from '../../src/bill/discount-rules.ts';
import * as bill from '../../src/bill/package-rules.ts';
import * as recourse from '../../src/bill/recourse-rules.ts';
import { formatMoney, parseMoney as money, parseDecimal as rate } from '../../src/money/decimal.ts';
import { type Answers, type Input, inMoney, inRatio } from './vector.ts';

/** Keys a discount case has always; one more that says yes or counts days marks a paper bill payable elsewhere. */
function discounted({ face, annualRate, settleDate, dueDate, basis, adjustHoliday, ...paper }: Input) {
  const marks = Object.values(paper).filter((mark) => mark === true || Number(mark) > 0);
  return discount.discountBill({
    face: money(face),
    annualRate: rate(annualRate),
    settleDate,
    dueDate,
    basis: basis ?? 360,
    adjustHoliday: adjustHoliday ?? true,
    transitDays: marks.length > 0 ? 3 : 0,
  });
}

const discountAnswer = (input: Input) => {
  const { interestMaturity, days, interest, proceeds } = discounted(input);
  return { interestMaturity, days, ...inMoney({ interest, proceeds }) };
};

const shared = ({ sellerShare, ...terms }: Input) => {
  const { interest } = discounted(terms);
  return { interest, ...discount.shareDiscountInterest(money(terms.face), interest, rate(sellerShare)) };
};

const rangeAnswer = (range: bill.UnitRange | null) =>
  range && { ...range, amount: formatMoney(bill.rangeAmount(range)) };

/** "DRAWER/ACCEPTOR:A" is A in both roles; "B" is an endorser. */
function partyOf(label: string): recourse.BillParty {
  const [name = '', roles = ''] = label.split(':').reverse();
  const held = roles.toLowerCase().split('/');
  return { name, roles: (['drawer', 'acceptor'] as const).filter((role) => held.includes(role)) };
}

/** "G(of A)" guarantees A; "G" names nobody. A vector's answer keeps the label. */
function guarantorOf(label: string): recourse.BillGuarantor {
  const [, guarantees] = /\(of (.+)\)$/.exec(label) ?? [];
  return guarantees === undefined ? { name: label } : { name: label, guarantees };
}

export const billAnswers: Answers = {
  'acceptor.persistentOverdue': (i) => ({
    // Three events: 票交所公告〔2022〕1号.
    listed: acceptance.isPersistentlyOverdue(
      {
        events: i.overdueCount6m,
        eventsInMonth: i.overdueInMonth,
        balanceAtMonthEnd: money(i.monthEndOverdueBalance),
      },
      3,
    ),
  }),
  'bill.acceptanceCaps': (i) => {
    // 15 % and 10 %: 令〔2022〕4号 art. 24.
    const { accepted, margin } = acceptance.checkAcceptanceCaps(
      {
        accepted: money(i.acceptBalance),
        totalAssets: money(i.totalAssets),
        margin: money(i.marginBalance),
        deposits: money(i.deposits),
      },
      { acceptedToAssets: rate('0.15'), marginToDeposits: rate('0.10') },
    );
    return {
      acceptRatio: inRatio(accepted.ratio),
      acceptOk: accepted.within,
      marginRatio: inRatio(margin.ratio),
      marginOk: margin.within,
    };
  },
  'bill.acceptanceExposure': (i) => inMoney(acceptance.acceptanceExposure(money(i.face), rate(i.marginRatio))),
  'bill.acceptanceFee': (i) => ({
    fee: formatMoney(acceptance.acceptanceFee(money(i.face), rate(i.rate), money(i.min))),
  }),
  'bill.discount': discountAnswer,
  'bill.discount.agreedSplit': (i) => inMoney(shared(i)),
  'bill.discount.buyerPays': (i) => {
    const { interest, buyerInterest, sellerReceives } = shared({ ...i, sellerShare: '0' });
    return inMoney({ interest, sellerReceives, buyerPays: buyerInterest });
  },
  'bill.discount.repurchase': (i) => {
    const { days, ...amounts } = discount.discountForRepurchase({
      face: money(i.face),
      annualRate: rate(i.annualRate),
      settleDate: i.settleDate,
      redemptionDate: i.redemptionDate,
    });
    return { days, ...inMoney(amounts) };
  },
  'bill.limitation': ({ from, kind }) => ({ expiresOn: acceptance.limitationEnd(from, kind) }),
  'bill.packageRange': ({ amount }) => {
    const range = bill.packageRange(rate(amount));
    return { ...range, text: `${range.start}-${range.end}` };
  },
  'bill.pledgedRepo': (i) => {
    const repo = discount.pledgedRepo(money(i.cash), rate(i.annualRate), i.start, i.end, i.basis);
    return { days: repo.days, maturityAmount: formatMoney(repo.maturityAmount) };
  },
  'bill.presentation': ({ dueDate }) => {
    const { firstPayableDay, lastPresentationDay } = acceptance.presentationPeriod(dueDate);
    return { firstPayableDay, lastPresentationDay };
  },
  'bill.rediscount': discountAnswer,
  'bill.split': ({ start, end, amount, from }) => {
    const { taken, remainder } = bill.splitRange({ start, end }, rate(amount), from);
    return { taken: rangeAnswer(taken), remainder: rangeAnswer(remainder) };
  },
  // Six months: 令〔2022〕4号 art. 25.
  'bill.tenorCheck': ({ issue, due }) => acceptance.checkBillTenor(issue, due, 6),
  'billNo.parse': ({ billNo }) => bill.parseBillNumber(billNo),
  'rate.discountToYield': (i) => ({
    annualYield: inRatio(discount.discountYield(money(i.interest), money(i.proceeds), i.days, i.basis)),
  }),
  'recourse.claim': (i) => {
    const claim = recourse.recourseClaim({
      amount: money(i.billAmount),
      annualRate: rate(i.annualRate),
      from: i.dueDate,
      to: i.paidOn,
      costs: money(i.fees),
      basis: i.basis,
    });
    return { days: claim.days, ...inMoney({ interest: claim.interest, total: claim.total }) };
  },
  'recourse.interest': (i) => {
    const claim = recourse.recourseClaim({
      amount: money(i.principal),
      annualRate: rate(i.annualRate),
      from: i.from,
      to: i.to,
      costs: money('0.00'),
      bothEndsInclusive: i.bothEndsInclusive,
      basis: i.basis,
    });
    return { days: claim.days, interest: formatMoney(claim.interest) };
  },
  'recourse.reclaim': (i) => {
    const claim = recourse.recourseClaim({
      amount: money(i.paidTotal),
      annualRate: rate(i.annualRate),
      from: i.paidOn,
      to: i.recoveredOn,
      costs: money(i.fees),
      basis: i.basis,
    });
    return { days: claim.days, ...inMoney({ interest: claim.interest, total: claim.total }) };
  },
  'recourse.targets': (i) => ({
    targets: recourse.recourseTargets({
      chain: i.endorsementChain.map(partyOf),
      guarantors: i.guarantors.map(guarantorOf),
      holder: i.holder,
      presentedInTime: i.onTime,
    }),
    jointAndSeveral: true,
    anyOrder: true,
  }),
};
