import type { Actor, OrgKind, Role } from '../platform/actor.ts';

type Grant = Readonly<{ kinds: readonly OrgKind[]; roles: readonly Role[] }>;

const grants = <const P extends Record<string, Grant>>(catalogue: P): P => catalogue;

const anyone: readonly OrgKind[] = ['enterprise', 'bank', 'warehouse', 'guarantor', 'regulator', 'operator'];
const trading: readonly OrgKind[] = ['enterprise', 'bank', 'warehouse', 'guarantor'];
const anyRole: readonly Role[] = ['admin', 'maker', 'checker', 'viewer', 'operator', 'regulator'];

/**
 * Who may call what: a person with one of the roles, in an organization of one of the kinds. Whether the object is
 * theirs, and whether its state allows it, is decided afterwards.
 */
export const permissions = grants({
  // Identity
  'me:read': { kinds: anyone, roles: anyRole },
  'organization:read': { kinds: anyone, roles: anyRole },
  'organization:register': { kinds: ['operator'], roles: ['operator'] },
  'organization:change': { kinds: anyone, roles: ['admin', 'operator'] },
  'organization:suspend': { kinds: ['operator'], roles: ['operator'] },
  'person:read': { kinds: anyone, roles: anyRole },
  'person:manage': { kinds: anyone, roles: ['admin', 'operator'] },
  'client:read': { kinds: anyone, roles: ['admin', 'operator'] },
  'client:manage': { kinds: anyone, roles: ['admin', 'operator'] },
  'client:rotate': { kinds: anyone, roles: anyRole },
  'settlement-account:read': { kinds: trading, roles: anyRole },
  'settlement-account:propose': { kinds: trading, roles: ['maker'] },
  'settlement-account:check': { kinds: trading, roles: ['checker'] },
  'settlement-account:close': { kinds: trading, roles: ['maker', 'checker'] },
  // Payments and registrations
  'payment:read': { kinds: ['bank', 'enterprise', 'regulator'], roles: anyRole },
  'registration:read': { kinds: ['bank', 'enterprise', 'regulator'], roles: anyRole },
  // Events and webhooks
  'event:read': { kinds: anyone, roles: anyRole },
  'webhook:read': { kinds: trading, roles: anyRole },
  'webhook:manage': { kinds: trading, roles: ['admin'] },
  // Reference data
  'reference:read': { kinds: anyone, roles: anyRole },
  'rate:propose': { kinds: ['operator', 'bank'], roles: ['operator', 'maker'] },
  'parameter:propose': { kinds: ['operator'], roles: ['operator'] },
  'reference:check': { kinds: ['operator', 'bank'], roles: ['operator', 'checker'] },
  // Chains
  'chain:read': { kinds: anyone, roles: anyRole },
  'chain:manage': { kinds: ['enterprise', 'operator'], roles: ['admin', 'maker', 'operator'] },
  'member:read': { kinds: anyone, roles: anyRole },
  'member:invite': { kinds: ['enterprise', 'operator'], roles: ['admin', 'maker', 'operator'] },
  'member:answer': { kinds: ['enterprise'], roles: ['admin', 'maker'] },
  'member:change': { kinds: ['enterprise', 'operator'], roles: ['admin', 'maker', 'operator'] },
  'member:verify': { kinds: ['bank', 'operator'], roles: ['maker', 'checker', 'operator'] },
  'trade-document:read': { kinds: ['enterprise', 'bank', 'regulator'], roles: anyRole },
  'trade-document:record': { kinds: ['enterprise'], roles: ['admin', 'maker'] },
  // Bills
  'bill:read': { kinds: [...trading, 'regulator'], roles: anyRole },
  'bill:register': { kinds: ['enterprise'], roles: ['maker'] },
  'bill:offer': { kinds: trading, roles: ['maker'] },
  'bill:answer': { kinds: trading, roles: ['checker'] },
  'bill:disclose': { kinds: ['enterprise', 'bank'], roles: ['maker'] },
  'bill:freeze': { kinds: ['operator'], roles: ['operator'] },
  'bill-market:read': { kinds: anyone, roles: anyRole },
  'bill-market:manage': { kinds: ['operator'], roles: ['operator'] },
  'bill-acceptor:read': { kinds: anyone, roles: anyRole },
  'bill-acceptor:manage': { kinds: ['operator'], roles: ['operator'] },
  // Programmes
  'programme:read': { kinds: ['enterprise', 'bank', 'regulator'], roles: anyRole },
  'programme:propose': { kinds: ['bank'], roles: ['maker'] },
  'programme:check': { kinds: ['bank'], roles: ['checker'] },
  'programme:suspend': { kinds: ['bank'], roles: ['maker', 'checker'] },
  // Limits
  'limit:read': { kinds: ['enterprise', 'bank', 'regulator'], roles: anyRole },
  'limit:propose': { kinds: ['bank'], roles: ['maker'] },
  'limit:check': { kinds: ['bank'], roles: ['checker'] },
  'limit:freeze': { kinds: ['bank'], roles: ['maker', 'checker'] },
  // Approvals
  'approval:read': { kinds: ['bank', 'guarantor', 'regulator'], roles: anyRole },
  // Oversight: checks before, in and after lending, alerts, and where loan money goes
  'check:read': { kinds: ['bank', 'regulator'], roles: anyRole },
  'check:make': { kinds: ['bank'], roles: ['maker', 'checker'] },
  'alert:read': { kinds: ['bank', 'regulator'], roles: anyRole },
  'alert:conclude': { kinds: ['bank'], roles: ['maker'] },
  'alert:decide': { kinds: ['bank'], roles: ['checker'] },
  'flow:read': { kinds: ['bank', 'regulator'], roles: anyRole },
  'flow:record': { kinds: ['bank'], roles: ['maker', 'operator'] },

  // Receivables
  'receivable:read': { kinds: anyone, roles: anyRole },
  'receivable:register': { kinds: ['enterprise'], roles: ['maker'] },
  'receivable:confirm': { kinds: ['enterprise'], roles: ['checker'] },
  'receivable:transfer': { kinds: ['enterprise'], roles: ['maker', 'checker'] },

  // Discount of bills
  'bill-discount:read': { kinds: ['enterprise', 'bank', 'regulator'], roles: anyRole },
  'bill-discount:ask': { kinds: ['enterprise'], roles: ['maker'] },
  'bill-discount:propose': { kinds: ['bank'], roles: ['maker'] },
  'bill-discount:decide': { kinds: ['bank'], roles: ['checker'] },
  'bill-discount:cancel': { kinds: ['enterprise', 'bank'], roles: ['maker'] },
  'bill-interest:consent': { kinds: ['enterprise'], roles: ['checker'] },

  // Financings
  'financing:read': { kinds: anyone, roles: anyRole },
  'financing:apply': { kinds: ['enterprise'], roles: ['maker'] },
  'financing:cancel': { kinds: ['enterprise', 'bank'], roles: ['maker'] },
  'financing:propose': { kinds: ['bank'], roles: ['maker'] },
  'financing:decide': { kinds: ['bank'], roles: ['checker'] },
  'financing:prepare': { kinds: ['bank'], roles: anyRole },
  'financing:disburse': { kinds: ['bank'], roles: ['maker'] },
  'financing:repay': { kinds: ['enterprise', 'bank'], roles: ['maker'] },

  // Credit on trade data
  'credit:declare': { kinds: ['enterprise'], roles: ['maker'] },
  'credit:read': { kinds: ['enterprise', 'bank', 'regulator'], roles: anyRole },
  'credit:judge': { kinds: ['bank'], roles: ['maker'] },

  // Guarantees and public funds
  'guarantee:read': { kinds: ['bank', 'guarantor', 'enterprise', 'regulator'], roles: anyRole },
  'guarantee:propose': { kinds: ['bank'], roles: ['maker'] },
  'guarantee:check': { kinds: ['bank'], roles: ['checker'] },
  'guarantee:answer': { kinds: ['guarantor'], roles: ['checker'] },
  'guarantee:end': { kinds: ['bank', 'guarantor'], roles: ['checker'] },
  'fund:read': { kinds: ['bank', 'guarantor', 'enterprise', 'regulator'], roles: anyRole },
  'fund:propose': { kinds: ['bank'], roles: ['maker'] },
  'fund:check': { kinds: ['bank'], roles: ['checker'] },

  // Prepayment
  'prepayment:read': { kinds: anyone, roles: anyRole },
  'prepayment:order': { kinds: ['enterprise'], roles: ['maker'] },
  'prepayment:confirm': { kinds: ['enterprise'], roles: ['checker'] },
  'prepayment:pay': { kinds: ['enterprise'], roles: ['maker'] },
  'prepayment:decide': { kinds: ['bank'], roles: ['checker'] },
  'prepayment:serve': { kinds: ['bank'], roles: ['maker', 'operator'] },
  'prepayment:refund': { kinds: ['enterprise', 'bank'], roles: ['maker', 'operator'] },
  'release:request': { kinds: ['enterprise'], roles: ['maker'] },
  'release:answer': { kinds: ['enterprise', 'warehouse'], roles: ['maker', 'checker'] },

  // Goods
  'goods:read': { kinds: anyone, roles: anyRole },
  'commodity:manage': { kinds: ['operator'], roles: ['operator'] },
  'warehouse:manage': { kinds: ['warehouse'], roles: ['admin', 'maker'] },
  'stock:move': { kinds: ['warehouse'], roles: ['maker', 'operator'] },
  'price:record': { kinds: ['bank'], roles: ['operator'] },
  'goods:value': { kinds: ['bank'], roles: ['maker', 'operator'] },
  'price:propose': { kinds: ['bank'], roles: ['maker'] },
  'price:approve': { kinds: ['bank'], roles: ['checker'] },
  'haircut:set': { kinds: ['bank'], roles: ['checker'] },

  // Inventory pledges
  'pledge:read': { kinds: anyone, roles: anyRole },
  'pledge:offer': { kinds: ['enterprise'], roles: ['maker'] },
  'pledge:supervise': { kinds: ['bank'], roles: ['maker'] },
  'pledge:attest': { kinds: ['warehouse'], roles: ['checker'] },
  'pledge:decide': { kinds: ['bank'], roles: ['checker'] },
  'pledge:release': { kinds: ['enterprise', 'bank'], roles: ['maker'] },
  'pledge:pay': { kinds: ['enterprise', 'bank'], roles: ['maker'] },
  'pledge:sell': { kinds: ['bank'], roles: ['maker'] },

  // Warehouse receipts
  'receipt:read': { kinds: anyone, roles: anyRole },
  'receipt:issue': { kinds: ['warehouse'], roles: ['maker'] },
  'receipt:confirm': { kinds: ['warehouse'], roles: ['checker'] },
  'receipt:hold': { kinds: ['enterprise'], roles: ['maker'] },
  'receipt:cancel': { kinds: ['warehouse', 'enterprise'], roles: ['maker', 'checker'] },
  'receipt:freeze': { kinds: ['warehouse', 'bank', 'enterprise'], roles: ['checker'] },
  'receipt:rank': { kinds: ['bank', 'regulator'], roles: anyRole },

  // Ledger
  'book:open': { kinds: ['operator'], roles: ['operator'] },
  'book:read': { kinds: anyone, roles: anyRole },
  'account:read': { kinds: ['enterprise', 'bank', 'warehouse', 'guarantor', 'regulator'], roles: anyRole },
  'journal:read': { kinds: ['bank', 'regulator'], roles: anyRole },
  'journal:reverse': { kinds: ['bank'], roles: ['checker'] },
  'hold:read': { kinds: ['bank', 'regulator'], roles: anyRole },
  'hold:place': { kinds: ['bank'], roles: ['maker'] },
  'hold:release': { kinds: ['bank'], roles: ['maker', 'checker'] },
  'ledger:verify': { kinds: ['bank', 'regulator'], roles: anyRole },

  // Settlement
  'collection:record': { kinds: ['bank'], roles: ['maker', 'operator'] },
  'collection:read': { kinds: anyone, roles: anyRole },
  'book:close': { kinds: ['bank'], roles: ['operator'] },
});

export type Permission = keyof typeof permissions;

/** Whether the catalogue grants the permission to this kind of organization and one of the actor's roles. */
export function isPermitted(actor: Pick<Actor, 'orgKind' | 'roles'>, permission: Permission): boolean {
  const grant: Grant = permissions[permission];
  return grant.kinds.includes(actor.orgKind) && actor.roles.some((role) => grant.roles.includes(role));
}
