import { Command } from "commander";

import { epochAt } from "../../core/epochs/epochs.ts";
import { hasCode } from "../../core/errors.ts";
import type { RelayId } from "../../core/units.ts";
import type { WinnerStore, WinningTicket } from "../../ports/store.ts";
import { Exposure } from "../../settlement/exposure.ts";
import type { Intents } from "../../settlement/outbox.ts";
import type { Step } from "../../settlement/steps.ts";
import { loadIdentity, type Identity } from "../identity.ts";
import { atHand, Desk } from "../money/desk.ts";
import { addMoneyOptions, type MoneyOptions } from "../money/options.ts";
import {
  onlyAgreed,
  recordingIntents,
  silent,
  UnchangedWinners,
  winnersUpTo,
} from "../money/rehearsal.ts";
import { withNode } from "../node.ts";
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
      await withNode(options, "visit", async (node) => {
        const sender = atHand(identity.signer);
        const desk = await Desk.open(node, createOutput(options.json), options, sender);
        const { id: relay } = requireRelay(node, identity);
        const before = (await node.store.winners.totals()).redeemed;
        const left = await redeemAll(desk, identity, relay);
        if (desk.mode !== "send") return;
        const totals = await node.store.winners.totals();
        const count = totals.redeemed.count - before.count;
        const value = totals.redeemed.amount - before.amount;
        const waiting = totals.won.count - left;
        const more = left === 0 ? "" : `; ${left} more can be redeemed now: run it again`;
        desk.output.event(
          "redeemed",
          `${count} tickets redeemed, worth ${desk.money.tokens(value)} before the burn share; ${waiting} wait for their epoch to end${more}`,
          { relay, tickets: count, value, waiting, left },
        );
      });
    });
}

/**
 * One batch of each epoch is under way at a time: each round is planned, agreed to and sent for itself. Resolves with
 * how many tickets a later round would have redeemed, had somebody agreed to it.
 */
async function redeemAll(desk: Desk, identity: Identity, relay: RelayId): Promise<number> {
  const { view } = desk.node;
  for (let round = 0; ; round++) {
    const last = (epochAt(view.params, view.chainTime()) ?? 0) - 1;
    const { steps, tickets } = await batches(desk, identity, relay, last);
    const agreed = onlyAgreed(winnersUpTo(desk.node.store.winners, last), tickets);
    if (steps.length === 0 && (round > 0 || desk.mode === "send")) {
      // What an earlier run sent is settled now.
      if (desk.outbox !== undefined) await redeem(desk, desk.outbox, identity, relay, agreed);
      return 0;
    }
    try {
      await desk.agree(steps, [{ kind: "earnings", relay }]);
    } catch (error) {
      if (round > 0 && hasCode(error, "CONFIRMATION_REFUSED")) return tickets.length;
      throw error;
    }
    if (desk.outbox === undefined) return 0;
    await redeem(desk, desk.outbox, identity, relay, agreed);
    // What was refused in its block would be planned, agreed to and refused again.
    for (const { name } of steps) await requireDone(desk.outbox, name);
  }
}

async function requireDone(outbox: Intents, key: string): Promise<void> {
  const outcome = await outbox.outcome(key);
  if (outcome !== undefined && outcome !== "pending" && outcome.state === "failed")
    throw outcome.error;
}

interface Batches {
  readonly steps: readonly Step[];
  /** All that is in them. */
  readonly tickets: readonly WinningTicket[];
}

/** What the redeemer would send now. */
async function batches(
  { node, account, money }: Desk,
  identity: Identity,
  relay: RelayId,
  last: number,
): Promise<Batches> {
  const winners = new UnchangedWinners(winnersUpTo(node.store.winners, last));
  const intents = recordingIntents(account, node.idleOutbox(identity.signer), () => winners.batch);
  const exposure = new Exposure(node.view);
  const redeemer = createRedeemer(
    silent(node),
    identity,
    relay,
    intents,
    exposure,
    undefined,
    winners,
  );
  await redeemer.step();
  const steps = intents.intended.map(({ key, call, about: tickets }) => {
    const worth = tickets.reduce((sum, { amount }) => sum + amount, 0n);
    const count = tickets.length === 1 ? "one winning ticket" : `${tickets.length} winning tickets`;
    return {
      name: key,
      says: `Redeem ${count} of epoch ${tickets[0]?.epoch ?? ""}, worth up to ${money.tokens(worth)} before the burn share.`,
      call,
    };
  });
  return { steps, tickets: intents.intended.flatMap(({ about }) => about) };
}

/** Steps until nothing is under way any more. */
async function redeem(
  { node }: Desk,
  outbox: Intents,
  identity: Identity,
  relay: RelayId,
  winners: WinnerStore,
): Promise<void> {
  const { store, view, clock, interval } = node;
  const exposure = new Exposure(view);
  const redeemer = createRedeemer(node, identity, relay, outbox, exposure, undefined, winners);
  let quiet = 0;
  while (quiet < 3) {
    await redeemer.step();
    const { submitted } = await store.winners.totals();
    quiet = submitted.count === 0 ? quiet + 1 : 0;
    await new Promise<void>((resolve) => clock.after(interval, resolve));
  }
}
