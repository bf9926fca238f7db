/** What a release redistributes, as CycloneDX: npm's own bill of the lock file, less what is in no bundle. */
import { execFileSync } from 'node:child_process';
import * as z from 'zod';
import type { BundledPackage } from '../../lib/constructs/bundled-packages.ts';

const reference = z.looseObject({ 'bom-ref': z.string() });

const bill = z.looseObject({
  metadata: z.looseObject({ component: reference }),
  components: z.array(reference),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

/** `--omit dev` would leave out what a development tool wants beside it as well, such as zod. */
const npmWords = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];

/** npm as it runs this, or else the one on the path. */
const readBill = (projectRoot: string) => {
  const { npm_execpath: npm } = process.env;
  const [file, words] =
    npm === undefined ? ['npm', npmWords] : [process.execPath, [npm, ...npmWords]];
  const options = { cwd: projectRoot, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  return bill.parse(JSON.parse(execFileSync(file, words, options)));
};

/**
 * @param bundles the packages in each bundle, by the bundle's name.
 * @throws Error when a bundle holds a package that the lock file does not.
 */
export const billOfMaterials = (
  projectRoot: string,
  name: string,
  bundles: ReadonlyMap<string, readonly BundledPackage[]>,
): string => {
  const { metadata, components, dependencies, ...rest } = readBill(projectRoot);
  const own = metadata.component['bom-ref'];
  const entries = [...bundles].flatMap(([bundle, packages]) =>
    packages.map((one) => ({ ref: `${one.name}@${one.version}`, bundle })),
  );
  const bundlesOf = Map.groupBy(entries, ({ ref }) => ref);
  const known = new Set(components.map((component) => component['bom-ref']));
  const missing = [...bundlesOf.keys()].filter((ref) => !known.has(ref));
  if (missing.length > 0) throw new Error(`not in package-lock.json: ${missing.join(', ')}`);
  const isIn = (ref: string) => ref === own || bundlesOf.has(ref);
  const document = {
    ...rest,
    metadata: { ...metadata, component: { ...metadata.component, name } },
    components: components
      .filter((component) => isIn(component['bom-ref']))
      .map((component) => ({
        ...component,
        properties: bundlesOf
          .get(component['bom-ref'])
          ?.map(({ bundle }) => ({ name: `${name}:bundle`, value: bundle })),
      })),
    dependencies: dependencies
      .filter(({ ref }) => isIn(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isIn) })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
};
