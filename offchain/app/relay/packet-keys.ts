/** A relay's packet keys: their secrets while it runs, and who changes them. */
import { WaybillError } from "../../core/errors.ts";
import type { RelayId } from "../../core/units.ts";
import { KEY_GRACE_EPOCHS } from "../../relay/limits.ts";
import { PacketSecrets } from "../../relay/packet-secrets.ts";
import { KeyRotation } from "../../settlement/key-rotation.ts";
import type { Outbox } from "../../settlement/outbox.ts";
import type { Identity } from "../identity.ts";
import type { Node } from "../node.ts";

export interface RelayPacketKeys {
  readonly secrets: PacketSecrets;
  readonly rotation: KeyRotation;
}

/**
 * A database that came out of a backup has forgotten which packets were taken since. So after a restoration no key
 * of before opens any: salts are in no backup, and the first key, which needs none, is not held.
 *
 * `epochs`: how long each key stays in force; the settlement window when undefined, zero for a key that never
 * changes. Throws OPTION_INVALID for less than the settlement window.
 */
export async function packetKeys(
  node: Node,
  identity: Identity,
  relay: RelayId,
  outbox: Outbox,
  epochs: number | undefined,
): Promise<RelayPacketKeys> {
  const { chain, random, store, view } = node;
  const { settlementWindow } = view.params;
  if (epochs !== undefined && epochs > 0 && epochs < settlementWindow)
    throw new WaybillError("OPTION_INVALID", {
      what: "--packet-key-epochs",
      got: epochs,
      allowed: `0, or ≥ ${settlementWindow}, for which this network's registry keeps a key`,
    });
  const { keys, backend } = identity;
  const isRestored = (await store.restoration()) !== undefined;
  const secrets = new PacketSecrets(backend, isRestored ? [] : [keys.packet()]);
  const rotation = new KeyRotation({
    ...{ relay, view, chain, outbox, random, salts: store.salts },
    holder: {
      hold: (salt) => secrets.add(keys.packet(salt)),
      holds: (publicKey) => secrets.of(publicKey) !== undefined,
      drop: (publicKey) => {
        secrets.forget(publicKey);
      },
    },
    every: epochs ?? settlementWindow,
    neededFor: KEY_GRACE_EPOCHS,
  });
  return { secrets, rotation };
}
