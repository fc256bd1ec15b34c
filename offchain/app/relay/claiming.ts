/** A claimer for a relay that does not run: it claims what its database can prove, and asks nobody. */
import { WaybillError } from "../../core/errors.ts";
import type { RelayId } from "../../core/units.ts";
import { vrfProve } from "../../core/vrf/vrf.ts";
import type { LotteryParams } from "../../ports/network.ts";
import type { DrawnStore } from "../../ports/store.ts";
import { Asker } from "../../settlement/lottery/asker.ts";
import { Claimer } from "../../settlement/lottery/claimer.ts";
import { Draws } from "../../settlement/lottery/draws.ts";
import { OwnDraws } from "../../settlement/lottery/own-draws.ts";
import type { Intents } from "../../settlement/outbox.ts";
import type { Identity } from "../identity.ts";
import type { Node } from "../node.ts";

export interface Claiming {
  readonly claimer: Claimer;
  readonly draws: OwnDraws;
}

export function claimingAlone(
  node: Node,
  identity: Identity,
  about: {
    readonly relay: RelayId;
    readonly lottery: LotteryParams;
    readonly outbox: Intents;
    readonly drawn: DrawnStore;
  },
): Claiming {
  const { chain, clock, store, view, log } = node;
  const { relay, lottery, outbox, drawn } = about;
  const draws = new OwnDraws({
    relay,
    view,
    lottery,
    draws: new Draws(view, lottery, identity.backend),
    store: { drawn, cover: store.cover },
    prove: (alpha) => vrfProve(identity.keys.vrf, alpha),
  });
  const transport = {
    request: () => Promise.reject(new WaybillError("TRANSPORT_NOT_STARTED")),
  };
  const claimer = new Claimer({
    ...{ relay, view, lottery, chain, outbox, draws, clock },
    asker: new Asker({ network: view, transport, draws, clock }),
    log: log.child("lottery"),
    vrfKey: identity.vrfPublicKey,
  });
  return { claimer, draws };
}
