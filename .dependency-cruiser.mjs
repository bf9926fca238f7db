/** Who may import whom. See docs/decisions/ for the reasons; `npm run check` runs it. */
const forbid = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });
const ours = '^(bin|lib|functions|shared|local|test)/';

export default {
  forbidden: [
    forbid('no-cycles', {}, { circular: true }, 'a cycle is one file in two halves'),
    forbid(
      'lib-knows-contracts-only',
      { path: '^lib/' },
      { path: ours, pathNot: '^(lib/|shared/contracts/|shared/klaviyo/tiers\\.ts$)' },
      'infrastructure knows names and figures, never code',
    ),
    forbid(
      'functions-stay-apart',
      { path: '^functions/([^/]+)/' },
      { path: '^functions/', pathNot: '^functions/$1/' },
      'what two functions share belongs to shared/',
    ),
    forbid(
      'shared-is-the-bottom',
      { path: '^shared/' },
      { path: '^(bin|lib|functions|local|test)/' },
      'shared code knows none of its users',
    ),
    forbid(
      'klaviyo-is-portable',
      { path: '^shared/klaviyo/' },
      { path: ours, pathNot: '^shared/klaviyo/' },
      'the API client works without the rest of the project',
    ),
    forbid(
      'contracts-are-data',
      { path: '^shared/contracts/' },
      { path: ours, pathNot: '^shared/contracts/' },
      'contracts import schemas and nothing else',
    ),
    forbid(
      'klaviyo-through-the-front-door',
      { path: '^(functions|shared/(?!klaviyo/)|bin)' },
      { path: '^shared/klaviyo/', pathNot: '^shared/klaviyo/(index|tiers)\\.ts$' },
      'index.ts says what is public',
    ),
    forbid(
      'aws-behind-adapters',
      { path: '^(functions/[^/]+/(?!handler\\.ts)|shared/(?!aws/))' },
      { path: '(^shared/aws/|node_modules/@aws-sdk/)' },
      'only handlers compose, only adapters talk to AWS',
    ),
    forbid(
      'sdk-in-adapters-only',
      { path: '^functions/' },
      { path: 'node_modules/@aws-sdk/' },
      'only shared/aws imports the AWS SDK',
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
