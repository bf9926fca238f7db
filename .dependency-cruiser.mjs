/** Who may import whom. See docs/architecture.md for the rooms; `npm run check` runs it. */
const forbid = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });
const ours = '^(bin|lib|functions|shared|local|test)/';

/** The rooms of shared/, from the bottom up: each may import those before it. */
const rooms = ['klaviyo', 'platform', 'pacing', 'connections', 'people', 'jobs'];
const contract = '^shared/[^/]+/contract(/|\\.ts$)';
/** Files that talk to AWS say so in their names. */
const adapter = '\\.(aws|cloudformation|cloudwatch|dynamodb|lambda|secrets|sqs)\\.ts$';
const composes = '/(handler|compose-[^/]+)\\.ts$';

const nothingUpwards = rooms.map((room, index) =>
  forbid(
    `${room}-imports-nothing-above`,
    { path: `^shared/${room}/` },
    { path: ours, pathNot: `^shared/(${rooms.slice(0, index + 1).join('|')})/` },
    'a room knows those below it alone: klaviyo, platform, pacing, connections, people, jobs',
  ),
);

export default {
  forbidden: [
    forbid('no-cycles', {}, { circular: true }, 'a cycle is one file in two halves'),
    ...nothingUpwards,
    forbid(
      'lib-knows-contracts-only',
      { path: '^lib/' },
      { path: ours, pathNot: ['^lib/', contract, '^shared/klaviyo/tiers\\.ts$'] },
      'infrastructure knows names and figures, never code',
    ),
    forbid(
      'functions-stay-apart',
      { path: '^functions/([^/]+)/' },
      { path: '^functions/', pathNot: '^functions/($1/|compose-function\\.ts$)' },
      'what two functions share belongs to shared/',
    ),
    forbid(
      'rules-are-pure',
      { path: '^functions/[^/]+/rules/' },
      { path: '^functions/', pathNot: '^functions/[^/]+/rules/' },
      'rules decide: they know neither requests nor steps',
    ),
    forbid(
      'requests-know-rules-alone',
      { path: '^functions/([^/]+)/requests/' },
      { path: '^functions/', pathNot: '^functions/$1/(requests|rules)/' },
      'requests are calls of Klaviyo: the steps above decide when',
    ),
    forbid(
      'contracts-are-data',
      { path: contract },
      { path: ours, pathNot: contract },
      'contracts import schemas and nothing else',
    ),
    forbid(
      'klaviyo-through-the-front-door',
      { path: '^(functions|shared/(?!klaviyo/)|bin)' },
      { path: '^shared/klaviyo/', pathNot: '^shared/klaviyo/(index|tiers)\\.ts$' },
      'index.ts says what is public',
    ),
    forbid(
      'adapters-are-composed',
      { path: '^(functions|shared)/', pathNot: [adapter, composes] },
      { path: adapter },
      'logic without AWS: only handlers and compositions know adapters',
    ),
    forbid(
      'sdk-in-adapters-only',
      { path: '^(functions|shared)/', pathNot: adapter },
      { path: 'node_modules/@(aws-sdk|smithy)/' },
      'who imports the AWS SDK says so in its name',
    ),
    forbid(
      'dynamodb-in-platform-only',
      { path: '^(functions|shared)/', pathNot: '^shared/platform/' },
      { path: 'node_modules/@aws-sdk/(client|util)-dynamodb/' },
      'stores speak to a table: one place marshals, and knows a failed condition',
    ),
    forbid(
      'runtime-without-cdk',
      { path: '^(functions|shared|local)/' },
      { path: 'node_modules/(aws-cdk-lib|constructs|cdk-nag)/' },
      'the CDK never reaches a bundle',
    ),
    forbid(
      'no-dev-dependencies-at-run-time',
      { path: '^(functions|shared)/' },
      { dependencyTypes: ['npm-dev'] },
      'what deploys is a dependency',
    ),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
