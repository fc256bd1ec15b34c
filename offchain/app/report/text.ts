/** An overview as people read it on a terminal. */
import Table from "cli-table3";

import { formatAmount } from "../../core/amounts.ts";
import { colorsFor, type Colors } from "../terminal.ts";
import type { Overview } from "./overview.ts";
import type { Schemas } from "./schemas.ts";

const LABEL_WIDTH = 10;

/** One line each, the most urgent first. */
export function overviewLines(
  overview: Overview,
  colors: Colors = colorsFor(process.stdout),
): readonly string[] {
  const { status, traffic, channels, tickets, journal, earnings } = overview;
  const row = (label: string, text: string): string =>
    `${colors.dim(label.padEnd(LABEL_WIDTH))}${text}`;
  return [
    ...status.alarms.flatMap(({ name, says, fix }) => [
      `${colors.red(colors.bold("ALARM"))}     ${colors.bold(says)} (${name})`,
      row("", fix),
    ]),
    row("relay", relayText(status)),
    row("state", stateText(status, colors)),
    ...(status.account === null ? [] : [row("account", accountText(status.account))]),
    ...(status.time === null ? [] : [row("time", timeText(status.time))]),
    ...(status.chain === null ? [] : [row("chain", chainText(status.chain))]),
    ...(traffic === undefined ? [] : trafficRows(traffic, status, row)),
    ...(tickets === undefined ? [] : [row("tickets", ticketText(tickets))]),
    ...(status.claimsWaiting.length === 0
      ? []
      : [row("claims", colors.yellow(claimText(status.claimsWaiting)))]),
    ...(earnings === undefined
      ? []
      : [row("earned", earnedText(earnings)), row("gas", gasText(earnings))]),
    ...(channels === undefined ? [] : [row("channels", channelText(channels, colors))]),
    ...(journal === undefined ? [] : journal.entries.map((entry) => row("did", didText(entry)))),
    ...(overview.source === "agent"
      ? []
      : [colors.yellow("No agent runs: this comes from the database and the chain.")]),
  ];
}

/** Winning tickets, an epoch and state a row, and why some are not paid. */
export function ticketLines(
  tickets: Schemas["Tickets"],
  colors: Colors = colorsFor(process.stdout),
): readonly string[] {
  const table = new Table({
    head: ["epoch", "state", "tickets", "tokens"].map((name) => colors.bold(name)),
    colAligns: ["right", "left", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const { epoch, sums } of tickets.epochs)
    for (const { state, count, amount } of sums)
      table.push([epoch, state, count, formatAmount(BigInt(amount))]);
  for (const { state, count, amount } of tickets.sums)
    table.push(["all", state, count, formatAmount(BigInt(amount))]);
  const reasons = tickets.reasons.map(({ state, reason, count }) => `${count} ${state}: ${reason}`);
  return [table.toString(), ...reasons];
}

function relayText({ relay, layer, network }: Schemas["Status"]): string {
  const place = layer === null ? "in no layer" : `layer ${layer}`;
  const chain = network === null ? "" : `, chain ${network.chainId}`;
  return relay === null ? "not known" : `${relay}, ${place}${chain}`;
}

function stateText(status: Schemas["Status"], colors: Colors): string {
  const { ready, notReady, relayState, uptimeMinutes } = status;
  const minutes = `for ${uptimeMinutes} min`;
  const reasons = notReady.map(({ says }) => says).join("; ");
  const state = ready ? colors.green(`takes packets ${minutes}`) : colors.yellow(reasons);
  return relayState === null ? state : `${state}; ${relayState}`;
}

const accountText = ({ address, coin }: Schemas["Account"]): string =>
  coin === null ? address : `${address} with ${formatAmount(BigInt(coin))} coin for transactions`;

const timeText = ({ epoch, epochEndsIn, era, eraEndsIn }: Schemas["TimeState"]): string =>
  `epoch ${epoch} for ${span(epochEndsIn)} more, era ${era} for ${span(eraEndsIn)} more`;

const chainText = ({ headBlock, ageSeconds }: Schemas["ChainState"]): string =>
  `block ${headBlock}, ${span(ageSeconds)} old`;

function trafficRows(
  { counts, drops, through }: Schemas["Traffic"],
  { packetsInMix }: Schemas["Status"],
  row: (label: string, text: string) => string,
): readonly string[] {
  const dropped = drops.reduce((sum, { packets }) => sum + packets, 0);
  const reasons = [...drops]
    .sort((one, other) => other.packets - one.packets)
    .map(({ reason, packets }) => `${reason} ${packets}`)
    .join(", ");
  const at = new Date(through * 1_000).toISOString().slice(11, 19);
  return [
    row(
      "packets",
      `${counts["packets-accepted"]} taken, ${counts["packets-forwarded"]} forwarded, ` +
        `${counts["packets-delivered"]} delivered, ${packetsInMix} in the mix (as of ${at} UTC)`,
    ),
    row("dropped", dropped === 0 ? "none" : `${dropped} (${reasons})`),
  ];
}

function ticketText({ sums }: Schemas["Tickets"]): string {
  return sums
    .filter(({ count }) => count > 0)
    .map(({ state, count, amount }) => `${count} ${state} (${formatAmount(BigInt(amount))})`)
    .join(", ")
    .replace(/^$/, "none won yet");
}

const claimText = (waiting: Schemas["Status"]["claimsWaiting"]): string =>
  waiting.map(({ reason, count }) => `${count} wait: ${reason}`).join(", ");

function earnedText(earnings: Schemas["Earnings"]): string {
  const { redeemed, collected, paid, withdrawn } = earnings;
  return Object.entries({ redeemed, collected, paid, withdrawn })
    .map(([name, sum]) => `${formatAmount(BigInt(sum))} ${name}`)
    .join(", ");
}

/** The dearest purposes; all of them are in the API. */
function gasText({ coin, gas }: Schemas["Earnings"]): string {
  const dearest = gas
    .slice(0, 3)
    .map(({ purpose, coin: part }) => `${purpose} ${formatAmount(BigInt(part))}`);
  const rest = gas.length > dearest.length ? [...dearest, "…"] : dearest;
  const sum = `${formatAmount(BigInt(coin))} coin`;
  return gas.length === 0 ? "nothing spent yet" : `${sum} (${rest.join(", ")})`;
}

function channelText(channels: Schemas["Channels"], colors: Colors): string {
  const { balanceIn, balanceOut, outstanding, missing, missingForCover } = channels;
  const closing = channels.in.filter(({ status }) => status === "closing").length;
  const lacking = missing.length + missingForCover.length;
  return [
    `${channels.in.length} in with ${formatAmount(BigInt(balanceIn))}`,
    `of that ${formatAmount(BigInt(outstanding))} outstanding`,
    `${channels.out.length} out with ${formatAmount(BigInt(balanceOut))}`,
    ...(closing === 0 ? [] : [colors.yellow(`${closing} closing`)]),
    ...(lacking === 0 ? [] : [colors.yellow(`${lacking} missing`)]),
  ].join(", ");
}

/** "18:02:11 UTC fund-channel: why". */
function didText({ at, action, why }: Schemas["JournalEntry"]): string {
  const time = new Date(at * 1_000).toISOString().slice(0, 19).replace("T", " ");
  return `${time} UTC ${action}: ${why}`;
}

/** "3 h 20 min"; seconds only below a minute. */
export function span(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}
