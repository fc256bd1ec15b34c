/** Databases of nodes that have ended. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import type { NodeFiles } from "../../scripts/local-network/network.ts";

export type Row = Readonly<Record<string, unknown>>;

export function rows({ data }: Pick<NodeFiles, "data">, sql: string): readonly Row[] {
  const db = new DatabaseSync(join(data, "waybill.db"), { readOnly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}
