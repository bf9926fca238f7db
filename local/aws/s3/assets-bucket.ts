/** The bucket that `cdk deploy` puts templates and code into. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, sep } from 'node:path';
import { unzipSync } from 'fflate';

export interface AssetsBucket {
  readonly name: string;
  put(key: string, content: Buffer): void;
  get(key: string): Buffer | undefined;
  /** The keys that begin like this. */
  keys(prefix: string): readonly string[];
  /** The folder with what an archive holds. @throws Error when there is none under this key. */
  folderOf(key: string): string;
  /** Removes the folders. */
  close(): void;
}

const unzip = (archive: Buffer, folder: string): void => {
  for (const [name, content] of Object.entries(unzipSync(archive))) {
    const path = normalize(name);
    if (path.startsWith('..')) throw new Error(`the archive's ${name} would leave its folder`);
    if (path.endsWith(sep)) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
};

export const createAssetsBucket = (name: string): AssetsBucket => {
  const objects = new Map<string, Buffer>();
  const folders = new Map<string, string>();
  return {
    name,
    put: (key, content) => objects.set(key, content),
    get: (key) => objects.get(key),
    keys: (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)),
    folderOf(key) {
      const known = folders.get(key);
      if (known !== undefined) return known;
      const archive = objects.get(key);
      if (archive === undefined) throw new Error(`there is no asset ${key}`);
      const folder = mkdtempSync(join(tmpdir(), 'local-aws-asset-'));
      folders.set(key, folder);
      unzip(archive, folder);
      return folder;
    },
    close() {
      for (const folder of folders.values()) rmSync(folder, { recursive: true, force: true });
    },
  };
};
