import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readAs } from '../platform/database.ts';
import { pageQuery, paginate } from '../platform/http/paging.ts';
import type { Platform } from '../platform/http/platform.ts';
import { Day, object, Page, problems } from '../platform/http/schemas.ts';
import { calendarDayAnswers, parameterAnswers, rateAnswers } from './queries.ts';
import { BusinessDay, CalendarDay, ParameterCode, PolicyParameter, RateCode, ReferenceRate } from './schemas.ts';
import { referenceOf } from './store.ts';

const rateSorts = {
  newest: [
    ['published_on', 'desc'],
    ['code', 'desc'],
  ],
} as const;
const parameterSorts = {
  code: [
    ['code', 'asc'],
    ['effective_from', 'asc'],
  ],
} as const;
const daySorts = { date: [['date', 'asc']] } as const;

/** Rates, legal numbers and the calendar, which everyone on the platform reads. */
export const referenceRoutes: FastifyPluginAsyncTypebox<Platform> = async (app, { database }) => {
  app.get('/v1/rates', {
    config: { permission: 'reference:read' },
    schema: {
      operationId: 'listRates',
      summary: 'Reference rates by the day of their publication',
      tags: ['Reference data'],
      querystring: pageQuery({ sorts: rateSorts, filters: { code: RateCode } }),
      response: { 200: Page(ReferenceRate), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => paginate(rateAnswers(db, query), { page: query, sorts: rateSorts })),
  });

  app.get('/v1/parameters', {
    config: { permission: 'reference:read' },
    schema: {
      operationId: 'listParameters',
      summary: 'Legal and regulatory numbers with their periods and sources',
      description: '`on` leaves those in force on a day.',
      tags: ['Reference data'],
      querystring: pageQuery({ sorts: parameterSorts, filters: { code: ParameterCode, on: Day } }),
      response: { 200: Page(PolicyParameter), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => paginate(parameterAnswers(db, query), { page: query, sorts: parameterSorts })),
  });

  app.get('/v1/calendar-days', {
    config: { permission: 'reference:read' },
    schema: {
      operationId: 'listCalendarDays',
      summary: 'Days on which the statutory calendar is overruled',
      tags: ['Reference data'],
      querystring: pageQuery({ sorts: daySorts }),
      response: { 200: Page(CalendarDay), ...problems(400) },
    },
    handler: ({ actor, query }) =>
      readAs(database, actor, (db) => paginate(calendarDayAnswers(db), { page: query, sorts: daySorts })),
  });

  app.get('/v1/calendar/:date', {
    config: { permission: 'reference:read' },
    schema: {
      operationId: 'readCalendar',
      summary: 'Whether a day is a business day, and to which one a maturity on it moves',
      tags: ['Reference data'],
      params: object({ date: Day }),
      response: { 200: BusinessDay, ...problems(400) },
    },
    handler: async ({ actor, params: { date } }) => {
      const reference = await readAs(database, actor, referenceOf);
      const { date: movesTo, provisional } = reference.rollForward(date);
      return { date, isBusinessDay: movesTo === date, movesTo, provisional };
    },
  });
};
