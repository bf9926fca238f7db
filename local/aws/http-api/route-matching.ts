/** Which route of an HTTP API a request takes, by API Gateway's order of precedence. */
export interface RouteMatch<T> {
  readonly route: T;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** `GET /orders/{id}`, `ANY /files/{path+}` or `$default`. */
export interface Keyed {
  readonly key: string;
}

const segmentsOf = (path: string) => path.split('/').filter((segment) => segment !== '');

const matchPath = (pattern: string, path: string): Record<string, string> | undefined => {
  const wanted = segmentsOf(pattern);
  const given = segmentsOf(path);
  const parameters: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const [, name, greedy] = /^\{(.+?)(\+?)\}$/.exec(segment) ?? [];
    const rest = given.slice(index);
    if (rest.length === 0) return undefined;
    if (name === undefined && segment !== given[index]) return undefined;
    if (name !== undefined) parameters[name] = greedy ? rest.join('/') : (given[index] ?? '');
    if (greedy) return parameters;
  }
  return wanted.length === given.length ? parameters : undefined;
};

/** Static paths before variables, variables before greedy ones, a method before ANY, all before `$default`. */
const precedence = ({ key }: Keyed): number => {
  if (key === '$default') return 1_000;
  const greedy = key.includes('+}') ? 100 : 0;
  const variables = 2 * (key.split('{').length - 1);
  return greedy + variables + (key.startsWith('ANY ') ? 1 : 0);
};

const matchRoute = ({ key }: Keyed, method: string, path: string) => {
  if (key === '$default') return {};
  const [routeMethod, pattern = ''] = key.split(' ');
  return routeMethod === 'ANY' || routeMethod === method ? matchPath(pattern, path) : undefined;
};

export const findRoute = <T extends Keyed>(
  routes: readonly T[],
  method: string,
  path: string,
): RouteMatch<T> | undefined => {
  for (const route of routes.toSorted((a, b) => precedence(a) - precedence(b))) {
    const pathParameters = matchRoute(route, method, path);
    if (pathParameters !== undefined) return { route, pathParameters };
  }
  return undefined;
};
