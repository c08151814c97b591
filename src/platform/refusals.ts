type Cause = Readonly<{
  status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 412 | 413 | 415 | 422 | 428 | 429 | 431 | 500 | 503;
  /** Who must act. */
  who: string;
  /** What would cure it. */
  remedy: string;
  /** A passing condition: the answer is not kept for the idempotency key, the same key may be sent again. */
  passing?: true;
}>;

const catalogue = <const C extends Record<string, Cause>>(causes: C): C => causes;

/** Every refusal of the service: its HTTP status, who must act and what would cure it. Codes are stable. */
export const refusals = catalogue({
  // Transport
  'malformed-body': { status: 400, who: 'caller', remedy: 'Send one well-formed JSON document in UTF-8.' },
  'invalid-input': { status: 400, who: 'caller', remedy: 'Correct the named field as the message says.' },
  'idempotency-key-missing': {
    status: 400,
    who: 'caller',
    remedy: 'Send an Idempotency-Key header of 1 to 128 visible characters.',
  },
  'idempotency-key-reused': { status: 422, who: 'caller', remedy: 'Use a new key for a different request.' },
  'precondition-missing': { status: 428, who: 'caller', remedy: 'Send If-Match with the ETag last read.' },
  'precondition-stale': {
    status: 412,
    who: 'caller',
    remedy: 'Read the resource again and decide on its present state.',
  },
  unauthenticated: {
    status: 401,
    who: 'caller',
    remedy: 'Obtain a token at /oauth/token and send it as a Bearer token.',
  },
  forbidden: {
    status: 403,
    who: 'administrator of the organization',
    remedy: 'Ask for the role or scope the message names.',
  },
  'not-found': {
    status: 404,
    who: 'caller',
    remedy: 'Check the identifier and that your organization is a party to it.',
  },
  'method-not-allowed': { status: 405, who: 'caller', remedy: 'Use a method the Allow header lists.' },
  'body-too-large': { status: 413, who: 'caller', remedy: 'Send a smaller body, or use the import by file.' },
  'unsupported-media-type': { status: 415, who: 'caller', remedy: 'Send application/json in UTF-8.' },
  'too-many-requests': { status: 429, who: 'caller', remedy: 'Wait for the time in Retry-After.', passing: true },
  overloaded: {
    status: 503,
    who: 'caller',
    remedy: 'Send the same request with the same key after Retry-After.',
    passing: true,
  },
  'internal-error': {
    status: 500,
    who: 'platform operator',
    remedy: 'Quote the request id; the same key may be sent again.',
    passing: true,
  },
  unavailable: {
    status: 503,
    who: 'platform operator',
    remedy: 'Send the same request with the same key after Retry-After.',
    passing: true,
  },
  'request-timeout': {
    status: 408,
    who: 'caller',
    remedy: 'Send the whole request without long pauses.',
    passing: true,
  },
  'headers-too-large': { status: 431, who: 'caller', remedy: 'Send less than 16 KB of headers.' },
  // Shared by every lifecycle
  'illegal-transition': { status: 409, who: 'caller', remedy: 'Choose an event the present state allows.' },
  'already-exists': { status: 409, who: 'caller', remedy: 'Use the existing object, or another key.' },
  'same-person': { status: 403, who: 'another person', remedy: 'Someone other than the maker must decide.' },
  'not-a-party': { status: 403, who: 'the party named', remedy: 'Only the named party may do this.' },
  // Books and ledger
  'book-closing': {
    status: 503,
    who: 'caller',
    remedy: 'Send the same request again when the day has been closed.',
    passing: true,
  },
  'insufficient-funds': {
    status: 409,
    who: 'account owner',
    remedy: 'Pay in at least the missing amount, or lower the amount.',
  },
  'account-closed': { status: 409, who: 'bank', remedy: 'Use an open account.' },
  'period-closed': { status: 409, who: 'bank', remedy: 'Post a correction dated in the open period.' },
  'already-reversed': { status: 409, who: 'bank', remedy: 'Nothing to do: the journal has been reversed.' },
  'not-reversible': {
    status: 409,
    who: 'bank',
    remedy: 'Let a business event correct it: that moves what stands behind the journal as well.',
  },
  // Registration of security
  'registration-unanswered': { status: 409, who: 'register', remedy: 'Wait for the answer of the register.' },
  'registration-expired': { status: 409, who: 'bank', remedy: 'File a new registration; it ranks from its own time.' },
  // Identity
  'conflicting-roles': {
    status: 422,
    who: 'administrator of the organization',
    remedy: 'Give the roles to different persons.',
  },
  'own-roles': {
    status: 403,
    who: 'another administrator of the organization',
    remedy: 'Someone else must change these roles.',
  },
  // Reference data
  'rate-missing': { status: 409, who: 'platform operator', remedy: 'Record the publication of the rate named.' },
  'parameter-missing': {
    status: 409,
    who: 'platform operator',
    remedy: 'Record the parameter named, with its source.',
  },
  'parameter-overlap': {
    status: 409,
    who: 'platform operator',
    remedy: 'Begin after the row named, or correct that row by proposing its own first day.',
  },
  // Approval
  'approval-stale': { status: 409, who: 'maker', remedy: 'Read what is asked for again; ask for its approval anew.' },
  // Oversight
  'check-missing': { status: 409, who: 'bank', remedy: 'Make the check named, and pass it.' },
  'check-incomplete': {
    status: 422,
    who: 'caller',
    remedy: 'Answer every item of the check once, with what shows it.',
  },
  'check-overdue': { status: 409, who: 'bank', remedy: 'Make the overdue check of the running loan.' },
  'alert-standing': { status: 409, who: 'bank', remedy: 'Conclude on the alert named, or put right what it found.' },
  // Programmes
  'programme-not-in-force': { status: 409, who: 'bank', remedy: 'Choose an active programme with terms for the day.' },
  'effective-date-past': { status: 422, who: 'caller', remedy: "Choose the book's business date or a later day." },
  // Limits
  'limit-missing': { status: 409, who: 'bank', remedy: 'Open the limit of the level named.' },
  'limit-frozen': { status: 409, who: 'bank', remedy: 'Lift the freeze of the limit named.' },
  'limit-expired': { status: 409, who: 'bank', remedy: 'Renew the limit named.' },
  'limit-exceeded': { status: 409, who: 'caller', remedy: 'Lower the amount, or have the limit named raised.' },
  'limit-below-use': { status: 409, who: 'bank', remedy: 'Choose an amount not below what is reserved and used.' },
  // Webhooks
  'webhook-endpoints-full': { status: 409, who: 'caller', remedy: 'Change or disable an endpoint you have.' },
  // Bills
  'package-limit-exceeded': { status: 422, who: 'drawer', remedy: 'Draw several bills, each within the limit named.' },
  'not-a-whole-unit': { status: 422, who: 'caller', remedy: 'Send an amount in whole units of 0.01 yuan.' },
  'out-of-range': { status: 422, who: 'caller', remedy: 'Take at least one unit and no more than the holding has.' },
  'bill-matured': { status: 409, who: 'holder', remedy: 'Present the bill for payment.' },
  'bill-indivisible': { status: 422, who: 'caller', remedy: 'Take the whole bill.' },
  'market-not-open': { status: 409, who: 'platform operator', remedy: 'Open the bill exchange on a business day.' },
  'market-closing': {
    status: 503,
    who: 'caller',
    remedy: 'Send the same request again when the exchange has closed its day.',
    passing: true,
  },
  'bill-not-registered': { status: 409, who: 'bill exchange', remedy: 'Wait until the exchange has given a number.' },
  'bill-frozen': { status: 409, who: 'court', remedy: 'Have the bill thawed.' },
  'bill-offer-pending': { status: 409, who: 'holder', remedy: 'Wait for the answer, or withdraw the offer.' },
  'trade-missing': { status: 409, who: 'drawer', remedy: 'Record the contract or invoice of the trade, and name it.' },
  'trade-insufficient': { status: 409, who: 'drawer', remedy: 'Name trade of at least the face, or lower the face.' },
  'document-exhausted': { status: 409, who: 'drawer', remedy: 'Name another document, or less of this one.' },
  'invoice-of-receivable': { status: 409, who: 'drawer', remedy: 'Name an invoice that stands for no receivable.' },
  'acceptor-unknown': {
    status: 409,
    who: 'platform operator',
    remedy: 'Have the profile of the acceptor recorded at the exchange.',
  },
  'acceptor-listed': {
    status: 409,
    who: 'acceptor',
    remedy: 'Have the acceptor pay what is overdue, and disclose it.',
  },
  'acceptance-limit-exceeded': { status: 409, who: 'acceptor', remedy: 'Lower the face, or have the limit raised.' },
  'acceptance-cap-exceeded': {
    status: 409,
    who: 'acceptor',
    remedy: 'Have another accept, or wait until bills are paid.',
  },
  'not-disclosed': { status: 409, who: 'acceptor', remedy: 'Disclose the bill.' },
  'disclosure-inconsistent': { status: 409, who: 'acceptor', remedy: 'Correct what was disclosed.' },
  'whole-package-only': { status: 422, who: 'caller', remedy: 'Name the whole package.' },
  'already-liable': { status: 409, who: 'caller', remedy: 'Name a guarantor who does not owe on the bill already.' },
  'wrong-answer-route': { status: 409, who: 'caller', remedy: 'Answer this kind of offer by the operation named.' },
  'not-mergeable': {
    status: 409,
    who: 'holder',
    remedy: 'Name adjoining parts that are alike in all but their place.',
  },
  // Bills at and after maturity
  'not-dishonoured': { status: 409, who: 'holder', remedy: 'Present the bill for payment first.' },
  'recourse-not-possible': { status: 409, who: 'claimant', remedy: 'Pursue those that the message names.' },
  'recourse-in-full': { status: 409, who: 'payer', remedy: 'Pay all that is due: the bill then passes to the payer.' },
  'bill-not-pledged': { status: 409, who: 'holder', remedy: 'Pledge the bill to the bank on this chain first.' },
  // Discount of bills
  'bill-not-circulating': { status: 409, who: 'holder', remedy: 'Wait, or release what the bill is bound to.' },
  'acceptor-kind-not-eligible': { status: 409, who: 'bank', remedy: 'Ask a bank that discounts such bills.' },
  'interest-consent-missing': {
    status: 409,
    who: 'drawer',
    remedy: 'Have the drawer consent at this bank, or bear the interest yourself.',
  },
  'redemption-not-offered': {
    status: 409,
    who: 'bank',
    remedy: 'Sell outright, or ask a bank that offers redemption.',
  },
  'redemption-outside-window': { status: 409, who: 'caller', remedy: 'Choose a day of the window named.' },
  'quote-expired': { status: 409, who: 'caller', remedy: 'Ask for a new quote.' },
  'quote-taken': { status: 409, who: 'caller', remedy: 'Nothing to do: the quote has become the discount named.' },
  'not-rediscountable': { status: 409, who: 'bank', remedy: 'Name discounted bills from the eligibility list.' },
  // Chains and trade records
  'chain-suspended': { status: 409, who: 'core enterprise', remedy: 'Have the chain resumed, or use an active one.' },
  'legal-name-mismatch': {
    status: 409,
    who: 'caller',
    remedy: 'Send the legal name registered under the code, or have it changed by the platform operator.',
  },
  'parent-mismatch': { status: 422, who: 'caller', remedy: 'Name a present member one tier above, on the same side.' },
  'member-has-children': { status: 409, who: 'core enterprise', remedy: 'Let the members below it leave first.' },
  'member-not-active': { status: 409, who: 'member', remedy: 'Have the member registered, or reinstated.' },
  'terms-agreed': { status: 409, who: 'core enterprise', remedy: 'Let the member leave, and invite it on new terms.' },
  'invoice-does-not-add-up': { status: 422, who: 'caller', remedy: 'Send net and tax that make the amount.' },
  'malformed-file': { status: 422, who: 'caller', remedy: 'Send a file of the form the message names.' },
  'too-many-rows': { status: 422, who: 'caller', remedy: 'Send the rows in several files.' },
  'malformed-row': { status: 422, who: 'caller', remedy: 'Correct the row and send it in another file.' },
  'duplicate-row': { status: 422, who: 'caller', remedy: 'Name each organization once on a side.' },
  // Receivables
  'not-a-verified-supplier': {
    status: 409,
    who: 'core enterprise',
    remedy: 'Have the supplier registered and verified on the chain.',
  },
  'no-trade-between': {
    status: 409,
    who: 'caller',
    remedy: 'Name two that trade with each other on this chain.',
  },
  'tenor-too-long': { status: 422, who: 'creditor', remedy: 'Agree a due date within the longest tenor in force.' },
  'duplicate-invoice': {
    status: 409,
    who: 'creditor',
    remedy: 'Use an invoice that the platform does not know yet.',
  },
  'already-disputed': { status: 409, who: 'debtor', remedy: 'Resolve the dispute first.' },
  'not-disputed': { status: 409, who: 'caller', remedy: 'Nothing to do: no dispute is open.' },
  'amount-exceeds-holding': { status: 409, who: 'caller', remedy: 'Ask for no more than the part has.' },
  'already-financed': {
    status: 409,
    who: 'holder',
    remedy: 'Use a part that backs no financing, or settle that financing first.',
  },
  'transfer-pending': { status: 409, who: 'holder', remedy: 'Wait for the answer, or withdraw the offer.' },
  'not-a-lower-tier': { status: 409, who: 'holder', remedy: 'Transfer to a verified supplier one tier below.' },
  'receivable-overdue': { status: 409, who: 'debtor', remedy: 'Pay the receivable.' },
  'not-confirmed': { status: 409, who: 'debtor', remedy: 'Confirm the receivable.' },
  // Financings
  'product-not-offered': { status: 409, who: 'bank', remedy: 'Choose a product that the programme enables.' },
  'organization-suspended': { status: 409, who: 'platform operator', remedy: 'Have the organization reinstated.' },
  'below-minimum': {
    status: 409,
    who: 'caller',
    remedy: 'Put together parts that reach the minimum of the programme.',
  },
  'tier-not-eligible': { status: 409, who: 'bank', remedy: 'Ask the bank to admit this tier in its programme.' },
  'scale-not-eligible': { status: 409, who: 'bank', remedy: 'Ask the bank to admit this scale in its programme.' },
  'tag-missing': {
    status: 409,
    who: 'platform operator',
    remedy: 'Have the tag recorded when the organization qualifies.',
  },
  'advance-too-high': { status: 422, who: 'caller', remedy: 'Ask for no more than the programme advances.' },
  'tenor-outside-programme': {
    status: 409,
    who: 'caller',
    remedy: 'Choose receivables whose due date fits the programme.',
  },
  'terms-superseded': {
    status: 409,
    who: 'caller',
    remedy: 'Cancel the application and make a new one under the new terms.',
  },
  'terms-leave-nothing': { status: 422, who: 'caller', remedy: 'Ask for an amount above interest and fee.' },
  'account-not-verified': { status: 409, who: 'borrower', remedy: 'Have a settlement account verified, and name it.' },
  'security-not-registered': { status: 409, who: 'bank', remedy: 'Wait until the register has recorded the security.' },
  'loan-not-in-default': { status: 409, who: 'bank', remedy: 'Sell what is pledged once its loan is overdue.' },
  'notice-too-late': { status: 409, who: 'bank', remedy: 'Give the pledgor notice, and wait the days of the notice.' },
  'amount-exceeds-due': { status: 409, who: 'caller', remedy: 'Pay no more than is due.' },
  'without-recourse': { status: 409, who: 'bank', remedy: 'Collect from the debtor.' },
  'extension-not-allowed': {
    status: 409,
    who: 'bank',
    remedy: 'Extend once, before maturity, within what the programme allows.',
  },
  'not-a-loss': { status: 409, who: 'bank', remedy: 'Write off what is classified as loss.' },
  'class-above-days': { status: 409, who: 'bank', remedy: 'Choose a class that the days past the due date allow.' },
  'financing-pending': { status: 409, who: 'bank', remedy: 'Pay the financing out, or cancel it, first.' },
  // Credit on trade data
  'credit-score-too-low': { status: 409, who: 'borrower', remedy: 'Trade on, and have it recorded in the chain.' },
  'credit-limit-exceeded': { status: 409, who: 'borrower', remedy: 'Ask for no more than the record leaves.' },
  'need-not-declared': { status: 409, who: 'borrower', remedy: 'Declare the figures of the last year.' },
  'over-credited': {
    status: 409,
    who: 'borrower',
    remedy: 'Ask for no more than firm and group still need, or repay what they have borrowed.',
  },
  // Guarantees and public funds
  'guarantee-share-too-low': {
    status: 409,
    who: 'bank',
    remedy: 'Choose an agreement that bears what the programme asks.',
  },
  'guarantee-cap-reached': { status: 409, who: 'guarantor', remedy: 'Wait for repayments, or have the cap raised.' },
  'not-guaranteed': { status: 409, who: 'bank', remedy: 'Call on guarantors for what they have guaranteed.' },
  'waiting-period': { status: 409, who: 'bank', remedy: 'Call on the guarantors when the waiting period is over.' },
  'stop-loss-reached': { status: 409, who: 'bank', remedy: 'Bear the loss, or wait for the next calendar year.' },
  'amount-exceeds-share': { status: 409, who: 'caller', remedy: 'Pay no more than is left of the share.' },
  'fund-in-use': {
    status: 409,
    who: 'bank',
    remedy: 'Decide on what is asked of the fund, and have back what it has lent.',
  },
  'fund-exhausted': { status: 409, who: 'sponsor of the fund', remedy: 'Contribute to the fund, or wait for its cap.' },
  'fund-rule-not-met': { status: 409, who: 'bank', remedy: 'Meet the rule of the fund that the message names.' },
  // Prepayment
  'not-a-whole-step': { status: 422, who: 'caller', remedy: 'Name a quantity in whole steps of the order.' },
  'obligation-limit-exceeded': {
    status: 409,
    who: 'bank',
    remedy: 'Have the seller deliver or refund what it owes, or the limit of the programme raised.',
  },
  'seller-in-default': { status: 409, who: 'seller', remedy: 'Refund what is claimed first.' },
  'margin-missing': { status: 409, who: 'distributor', remedy: 'Deposit the first margin that is missing.' },
  'margin-call-open': {
    status: 409,
    who: 'distributor',
    remedy: 'Deposit extra margin, or pay for release, until the call is cured.',
  },
  'release-exceeds-payment': {
    status: 409,
    who: 'distributor',
    remedy: 'Pay for the release of more goods, or ask for fewer.',
  },
  'goods-not-arrived': { status: 409, who: 'warehouse', remedy: 'Wait until the goods have arrived in the warehouse.' },
  'claim-on-seller': { status: 409, who: 'bank', remedy: 'Claim what is not delivered from the seller of the order.' },
  'debt-outstanding': { status: 409, who: 'distributor', remedy: 'Pay what is owed under the order first.' },
  'goods-under-way': { status: 409, who: 'distributor', remedy: 'Have every release notice answered first.' },
  // Goods
  'not-whole-steps': { status: 422, who: 'caller', remedy: 'Send a quantity in whole steps of the unit.' },
  'lot-not-in-stock': { status: 409, who: 'caller', remedy: 'Name a lot that is in stock.' },
  'lot-claimed': {
    status: 409,
    who: 'holder of the claim',
    remedy: 'End the receipt or pledge that the goods are under, or use others.',
  },
  'price-recorded': { status: 409, who: 'bank', remedy: 'Send it as a correction, if it is one.' },
  'nothing-to-correct': { status: 409, who: 'bank', remedy: 'Send it as a new quotation.' },
  'document-out-of-order': { status: 409, who: 'warehouse', remedy: 'Send the document with the number named.' },
  'document-differs': {
    status: 409,
    who: 'warehouse',
    remedy: 'Give another document another number, or send the same content again.',
  },
  'place-occupied': { status: 409, who: 'warehouse', remedy: 'Name another pile or other marks.' },
  'lots-differ': { status: 409, who: 'caller', remedy: 'Merge lots of one grade, owner, pile and claim.' },
  'quantity-not-conserved': { status: 422, who: 'caller', remedy: 'Send parts that sum to the whole.' },
  'quantity-exceeds-lot': { status: 409, who: 'caller', remedy: 'Ask for no more than the lot has.' },
  // Inventory pledges
  'another-supervisor': {
    status: 409,
    who: 'pledgor',
    remedy: 'Use goods that lie with the supervisor of the pledge.',
  },
  'nothing-pledged': { status: 409, who: 'pledgor', remedy: 'Offer lots to the pledge.' },
  'price-stale': { status: 409, who: 'bank', remedy: 'Record a fresh quotation of every grade in the pledge.' },
  'cover-insufficient': {
    status: 409,
    who: 'pledgor',
    remedy: 'Add goods, repay or put up margin for what is missing, or ask for less.',
  },
  'goods-frozen': { status: 409, who: 'bank', remedy: 'Have the variance looked into and the pledge thawed.' },
  'price-follows-grade': { status: 409, who: 'bank', remedy: 'Record a quotation of the grade of the goods.' },
  'pledge-floating': { status: 409, who: 'pledgor', remedy: 'Exchange goods of a floating pledge by one document.' },
  'substitution-not-agreed': { status: 409, who: 'bank', remedy: 'Have the bank agree to the substitution first.' },
  'pledge-static': { status: 409, who: 'pledgor', remedy: 'Ask the bank for a release, or substitute the goods.' },
  'substitute-too-small': {
    status: 409,
    who: 'pledgor',
    remedy: 'Bring in goods of the same class and at least the value of those that leave.',
  },
  'still-owed': {
    status: 409,
    who: 'pledgor',
    remedy: 'Repay what the pledge carries, or cancel what is applied for.',
  },
  'nothing-to-thaw': { status: 409, who: 'bank', remedy: 'Nothing to do: no variance freezes the pledge.' },
  // Warehouse receipts
  'receipt-incomplete': { status: 422, who: 'warehouse', remedy: 'State every item the message names.' },
  'warehouse-suspended': { status: 409, who: 'platform operator', remedy: 'Have the warehouse reinstated.' },
  'receipt-content-differs': {
    status: 409,
    who: 'warehouse',
    remedy: 'Compare the receipt with the goods; cancel it and issue it anew if it is wrong.',
  },
  'registry-refused': { status: 409, who: 'warehouse', remedy: 'Cure what the registry names, and confirm again.' },
  'receipt-frozen': {
    status: 409,
    who: 'whoever it is frozen for',
    remedy: 'Settle what it is frozen for; have it thawed.',
  },
  'receipt-not-free': { status: 409, who: 'holder', remedy: 'Use a registered receipt that secures nothing.' },
  'receipts-differ': { status: 409, who: 'holder', remedy: 'Merge receipts for goods of one grade, place and terms.' },
  'storage-ended': { status: 409, who: 'warehouse', remedy: 'Extend the storage, or have the goods fetched.' },
  'insurance-ends': { status: 409, who: 'holder', remedy: 'Use goods that are insured until the loan is due.' },
  'storage-fee-unpaid': { status: 409, who: 'holder', remedy: 'Pay the warehouse the missing amount.' },
  'nothing-lost': {
    status: 409,
    who: 'warehouse',
    remedy: 'Nothing to do: no less was measured than the receipt says.',
  },
  'pledge-not-signed': { status: 409, who: 'warehouse', remedy: 'Sign the pledge endorsed on the receipt.' },
  'loan-not-active': { status: 409, who: 'borrower', remedy: 'Pay what is overdue; goods leave a sound loan only.' },
  // Settlement
  'amount-exceeds-outstanding': { status: 409, who: 'caller', remedy: 'Pay no more than is outstanding at this bank.' },
  'amount-exceeds-unapplied': { status: 409, who: 'bank', remedy: 'Take no more than is still unapplied.' },
  'duplicate-bank-reference': { status: 409, who: 'bank', remedy: 'Nothing to do: the payment has been booked.' },
  'wrong-business-date': { status: 409, who: 'bank', remedy: 'Close the present business date.' },
});

export type RefusalCode = keyof typeof refusals;
