/** What the national registry of warehouse receipts is told, under an id that names the filing for good. */
export type ReceiptFiling = Readonly<{ filingId: string; number: string; contentHash: string }>;

/** Its answer: the code it keeps the receipt under and the hash of what it has recorded, or why not. */
export type RegistryAnswer =
  | Readonly<{ state: 'recorded'; code: string; contentHash: string }>
  | Readonly<{ state: 'refused'; code: string; reason: string }>;

/**
 * The registry as this service needs it. Telling it the same filing again gives the same answer, so a registration
 * that was broken off is simply asked for again.
 */
export type ReceiptRegistry = Readonly<{ record: (filing: ReceiptFiling) => Promise<RegistryAnswer> }>;
