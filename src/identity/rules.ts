import { Decimal, parseMoney } from '../money/decimal.ts';
import { classifyEnterprise, type EnterpriseFigures, type Metric, metricsOf } from '../money/enterprise-scale.ts';
import { isCnaps, isUscc } from '../money/identifiers.ts';
import type { OrgKind } from '../platform/actor.ts';
import { Refusal } from '../platform/refusal.ts';
import { defineLifecycle } from '../platform/state-machine.ts';
import { type Industry, industryNames, type OrganizationScale } from './industries.ts';
import { cleanName } from './names.ts';
import type { Contact, OrganizationRow } from './store.ts';

/** A suspended organization's people and systems are refused everywhere. */
export const organizationLifecycle = defineLifecycle('organization', {
  active: { suspend: 'suspended' },
  suspended: { reinstate: 'active' },
});

/** What an organization declares of itself. Money is text with two decimals, in yuan. */
export type OrganizationProfile = Readonly<{
  legalName: string;
  industry?: Industry | null;
  employees?: number | null;
  annualRevenue?: string | null;
  totalAssets?: string | null;
  tags?: readonly string[];
  /** GB/T 2260 division of six digits. */
  region?: string | null;
  parentId?: string | null;
  cnaps?: string | null;
  contact: Contact;
}>;

export type Registration = OrganizationProfile & Readonly<{ id: string; kind: OrgKind; uscc: string }>;

/**
 * A new organization with its enterprise scale, from what was declared. Refuses a code whose check character is wrong
 * (GB 32100-2015) and figures that do not suffice to classify an enterprise (工信部联企业〔2011〕300号 art. 4).
 */
export function draftOrganization(input: Registration, now: Date): OrganizationRow {
  if (!isUscc(input.uscc)) {
    throw new Refusal('invalid-input', 'the unified social credit code has a wrong form or check character', {
      field: '/uscc',
      accepted: 'a unified social credit code of 18 characters, GB 32100-2015',
    });
  }
  const blank = {
    id: input.id,
    kind: input.kind,
    uscc: input.uscc,
    legalName: input.legalName,
    industry: null,
    employees: null,
    annualRevenue: null,
    totalAssets: null,
    scale: null,
    figures: 'confirmed' as const,
    tags: [],
    region: null,
    parentId: null,
    cnaps: null,
    contact: input.contact,
    status: 'active' as const,
    version: 1,
    createdAt: now.toISOString(),
  };
  return { ...blank, ...changedProfile(blank, input) };
}

/** What a change of the profile does to the row: figures and industry changed, the scale is derived anew. */
export function changedProfile(
  row: OrganizationRow,
  change: Partial<OrganizationProfile>,
): Partial<OrganizationRow> & Pick<OrganizationRow, 'scale'> {
  const { legalName, annualRevenue, totalAssets, tags, contact, ...rest } = change;
  const patch = {
    ...pick(rest, ['industry', 'employees', 'region', 'parentId', 'cnaps']),
    ...(legalName !== undefined && { legalName: cleanName(legalName, '/legalName') }),
    ...(annualRevenue !== undefined && { annualRevenue: amount(annualRevenue) }),
    ...(totalAssets !== undefined && { totalAssets: amount(totalAssets) }),
    ...(tags !== undefined && { tags: [...new Set(tags)].sort() }),
    ...(contact !== undefined && { contact: { ...contact, name: cleanName(contact.name, '/contact/name', 100) } }),
  };
  const next = { ...row, ...patch };
  if (patch.cnaps) requireCnaps(patch.cnaps);
  if (next.kind !== 'bank' && next.cnaps !== null) {
    throw new Refusal('invalid-input', 'only a bank has a payment code', { field: '/cnaps', accepted: 'nothing' });
  }
  return { ...patch, scale: scaleOf(next) };
}

/** Refuses a bank's payment code whose check digit is wrong. */
export function requireCnaps(code: string): void {
  if (isCnaps(code)) return;
  throw new Refusal('invalid-input', 'the payment code has a wrong check digit', {
    field: '/cnaps',
    accepted: 'a bank payment code (CNAPS) of 12 digits',
  });
}

const amount = (text: string | null): Decimal | null => (text === null ? null : parseMoney(text));

const pick = <T extends object, const K extends keyof T>(
  from: T,
  names: readonly K[],
): { [P in K]?: Exclude<T[P], undefined> } =>
  Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]])) as never;

/** What an organization is classified by. */
export const CLASSIFYING_FIELDS = ['industry', 'employees', 'annualRevenue', 'totalAssets'] as const;
export type ClassifyingFigures = Partial<Pick<OrganizationProfile, (typeof CLASSIFYING_FIELDS)[number]>>;

const FIGURE_FIELDS: Readonly<Record<Metric, string>> = {
  employees: '/employees',
  revenueWan: '/annualRevenue',
  assetsWan: '/totalAssets',
};

/** Scale of an organization; none for banks, which have a standard of their own (银发〔2015〕309号), nor without industry. */
function scaleOf(row: OrganizationRow): OrganizationScale | null {
  if (row.kind === 'bank') return null;
  if (row.industry === null) {
    if (row.kind !== 'enterprise') return null;
    throw missing('/industry', 'an enterprise is classified by its industry');
  }
  const industry = industryNames[row.industry];
  const figures = {
    ...(row.employees !== null && { employees: new Decimal(row.employees) }),
    ...(row.annualRevenue !== null && { revenueWan: row.annualRevenue.dividedBy(10_000) }),
    ...(row.totalAssets !== null && { assetsWan: row.totalAssets.dividedBy(10_000) }),
  } satisfies EnterpriseFigures as EnterpriseFigures;
  for (const metric of metricsOf(industry)) {
    if (figures[metric] === undefined) {
      throw missing(FIGURE_FIELDS[metric], `the industry ${row.industry} is classified by this figure`);
    }
  }
  return classifyEnterprise(industry, figures).toLowerCase() as OrganizationScale;
}

const missing = (field: string, why: string): Refusal =>
  new Refusal('invalid-input', `${field.slice(1)} is missing: ${why}`, { field, accepted: 'a value' });

/** What an organization may change of itself; the rest is the platform operator's, who has seen the evidence. */
export const OWN_FIELDS: readonly (keyof OrganizationProfile)[] = ['contact', 'region'];

/** The head of a group stands above its members and has no head itself: a group has two levels. */
export function checkGroup(id: string, parent: OrganizationRow, hasMembers: boolean): void {
  const refuse = (message: string) => new Refusal('invalid-input', message, { field: '/parentId' });
  if (parent.id === id) throw refuse('an organization is not the head of itself');
  if (parent.parentId !== null) throw refuse('the head of a group belongs to no group itself');
  if (hasMembers) throw refuse('the head of a group cannot join another');
}
