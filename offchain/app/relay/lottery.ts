/**
 * What a relay of a network with a lottery does beside its packets: it commits to them, proves them,
 * claims, and reports who does not commit.
 */
import { millis, type RelayId } from "../../core/units.ts";
import { vrfProve } from "../../core/vrf/vrf.ts";
import type { Transport, TransportEvents } from "../../ports/transport.ts";
import { Asker } from "../../settlement/lottery/asker.ts";
import { Claimer } from "../../settlement/lottery/claimer.ts";
import { Committer } from "../../settlement/lottery/committer.ts";
import { Draws } from "../../settlement/lottery/draws.ts";
import { MissReporter } from "../../settlement/lottery/miss-reporter.ts";
import { OwnDraws } from "../../settlement/lottery/own-draws.ts";
import { ProofServer } from "../../settlement/lottery/proof-server.ts";
import { ReplayTrees } from "../../settlement/lottery/replay-trees.ts";
import type { Outbox } from "../../settlement/outbox.ts";
import type { Identity } from "../identity.ts";
import type { Node } from "../node.ts";

/** How much later each further relay reports another's misses: longer than a transaction takes to be seen. */
const REPORT_STAGGER = millis(1_500);

export interface LotteryDuties {
  readonly committer: Committer;
  readonly claimer: Claimer;
  readonly reporter: MissReporter;
  /** Answers other relays' requests. */
  readonly answer: NonNullable<TransportEvents["request"]>;
}

/** Undefined where there is no lottery. */
export function lotteryDuties(
  node: Node,
  identity: Identity,
  self: RelayId,
  outbox: Outbox,
  transport: Pick<Transport, "request">,
  tokenPrice: bigint | undefined,
): LotteryDuties | undefined {
  const { chain, clock, store, view } = node;
  const { lottery } = view.params;
  if (lottery === undefined) return undefined;
  const log = node.log.child("lottery");
  const draws = new Draws(view, lottery, identity.backend);
  const trees = new ReplayTrees({ relay: self, lottery, store: store.replay, clock });
  const server = new ProofServer({ relay: self, network: view, draws, trees, clock });
  const own = new OwnDraws({
    relay: self,
    view,
    lottery,
    draws,
    store,
    prove: (alpha) => vrfProve(identity.keys.vrf, alpha),
  });
  const claimer = new Claimer({
    relay: self,
    view,
    lottery,
    chain,
    outbox,
    draws: own,
    asker: new Asker({ network: view, transport, draws: own, clock }),
    clock,
    log,
    vrfKey: identity.vrfPublicKey,
    tokenPrice,
  });
  return {
    committer: new Committer({ relay: self, view, chain, outbox, trees, log }),
    claimer,
    reporter: new MissReporter({
      relay: self,
      lottery,
      view,
      chain,
      outbox,
      clock,
      log,
      stagger: REPORT_STAGGER,
    }),
    answer: (peer, request) => server.answer(peer, request),
  };
}
