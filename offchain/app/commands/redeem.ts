import { Command } from "commander";

import { epochAt } from "../../core/epochs/epochs.ts";
import { hasCode } from "../../core/errors.ts";
import type { RelayId } from "../../core/units.ts";
import type { WinnerStore, WinningTicket } from "../../ports/store.ts";
import { Exposure } from "../../settlement/exposure.ts";
import type { Outbox } from "../../settlement/outbox.ts";
import { latestOutcome, stepOf } from "../../settlement/perform.ts";
import type { Step } from "../../settlement/steps.ts";
import { onlyAgreed, winnersUpTo, worthOf } from "../../settlement/winners.ts";
import { loadIdentity, type Identity } from "../identity.ts";
import { atHand, Desk } from "../money/desk.ts";
import { addMoneyOptions, type MoneyOptions } from "../money/options.ts";
import { recordingIntents, RehearsedWinners, silent, type GivenUp } from "../money/rehearsal.ts";
import { withNode, type Node } from "../node.ts";
import { createOutput } from "../output.ts";
import { createRedeemer } from "../relay/redeeming.ts";
import { requireRelay } from "../relay/registered.ts";

/** `waybill redeem`. */
export function redeemCommand(): Command {
  return addMoneyOptions(
    new Command("redeem").description(
      "redeem the winning tickets in this node's database; `run` does it by itself",
    ),
  )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill redeem --data ./relay --dry-run",
    )
    .action(async (options: MoneyOptions) => {
      const identity = await loadIdentity(options);
      const task = async (node: Node): Promise<void> => {
        const sender = atHand(identity.signer);
        const desk = await Desk.open(node, createOutput(options.json), options, sender);
        const { id: relay } = requireRelay(node, identity);
        const before = (await node.store.winners.totals()).redeemed;
        const left = await redeemAll(desk, identity, relay);
        if (desk.mode !== "send") return;
        const totals = await node.store.winners.totals();
        const count = totals.redeemed.count - before.count;
        const value = totals.redeemed.amount - before.amount;
        const waiting = totals.won.count + totals.submitted.count - left;
        const more = left === 0 ? "" : `; ${left} more can be redeemed now: run it again`;
        desk.output.event(
          "redeemed",
          `${count} tickets redeemed, worth ${desk.money.tokens(value)} before the burn share; ${waiting} wait for their epoch to end, or for what else keeps them from being redeemed${more}`,
          { relay, tickets: count, value, waiting, left },
        );
      };
      await withNode(options, "visit", task, { redeemer: identity.vrfPublicKey });
    });
}

/**
 * What an earlier run sent comes to its end first: what it did not pay is open again, and goes before what comes
 * after it in its channel. One batch of each epoch is under way at a time: each round is planned, agreed to and sent
 * for itself. Resolves with how many tickets a later round would have redeemed, had somebody agreed to it.
 */
async function redeemAll(desk: Desk, identity: Identity, relay: RelayId): Promise<number> {
  const { outbox } = desk;
  if (outbox !== undefined) await redeem(desk, outbox, identity, relay, onlyAgreed(due(desk), []));
  for (let round = 0; ; round++) {
    const winners = due(desk);
    const { steps, tickets, givenUp } = await batches(desk, identity, relay, winners);
    if (outbox !== undefined) await giveUp(desk, winners, givenUp);
    if (steps.length === 0 && outbox !== undefined) return 0;
    try {
      await desk.agree(steps, [{ kind: "earnings", relay }]);
    } catch (error) {
      if (round > 0 && hasCode(error, "CONFIRMATION_REFUSED")) return tickets.length;
      throw error;
    }
    if (outbox === undefined) return 0;
    await redeem(desk, outbox, identity, relay, onlyAgreed(winners, tickets));
    // What was refused in its block would be planned, agreed to and refused again.
    for (const { name } of steps) await requireDone(outbox, name);
  }
}

/** For it nothing is sent, so nobody is asked. */
async function giveUp(
  { node }: Desk,
  winners: WinnerStore,
  givenUp: readonly GivenUp[],
): Promise<void> {
  for (const { tickets, state, reason } of givenUp) {
    await winners.mark(tickets, state, reason);
    node.log.warn("winning tickets are given up", { state, reason, tickets: tickets.length });
  }
}

/** The winners of epochs that are over. */
function due({ node: { store, view } }: Desk): WinnerStore {
  return winnersUpTo(store.winners, (epochAt(view.params, view.chainTime()) ?? 0) - 1);
}

/** An attempt that failed may have been repeated, in the last epoch of a window: the latest one counts. */
async function requireDone(outbox: Outbox, key: string): Promise<void> {
  const latest = await latestOutcome(outbox, stepOf(key));
  if (latest !== undefined && latest !== "pending" && latest.state === "failed") throw latest.error;
}

interface Batches {
  readonly steps: readonly Step[];
  /** All that is in them. */
  readonly tickets: readonly WinningTicket[];
  readonly givenUp: readonly GivenUp[];
}

/** What the redeemer would send now, and what it would give up. */
async function batches(
  { node, account, money }: Desk,
  identity: Identity,
  relay: RelayId,
  winners: WinnerStore,
): Promise<Batches> {
  const rehearsed = new RehearsedWinners(winners);
  const idle = node.idleOutbox(identity.signer);
  const intents = recordingIntents(account, idle, () => rehearsed.batch);
  const exposure = new Exposure(node.view);
  const redeemer = createRedeemer(
    silent(node),
    identity,
    relay,
    intents,
    exposure,
    undefined,
    rehearsed.store,
  );
  await redeemer.step();
  const steps = intents.intended.map(({ key, call, about: tickets }) => {
    const worth = worthOf(tickets);
    const count = tickets.length === 1 ? "one winning ticket" : `${tickets.length} winning tickets`;
    return {
      name: key,
      says: `Redeem ${count} of epoch ${tickets[0]?.epoch ?? ""}, worth up to ${money.tokens(worth)} before the burn share.`,
      call,
    };
  });
  const tickets = intents.intended.flatMap(({ about }) => about);
  return { steps, tickets, givenUp: rehearsed.givenUp };
}

/** Steps until nothing is under way any more. */
async function redeem(
  { node }: Desk,
  outbox: Outbox,
  identity: Identity,
  relay: RelayId,
  winners: WinnerStore,
): Promise<void> {
  const { view, clock, interval } = node;
  const exposure = new Exposure(view);
  const redeemer = createRedeemer(node, identity, relay, outbox, exposure, undefined, winners);
  let quiet = 0;
  while (quiet < 3) {
    await redeemer.step();
    quiet = (await winners.epochs(["submitted"])).length === 0 ? quiet + 1 : 0;
    await new Promise<void>((resolve) => clock.after(interval, resolve));
  }
}
