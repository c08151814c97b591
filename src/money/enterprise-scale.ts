import type { Decimal } from './decimal.ts';

export type Scale = 'LARGE' | 'MEDIUM' | 'SMALL' | 'MICRO';
export type Metric = 'employees' | 'revenueWan' | 'assetsWan';
export type EnterpriseFigures = Readonly<Partial<Record<Metric, Decimal>>>;

type Lines = Readonly<Partial<Record<Metric, readonly [large: number, medium: number, small: number]>>>;
const people = (large: number, medium: number, small: number) => [large, medium, small] as const;

/** Lines of 工信部联企业〔2011〕300号 art. 4; revenue and assets in ten thousand yuan. "以上" includes the line. */
const LINES: Readonly<Record<string, Lines>> = {
  农林牧渔业: { revenueWan: [20000, 500, 50] },
  工业: { employees: people(1000, 300, 20), revenueWan: [40000, 2000, 300] },
  建筑业: { revenueWan: [80000, 6000, 300], assetsWan: [80000, 5000, 300] },
  批发业: { employees: people(200, 20, 5), revenueWan: [40000, 5000, 1000] },
  零售业: { employees: people(300, 50, 10), revenueWan: [20000, 500, 100] },
  交通运输业: { employees: people(1000, 300, 20), revenueWan: [30000, 3000, 200] },
  仓储业: { employees: people(200, 100, 20), revenueWan: [30000, 1000, 100] },
  邮政业: { employees: people(1000, 300, 20), revenueWan: [30000, 2000, 100] },
  住宿业: { employees: people(300, 100, 10), revenueWan: [10000, 2000, 100] },
  餐饮业: { employees: people(300, 100, 10), revenueWan: [10000, 2000, 100] },
  信息传输业: { employees: people(2000, 100, 10), revenueWan: [100000, 1000, 100] },
  软件和信息技术服务业: { employees: people(300, 100, 10), revenueWan: [10000, 1000, 50] },
  房地产开发经营: { revenueWan: [200000, 1000, 100], assetsWan: [10000, 5000, 2000] },
  物业管理: { employees: people(1000, 300, 100), revenueWan: [5000, 1000, 500] },
  租赁和商务服务业: { employees: people(300, 100, 10), assetsWan: [120000, 8000, 100] },
  其他未列明行业: { employees: people(300, 100, 10) },
};

/** The figures an industry is classified by; none for an industry the standard does not name. */
export const metricsOf = (industry: string): Metric[] => Object.keys(LINES[industry] ?? {}) as Metric[];

const SCALES = ['LARGE', 'MEDIUM', 'SMALL'] as const;

/** The 2011 scale: the highest class whose lines all metrics of the industry reach. A missing metric is refused. */
export function classifyEnterprise(industry: string, figures: EnterpriseFigures): Scale {
  const lines = LINES[industry];
  if (lines === undefined) throw new RangeError(`no classification for industry "${industry}"`);
  const metrics = metricsOf(industry);
  const reaches = (level: number): boolean =>
    metrics.every((metric) => {
      const figure = figures[metric];
      if (figure === undefined)
        throw new RangeError(`industry ${industry} is classified by ${metric}, which is missing`);
      return figure.greaterThanOrEqualTo(lines[metric]?.[level] ?? Number.POSITIVE_INFINITY);
    });
  return SCALES.find((_, level) => reaches(level)) ?? 'MICRO';
}
