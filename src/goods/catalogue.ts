import { uuidv7 } from 'uuidv7';
import { PLATFORM_SCOPE } from '../identity/store.ts';
import type { Decimal } from '../money/decimal.ts';
import { Refusal } from '../platform/refusal.ts';
import type { UseCase } from '../platform/unit-of-work.ts';
import type { Workspace } from '../platform/workspace.ts';
import { type CommodityClass, type CommodityRow, commodities, type GradeRow, grades } from './store.ts';

type NewCommodity = Readonly<{ code: string; name: string; class: CommodityClass; unit: string; step: Decimal }>;

/** The platform operator adds a commodity. Its unit and step are for good: quantities are counted in them. */
export const addCommodity: UseCase<NewCommodity, ReturnType<typeof commodityAnswer>> = {
  name: 'goods.add_commodity',
  status: 201,
  lane: () => PLATFORM_SCOPE,
  scope: () => [PLATFORM_SCOPE],
  load: async (work, commands) => {
    const known = await work.read(
      commodities,
      'code',
      commands.map(({ input }) => input.code),
    );
    await work.lock(
      commodities,
      known.map(({ id }) => id),
    );
  },
  decide: (work, { input, now }) => {
    requireNew(
      work.all(commodities).some(({ code }) => code === input.code),
      `there is a commodity ${input.code}`,
    );
    const row: CommodityRow = { ...input, id: uuidv7(), version: 1, createdAt: now.toISOString() };
    work.insert(commodities, row);
    tell(work, 'commodity_added', row.id, { code: row.code });
    return commodityAnswer(row);
  },
};

type NewGrade = Readonly<{ commodityId: string; code: string; name: string }>;

/** The platform operator adds a grade, counted as its commodity is. */
export const addGrade: UseCase<NewGrade, ReturnType<typeof gradeAnswer>> = {
  name: 'goods.add_grade',
  status: 201,
  lane: () => PLATFORM_SCOPE,
  scope: () => [PLATFORM_SCOPE],
  load: async (work, commands) => {
    const ids = commands.map(({ input }) => input.commodityId);
    await work.lock(commodities, ids);
    const known = await work.read(grades, 'commodityId', ids);
    await work.lock(
      grades,
      known.map(({ id }) => id),
    );
  },
  decide: (work, { input, now }) => {
    const { unit, step } = work.get(commodities, input.commodityId);
    requireNew(
      work.all(grades).some((grade) => grade.commodityId === input.commodityId && grade.code === input.code),
      `the commodity has a grade ${input.code}`,
    );
    const row: GradeRow = { ...input, unit, step, id: uuidv7(), version: 1, createdAt: now.toISOString() };
    work.insert(grades, row);
    tell(work, 'grade_added', row.id, { code: row.code, commodityId: row.commodityId });
    return gradeAnswer(row);
  },
};

function requireNew(known: boolean, message: string): void {
  if (known) throw new Refusal('already-exists', message, { field: '/code', accepted: 'a code not in use yet' });
}

function tell(work: Workspace, kind: string, objectId: string, data: Record<string, unknown>): void {
  work.emit({
    kind: `goods.${kind}`,
    objectKind: kind === 'grade_added' ? 'grade' : 'commodity',
    objectId,
    scopeId: PLATFORM_SCOPE,
    parties: [work.author.actor.orgId],
    data,
  });
}

const commodityAnswer = (row: CommodityRow) => ({ ...row, step: row.step.toFixed() });
const gradeAnswer = (row: GradeRow) => ({ ...row, step: row.step.toFixed() });
