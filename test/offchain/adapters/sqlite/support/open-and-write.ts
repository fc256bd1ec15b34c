/** Opens the database, sets one value, and prints "ok" or the error's code. Argument: database path. */
import { openSqliteStore } from "../../../../../offchain/adapters/sqlite/store.ts";
import { WaybillError } from "../../../../../offchain/core/errors.ts";

try {
  const store = await openSqliteStore({ path: process.argv[2] ?? "" });
  await store.setMeta("written", "yes");
  await store.close();
  console.log("ok");
} catch (error) {
  console.log(error instanceof WaybillError ? error.code : String(error));
}
