/** The packages that a bundle redistributes, and the licences that have to go along. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import * as z from 'zod';

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Its licence and notices, word for word; empty where the package has none in it. */
  readonly texts: readonly string[];
}

const manifest = z.object({ name: z.string(), version: z.string(), license: z.string() });

const packageFolder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;
const licenceFile = /^(licen[cs]e|notice|copying)([.-].*)?$/i;

const readPackage = (folder: string): BundledPackage => ({
  ...manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))),
  texts: readdirSync(folder)
    .filter((file) => licenceFile.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim()),
});

/** By esbuild's own account: what it read and then left out is not in it. */
export const packagesIn = ({ outputs }: Metafile, projectRoot: string): BundledPackage[] => {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => packageFolder.exec(path) ?? []);
  return [...new Set(folders)].sort().map((folder) => readPackage(join(projectRoot, folder)));
};

const titleOf = ({ name, version, license }: BundledPackage) => `${name} ${version} (${license})`;

/** The file that lies beside a bundle. A text that many packages share is in it once. */
export const licencesOf = (packages: readonly BundledPackage[]): string => {
  const byText = Map.groupBy(
    packages.filter(({ texts }) => texts.length > 0),
    ({ texts }) => texts.join('\n\n'),
  );
  const bare = packages.filter(({ texts }) => texts.length === 0);
  const sections = [...byText].map(([text, owners]) => [...owners.map(titleOf), '', text]);
  const named = ['Their package.json names the licence, and no file of theirs holds its text:', ''];
  return [
    ['This bundle contains the following packages, each under its own licence.'],
    ...sections,
    ...(bare.length === 0 ? [] : [[...named, ...bare.map(titleOf)]]),
  ]
    .map((lines) => `${lines.join('\n')}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
};
