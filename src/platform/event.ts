/** Something that happened to an object: audit record, outbox row and webhook payload in one. */
export type DomainEvent = Readonly<{
  /** Such as "financing.disbursed". */
  kind: string;
  objectKind: string;
  objectId: string;
  /** Organizations that may see it. */
  parties: readonly string[];
  /** The book or chain the object belongs to, or the organization itself. */
  scopeId: string;
  data: Readonly<Record<string, unknown>>;
}>;
