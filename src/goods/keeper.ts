import type { IsoDate } from '../money/dates.ts';
import type { Decimal } from '../money/decimal.ts';
import type { Actor } from '../platform/actor.ts';
import type { Database } from '../platform/database.ts';
import type { Workspace } from '../platform/workspace.ts';
import type { LotRow, MovementKind } from './store.ts';

/** Goods that arrive: a new lot in a free place, added to a pledge if one is named. */
export type Arrival = Readonly<{
  pileId: string;
  marks: string;
  gradeId: string;
  ownerId: string;
  quantity: Decimal;
  unitCost: Decimal | null;
  receivedOn: IsoDate;
  pledgeId: string | null;
}>;

/** What a document of a warehouse does to one lot; `before` is null for one that arrives. */
export type LotChange = Readonly<{ before: LotRow | null; after: LotRow }>;
export type MovedDocument = Readonly<{ kind: MovementKind; documentNumber: string; changes: readonly LotChange[] }>;

/** What documents of a batch touch, as far as it is known before anything is locked. */
export type Touched = Readonly<{ lots: readonly LotRow[]; arrivals: readonly Arrival[] }>;

/** What a pledge has to say about the goods it is over. The stock ledger asks; a product above it answers. */
export type StockKeeper = Readonly<{
  /** The banks of pledges that goods are added to, if the asking organization supervises them; `not-found` otherwise. */
  banksOf: (database: Database, actor: Actor, pledgeIds: readonly string[]) => Promise<string[]>;
  /** Locks the pledges that lots are under or are added to: after the books, before the lots. */
  lock: (work: Workspace, touched: Touched) => Promise<void>;
  /** Reads what is decided by once everything is locked. Answers the judge of each document. */
  prepare: (work: Workspace, touched: Touched, now: Date) => Promise<(document: MovedDocument) => void>;
}>;
