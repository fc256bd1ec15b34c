/** Ties a database to one deployment of the contracts, so that no state of another ever mixes in. */
import { WaybillError } from "../../core/errors.ts";
import type { NetworkParams } from "../../ports/network.ts";
import type { Store } from "../../ports/store.ts";

export type Deployment = Pick<NetworkParams, "chainId" | "registry" | "channels">;

const KEY = "deployment";

/** Records the deployment in a new database; rejects with STORE_WRONG_DEPLOYMENT when it belongs to another. */
export async function bindToDeployment(
  store: Pick<Store, "getMeta" | "setMeta">,
  { chainId, registry, channels }: Deployment,
): Promise<void> {
  const wanted = `chain ${chainId}, registry ${registry}, channels ${channels}`.toLowerCase();
  const bound = await store.getMeta(KEY);
  if (bound === undefined) await store.setMeta(KEY, wanted);
  else if (bound !== wanted)
    throw new WaybillError("STORE_WRONG_DEPLOYMENT", { got: bound, allowed: wanted });
}
