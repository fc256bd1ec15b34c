/** Whether a demo run came to what it should have come to: one sentence for each thing that is not so. */
import type { DemoResult, RelayResult } from "./result.ts";

/** Loops that a run with a relay that drops has at least. */
const LEAST_LOOPS = 200;
/** Share of cover that comes back at least while every relay works. */
const LEAST_RETURNED = 0.9;

/** Empty when the demo worked. */
export function problemsOf(result: DemoResult): readonly string[] {
  return [
    ...fileProblems(result),
    ...result.relays.flatMap(relayProblems),
    ...(result.channels && result.relays.every((relay) => relay.ticketsRedeemed === 0)
      ? ["no ticket was redeemed"]
      : []),
    ...lotteryProblems(result),
    ...dropProblems(result),
    ...result.money.problems,
  ];
}

function fileProblems({ file }: DemoResult): string[] {
  const problems: string[] = [];
  if (file.sha256Received !== file.sha256Sent)
    problems.push(`the recipient holds another file: ${file.sha256Received || "none"}`);
  if (file.nameReceived !== file.name)
    problems.push(`the recipient knows the file as ${JSON.stringify(file.nameReceived)}`);
  if (!file.replyVerified) problems.push("the recipient's answer did not come back");
  return problems;
}

function relayProblems(relay: RelayResult): string[] {
  const { relay: id, ticketsWon, ticketsRedeemed, earned, rewards, collected, withdrawn } = relay;
  const problems: string[] = [];
  if (ticketsRedeemed !== ticketsWon)
    problems.push(`relay ${id} won ${ticketsWon} tickets and redeemed ${ticketsRedeemed}`);
  if (collected !== rewards)
    problems.push(`relay ${id} has rewards of ${rewards} and collected ${collected}`);
  if (withdrawn !== earned + collected)
    problems.push(`relay ${id} got ${earned + collected} and withdrew ${withdrawn}`);
  return problems;
}

function lotteryProblems({ lottery, drop }: DemoResult): string[] {
  const { coverSent, coverReturned, commitments, claims } = lottery;
  const problems: string[] = [];
  if (commitments === 0) problems.push("no relay committed to an epoch");
  if (claims === 0) problems.push("no draw was claimed");
  if (drop === undefined && coverReturned < LEAST_RETURNED * coverSent)
    problems.push(`of ${coverSent} cover packets only ${coverReturned} came back`);
  return problems;
}

/** Who drops earns less than each of its layer's others, and the others' samples show how much it drops. */
function dropProblems({ drop, relays, lottery }: DemoResult): string[] {
  const dropper = relays.find(({ relay }) => relay === drop?.relay);
  if (drop === undefined || dropper === undefined) return [];
  const problems: string[] = [];
  if (lottery.coverSent < LEAST_LOOPS)
    problems.push(`${lottery.coverSent} loops are too few, ${LEAST_LOOPS} were wanted`);
  const gain = ({ earned, rewards }: RelayResult): bigint => earned + rewards;
  for (const peer of relays)
    if (peer !== dropper && peer.layer === dropper.layer && gain(peer) <= gain(dropper))
      problems.push(
        `relay ${peer.relay} earned ${gain(peer)}, not more than ${gain(dropper)} of the relay that drops`,
      );
  const { low, high, samples } = dropper.reliability;
  const truth = 1 - drop.share;
  if (truth < low || truth > high)
    problems.push(
      `${samples} samples put the relay that drops between ${low.toFixed(3)} and ${high.toFixed(3)}, and it takes ${truth}`,
    );
  return problems;
}
