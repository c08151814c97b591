/** The floors of the house, lowest first; an import goes down, or stays on its floor. Above them all: app, main, cli, demo. */
const floors = [
  ['money'],
  ['platform'],
  ['ledger'],
  ['identity', 'chain', 'reference'],
  ['programme', 'limit', 'approval', 'collateral', 'payment', 'webhook', 'goods', 'oversight'],
  ['financing', 'guarantee', 'fund'],
  ['receivable', 'prepayment', 'inventory', 'receipt', 'bill', 'credit'],
  ['settlement', 'risk', 'report', 'console'],
];
/** On these floors stand the products and what looks over them: none knows its neighbour. */
const apart = new Set([6, 7]);
const top = ['demo', 'replay'];

const either = (names) => `(?:${names.join('|')})`;
const folders = (names) => `^src/${either(names)}/`;
const packages = (names) => `node_modules/${either(names)}/`;

const room = (names) => `^src/.+[/-]${either(names)}\\.ts$`;
const routes = room(['routes']);
const schemas = room(['schemas']);
const commands = room(['commands']);
const stores = room(['store', 'queries']);
const rules = room(['rules', 'lifecycle', 'postings']);
/** What reads whole books and limits to prove or export them; it writes nothing. */
const proofs = ['^src/ledger/(?:chain-walk|export|verify)\\.ts$', '^src/limit/verification\\.ts$'];
/** Modules from values to values. They import one another and nothing else, so each is pure all the way down. */
const pure = [
  rules,
  '^src/money/',
  '^src/platform/(?:refusals?|state-machine|version)\\.ts$',
  '^src/ledger/(?:chart|journal)\\.ts$',
  '^src/identity/(?:industries|names)\\.ts$',
  '^src/reference/lookup\\.ts$',
  '^src/financing/(?:meters|quote)\\.ts$',
];

const directions = floors.map((names, floor) => ({
  name: `floor ${floor} imports downwards`,
  from: { path: `^src/(${names.join('|')})/` },
  to: {
    path: '^src/',
    pathNot: [folders(floors.slice(0, apart.has(floor) ? floor : floor + 1).flat()), '^src/$1/'],
  },
}));

module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'a feature has a floor',
      from: { path: '^src/[^/]+/', pathNot: folders([...floors.flat(), ...top]) },
      to: {},
    },
    {
      name: 'money imports decimal.js and chinese-days only',
      from: { path: '^src/money/' },
      to: { pathNot: ['^src/money/', packages(['decimal\\.js', 'chinese-days'])] },
    },
    {
      name: 'what is pure imports what is pure',
      from: { path: pure, pathNot: '^src/money/' },
      to: { pathNot: pure, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'what is pure knows no database and no machine',
      from: { path: pure },
      to: {
        path: [
          '^src/platform/(?:database|workspace|unit-of-work|clock)\\.ts$',
          packages(['kysely', 'pg', '@types/pg']),
        ],
      },
    },
    {
      name: 'routes are for the app and for their own feature',
      from: { path: '^src/([^/]+)/' },
      to: { path: routes, pathNot: '^src/$1/' },
    },
    {
      name: 'nothing stands on routes but routes',
      from: { path: '^src/[^/]+/', pathNot: [routes, folders(top)] },
      to: { path: routes },
    },
    {
      name: 'a store knows no command and no schema of HTTP',
      from: { path: stores },
      to: { path: [commands, schemas] },
    },
    {
      name: 'SQL is the work of stores and queries',
      from: {
        path: '^src/[^/]+/',
        pathNot: [stores, ...proofs, folders(['platform', ...top])],
      },
      to: { path: packages(['kysely', 'pg', '@types/pg']) },
    },
    {
      name: 'HTTP is the work of routes',
      from: {
        path: '^src/[^/]+/',
        pathNot: [routes, schemas, stores, folders(['platform', ...top]), '^src/programme/[a-z-]*terms\\.ts$'],
      },
      to: { path: ['^src/platform/http/', packages(['fastify', '@fastify', 'typebox'])] },
    },
    {
      name: 'the source needs no test and of db only the types',
      from: { path: '^src/' },
      to: { path: '^(?:test|openapi|db)/', pathNot: '^db/types\\.ts$' },
    },
    {
      name: 'the source runs without development packages',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'what is imported exists', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no circles',
      from: {},
      // An import of types alone is gone when the program runs.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ].map((rule) => ({ severity: 'error', ...rule })),
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
