import { defineLifecycle, nextState, type StateOf } from '../platform/state-machine.ts';

/**
 * Where a holding stands: the state of the bill and its circulation, the two dimensions of the bill exchange, in the
 * pairs that may occur (features.md 2.5). What is offered locks the holding; what comes to nothing returns it.
 */
export const billStandings = defineLifecycle('bill', {
  'issued.awaiting_receipt': {
    offer_acceptance: 'issued.locked',
    offer_guarantee: 'issued.locked',
    void: 'ended.ended',
    expire: 'ended.ended',
  },
  'issued.locked': {
    accept: 'accepted.awaiting_receipt',
    return_to_awaiting_receipt: 'issued.awaiting_receipt',
  },
  'accepted.awaiting_receipt': {
    offer_receipt: 'accepted.locked',
    offer_guarantee: 'accepted.locked',
    void: 'ended.ended',
    expire: 'ended.ended',
  },
  'accepted.locked': {
    receive: 'received.circulating',
    receive_not_transferable: 'received.not_transferable',
    return_to_awaiting_receipt: 'accepted.awaiting_receipt',
  },
  'received.circulating': {
    offer_endorsement: 'received.locked',
    offer_guarantee: 'received.locked',
    offer_pledge: 'received.locked',
    offer_discount: 'received.locked',
    offer_rediscount: 'received.locked',
    offer_payment: 'received.locked',
    mature: 'matured.in_collection',
  },
  'received.locked': {
    endorse: 'received.circulating',
    endorse_not_transferable: 'received.not_transferable',
    restore_transfer: 'received.circulating',
    pledge: 'received.pledged',
    release: 'received.circulating',
    discount: 'received.circulating',
    discount_for_redemption: 'received.awaiting_redemption',
    redeem: 'received.circulating',
    rediscount: 'received.circulating',
    pay: 'settled.ended',
    return_to_circulating: 'received.circulating',
    return_to_not_transferable: 'received.not_transferable',
    return_to_pledged: 'received.pledged',
    return_to_awaiting_redemption: 'received.awaiting_redemption',
  },
  'received.not_transferable': {
    offer_restore_transfer: 'received.locked',
    offer_guarantee: 'received.locked',
    offer_payment: 'received.locked',
    mature: 'matured.in_collection',
  },
  'received.pledged': {
    offer_pledge_release: 'received.locked',
    offer_payment: 'received.locked',
    mature: 'matured.pledged',
  },
  'received.awaiting_redemption': {
    offer_redemption: 'received.locked',
    forgo_redemption: 'received.circulating',
    mature: 'matured.in_collection',
  },
  'matured.in_collection': {
    offer_payment: 'matured.in_collection',
    pay: 'settled.ended',
    refuse_payment: 'matured.in_collection',
    claim_recourse: 'matured.in_recourse',
  },
  'matured.pledged': {
    offer_pledge_release: 'matured.locked',
    offer_payment: 'matured.pledged',
    pay: 'settled.ended',
    refuse_payment: 'matured.pledged',
    claim_recourse: 'matured.in_recourse',
  },
  'matured.locked': {
    release: 'matured.in_collection',
    return_to_pledged: 'matured.pledged',
  },
  'matured.in_recourse': {
    offer_recourse: 'matured.in_recourse',
    pay: 'settled.ended',
    pass_on: 'matured.in_recourse',
  },
  'settled.ended': {},
  'ended.ended': {},
});
export type BillStanding = StateOf<typeof billStandings>;

export const billStates = ['issued', 'accepted', 'received', 'matured', 'settled', 'ended'] as const;
export type BillState = (typeof billStates)[number];
export const circulations = [
  'awaiting_receipt',
  'circulating',
  'locked',
  'not_transferable',
  'pledged',
  'awaiting_redemption',
  'in_collection',
  'in_recourse',
  'ended',
] as const;
export type Circulation = (typeof circulations)[number];

/** 票据状态 of the direct-access interface (票据业务系统直连接口规范). */
const billStateCodes = {
  issued: 'CS01',
  accepted: 'CS02',
  received: 'CS03',
  matured: 'CS04',
  ended: 'CS05',
  settled: 'CS06',
} as const satisfies Record<BillState, string>;
/** 流转状态 of the same. */
const circulationCodes = {
  awaiting_receipt: 'TF0101',
  circulating: 'TF0301',
  locked: 'TF0302',
  not_transferable: 'TF0303',
  pledged: 'TF0304',
  awaiting_redemption: 'TF0305',
  in_collection: 'TF0401',
  in_recourse: 'TF0402',
  ended: 'TF0501',
} as const satisfies Record<Circulation, string>;

/** A standing taken apart: the state of the bill and its circulation, each with its code. */
export function standingAxes(standing: BillStanding) {
  const [billState, circulation] = standing.split('.') as [BillState, Circulation];
  return {
    billState,
    billStateCode: billStateCodes[billState],
    circulation,
    circulationCode: circulationCodes[circulation],
  };
}

/** Where a holding returns to when what was offered comes to nothing: where it was before, through the lifecycle. */
export function returned(standing: BillStanding, before: BillStanding): BillStanding {
  if (standing === before) return before;
  return nextState(billStandings, standing, `return_to_${standingAxes(before).circulation}` as never);
}

/** An offer of one party to another: answered, withdrawn or lapsed; accepted, it waits for the exchange or for money. */
export const offerStates = defineLifecycle('offer', {
  pending: { accept: 'clearing', refuse: 'refused', withdraw: 'withdrawn', lapse: 'lapsed' },
  clearing: { confirm: 'done', fail: 'failed' },
  done: {},
  refused: {},
  withdrawn: {},
  lapsed: {},
  failed: {},
});
export type OfferState = StateOf<typeof offerStates>;

export const offerKinds = [
  'acceptance',
  'receipt',
  'endorsement',
  'restore_transfer',
  'guarantee',
  'pledge',
  'pledge_release',
  'discount',
  'redemption',
  'rediscount',
  'payment',
  'recourse',
] as const;
export type OfferKind = (typeof offerKinds)[number];
