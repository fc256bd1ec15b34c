import { Command } from "commander";

import { WaybillError } from "../../../core/errors.ts";
import type { RelayId } from "../../../core/units.ts";
import type { LotteryParams } from "../../../ports/network.ts";
import type { Intents, Outcome } from "../../../settlement/outbox.ts";
import { stepOf } from "../../../settlement/perform.ts";
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
        const { steps, undecided } = await claims(desk, identity, about);
        await desk.agree(steps, [{ kind: "rewards", relay }]);
        const left =
          desk.outbox === undefined
            ? undecided
            : await claimAll(desk, identity, { ...about, outbox: desk.outbox }, steps, undecided);
        if (left.size > 0)
          throw new WaybillError("CHAIN_UNDECIDED", {
            what: `claims of ${left.size} drawn packets`,
          });
      });
    });
}

interface About {
  readonly relay: RelayId;
  readonly lottery: LotteryParams;
}

interface Claims {
  readonly steps: readonly Step[];
  /** Names of those of which the chain's node does not tell whether they work. */
  readonly undecided: ReadonlySet<string>;
}

/** What the claimer would send now. */
async function claims(
  { node, account, money }: Desk,
  identity: Identity,
  about: About,
): Promise<Claims> {
  const outbox = recordingIntents(account, node.idleOutbox(identity.signer), () => undefined);
  const drawn = unchangedDrawn(node.store.drawn);
  const { claimer } = claimingAlone(silent(node), identity, { ...about, outbox, drawn });
  await claimer.step();
  const { senderReward, hopReward } = about.lottery;
  const steps = outbox.intended.map(({ key, call }) => {
    const [, , epoch, draw] = key.split(":");
    return {
      name: key,
      says:
        `Claim draw ${draw ?? ""} of epoch ${epoch ?? ""}: ${money.tokens(senderReward)} for this relay, ` +
        `${money.tokens(hopReward)} for each relay on the packet's way.`,
      call,
    };
  });
  return { steps, undecided: claimer.undecided };
}

/** Resolves with the names of claims of which the chain's node did not tell whether they work. */
async function claimAll(
  { node, output, money }: Desk,
  identity: Identity,
  about: About & { readonly outbox: Intents },
  steps: readonly Step[],
  undecidedBefore: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const { relay, lottery, outbox } = about;
  const { claimer } = claimingAlone(node, identity, { ...about, drawn: node.store.drawn });
  if (steps.length > 0) await claimer.step();
  const undecided = new Set([...undecidedBefore, ...claimer.undecided]);
  let claims = 0;
  for (const { name } of steps) {
    const end = await endOf(node, outbox, name);
    if (end?.state === "confirmed") claims += 1;
    if (end?.state === "failed" && end.error.code === "CHAIN_UNDECIDED")
      undecided.add(stepOf(name));
  }
  const names = new Set([...steps.map(({ name }) => stepOf(name)), ...undecided]);
  const waiting = undecided.size;
  const reward = BigInt(claims) * lottery.senderReward;
  output.event(
    "claimed",
    `${claims} of ${names.size} drawn packets claimed, for ${money.tokens(reward)}; \`waybill lottery collect\` moves them to the earnings`,
    { relay, claims, refused: names.size - claims - waiting, waiting, reward },
  );
  return undecided;
}

/** Undefined for what was not intended after all: it was claimed or refused in between, or is undecided. */
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
