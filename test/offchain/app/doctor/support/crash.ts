/** Loads its secret as an agent does, holds all keys of it, and is aborted. */
import { loadIdentity } from "../../../../../offchain/app/identity.ts";

const identity = await loadIdentity({ data: process.argv[2] ?? "" } as never);
process.stdout.write("loaded\n", () => {
  if (identity.keys.vrf.length > 0) process.kill(process.pid, "SIGABRT");
});
