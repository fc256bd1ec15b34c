import { Command } from "commander";

import type { RelayId } from "../../../core/units.ts";
import type { LotteryParams } from "../../../ports/network.ts";
import type { Intents, Outcome } from "../../../settlement/outbox.ts";
import type { Step } from "../../../settlement/steps.ts";
import { loadIdentity, type Identity } from "../../identity.ts";
import { atHand, Desk } from "../../money/desk.ts";
import { addMoneyOptions, type MoneyOptions } from "../../money/options.ts";
import { recordingIntents, silent, unchangedDrawn } from "../../money/rehearsal.ts";
import { withNode } from "../../node.ts";
import { createOutput } from "../../output.ts";
import { claimingAlone } from "../../relay/claiming.ts";
import { requireRelay } from "../../relay/registered.ts";
import { requireLottery } from "./required.ts";

/** `waybill lottery claim`. */
export function claimCommand(): Command {
  return addMoneyOptions(
    new Command("claim").description(
      "claim the drawn packets whose proofs are all in this node's database; `run` does it by itself, and gathers " +
        "proofs",
    ),
  )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill lottery claim --data ./relay --dry-run",
    )
    .action(async (options: MoneyOptions) => {
      const identity = await loadIdentity(options);
      await withNode(options, "visit", async (node) => {
        const sender = atHand(identity.signer);
        const desk = await Desk.open(node, createOutput(options.json), options, sender);
        const lottery = requireLottery(node);
        const { id: relay } = requireRelay(node, identity);
        const about = { relay, lottery };
        const steps = await claims(desk, identity, about);
        await desk.agree(steps, [{ kind: "rewards", relay }]);
        if (desk.outbox === undefined) return;
        await claimAll(desk, identity, { ...about, outbox: desk.outbox }, steps);
      });
    });
}

interface About {
  readonly relay: RelayId;
  readonly lottery: LotteryParams;
}

/** What the claimer would send now. */
async function claims(
  { node, account, money }: Desk,
  identity: Identity,
  about: About,
): Promise<readonly Step[]> {
  const outbox = recordingIntents(account, node.idleOutbox(identity.signer), () => undefined);
  const drawn = unchangedDrawn(node.store.drawn);
  const { claimer } = claimingAlone(silent(node), identity, { ...about, outbox, drawn });
  await claimer.step();
  const { senderReward, hopReward } = about.lottery;
  return outbox.intended.map(({ key, call }) => {
    const [, , epoch, draw] = key.split(":");
    return {
      name: key,
      says:
        `Claim draw ${draw ?? ""} of epoch ${epoch ?? ""}: ${money.tokens(senderReward)} for this relay, ` +
        `${money.tokens(hopReward)} for each relay on the packet's way.`,
      call,
    };
  });
}

async function claimAll(
  { node, output, money }: Desk,
  identity: Identity,
  about: About & { readonly outbox: Intents },
  steps: readonly Step[],
): Promise<void> {
  const { relay, lottery, outbox } = about;
  if (steps.length > 0) {
    const { drawn } = node.store;
    const { claimer } = claimingAlone(node, identity, { ...about, drawn });
    await claimer.step();
  }
  const ends: (Outcome | undefined)[] = [];
  for (const { name } of steps) ends.push(await endOf(node, outbox, name));
  const failures = ends.flatMap((end) => (end?.state === "failed" ? end.error : []));
  const undecided = failures.filter(({ code }) => code === "CHAIN_UNDECIDED");
  const claims = ends.filter((end) => end?.state === "confirmed").length;
  const refused = failures.length - undecided.length;
  const waiting = steps.length - claims - refused;
  const reward = BigInt(claims) * lottery.senderReward;
  output.event(
    "claimed",
    `${claims} of ${steps.length} drawn packets claimed, for ${money.tokens(reward)}; \`waybill lottery collect\` moves them to the earnings`,
    { relay, claims, refused, waiting, reward },
  );
  const [first] = undecided;
  if (first !== undefined) throw first;
}

/** Undefined for what was not intended after all: in between the lottery would not take it any more, or not now. */
async function endOf(
  { clock, interval }: Desk["node"],
  outbox: Intents,
  key: string,
): Promise<Outcome | undefined> {
  for (;;) {
    const outcome = await outbox.outcome(key);
    if (outcome !== "pending") return outcome;
    await new Promise<void>((resolve) => clock.after(interval, resolve));
  }
}
