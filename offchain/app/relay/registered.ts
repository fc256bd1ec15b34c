import { bytesToHex } from "../../core/bytes.ts";
import { WaybillError } from "../../core/errors.ts";
import type { RelayState } from "../../settlement/relays.ts";
import type { Identity } from "../identity.ts";
import type { Node } from "../node.ts";
import { millis } from "../../core/units.ts";
import { wait } from "../wait.ts";

const POLL = millis(500);

/** The relay that was registered with this node's VRF key, as soon as there is one. */
export async function registered(node: Node, identity: Identity): Promise<RelayState> {
  for (let tries = 0; ; tries++) {
    const record = findRelay(node, identity);
    if (record !== undefined) return record;
    if (tries === 0) node.log.warn("no relay is registered with this node's VRF key yet; waiting");
    await wait(node.clock, POLL, node.over);
  }
}

export function findRelay(node: Node, identity: Identity): RelayState | undefined {
  const own = bytesToHex(identity.vrfPublicKey);
  return [...node.view.state.relays.values()].find((relay) => bytesToHex(relay.vrfKey) === own);
}

/** The same, or NOT_REGISTERED. */
export function requireRelay(node: Node, identity: Identity): RelayState {
  const relay = findRelay(node, identity);
  if (relay === undefined) throw new WaybillError("NOT_REGISTERED", { got: identity.account });
  return relay;
}
