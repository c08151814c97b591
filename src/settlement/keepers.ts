import { billPledgeKeeper } from '../bill/pledge-loan-keeper.ts';
import { type CollateralKeeper, keeperOfAll, unsecuredKeeper } from '../financing/keeper.ts';
import { inventoryKeeper } from '../inventory/keeper.ts';
import { prepaymentKeeper } from '../prepayment/keeper.ts';
import { receiptKeeper } from '../receipt/keeper.ts';
import { receivableKeeper } from '../receivable/keeper.ts';

/** Who keeps what backs the financings of each product. */
export const keeper: CollateralKeeper = keeperOfAll({
  byProduct: {
    pledge_loan: receivableKeeper,
    recourse_factoring: receivableKeeper,
    nonrecourse_factoring: receivableKeeper,
    payables_finance: receivableKeeper,
    bill_pledge_loan: billPledgeKeeper,
    prepayment: prepaymentKeeper,
    inventory_loan: inventoryKeeper,
    receipt_loan: receiptKeeper,
    credit_loan: unsecuredKeeper,
    bill_acceptance: prepaymentKeeper,
  },
  byItem: {
    holding: receivableKeeper,
    order: prepaymentKeeper,
    lot: inventoryKeeper,
    bill_holding: billPledgeKeeper,
    receipt: receiptKeeper,
  },
});
