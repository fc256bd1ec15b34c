/** A look at a database file that changes nothing in it. */
import { DatabaseSync } from "node:sqlite";

import { WaybillError } from "../../core/errors.ts";
import { storeFailure } from "./failures.ts";

/** Undefined when the file is sound and nobody has it open; else what is the matter. */
export function inspectDatabase(path: string): WaybillError | undefined {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    const result = db.prepare("PRAGMA quick_check(1)").get();
    return result?.quick_check === "ok" ? undefined : new WaybillError("STORE_CORRUPT");
  } catch (error) {
    return storeFailure(error);
  } finally {
    db?.close();
  }
}
