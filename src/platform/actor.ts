export type OrgKind = 'enterprise' | 'bank' | 'warehouse' | 'guarantor' | 'regulator' | 'operator';
export type Role = 'admin' | 'maker' | 'checker' | 'viewer' | 'operator' | 'regulator';

/** Who asks: one person, or a system, of one organization, through one API client. */
export type Actor = Readonly<{
  orgId: string;
  orgKind: OrgKind;
  personId: string;
  clientId: string;
  roles: readonly Role[];
  scopes: readonly string[];
  requestId: string;
}>;
