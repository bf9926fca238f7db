/** The part of dynalite that we use; the package has no types of its own. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface DynaliteOptions {
    /** How long a table is being created. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }

  /** A server of the DynamoDB protocol; in memory unless it is given a path. */
  export default function dynalite(options?: DynaliteOptions): Server;
}
