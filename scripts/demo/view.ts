/** The demo as a person sees it: bars while it works, a table at the end, and the line about the money. */
import cliProgress from "cli-progress";
import Table from "cli-table3";
import pc from "picocolors";

import { formatAmount } from "../../offchain/core/amounts.ts";
import type { DemoResult, RelayResult } from "./result.ts";
import type { View } from "./run.ts";

export interface ClosableView extends View {
  close(): void;
}

/** Bars on a terminal; one line a stage anywhere else. Both on standard error. */
export function createView(terminal = process.stderr.isTTY): ClosableView {
  return terminal ? barView() : lineView();
}

function lineView(): ClosableView {
  const started = performance.now();
  return {
    stage(text) {
      const seconds = ((performance.now() - started) / 1_000).toFixed(0);
      process.stderr.write(`${seconds.padStart(4)} s  ${text}\n`);
    },
    sending: () => undefined,
    claiming: () => undefined,
    close: () => undefined,
  };
}

function barView(): ClosableView {
  const bars = new cliProgress.MultiBar(
    {
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: false,
      format: `{what} ${pc.cyan("{bar}")} {value}/{total}`,
      barCompleteChar: "█",
      barIncompleteChar: "░",
    },
    cliProgress.Presets.rect,
  );
  const bar = (what: string, total: number) => bars.create(total, 0, { what: what.padEnd(22) });
  let sending: cliProgress.SingleBar | undefined;
  let claiming: cliProgress.SingleBar | undefined;
  const move = (
    known: cliProgress.SingleBar | undefined,
    what: string,
    value: number,
    total: number,
  ) => {
    const shown = known ?? bar(what, total);
    shown.setTotal(total);
    shown.update(Math.min(value, total));
    return shown;
  };
  return {
    stage(text) {
      bars.log(`${pc.dim("·")} ${text}\n`);
      bars.update();
    },
    sending(sent, total) {
      sending = move(sending, "packets sent", sent, total);
    },
    claiming(claimed, drawn) {
      if (drawn > 0) claiming = move(claiming, "draws claimed", claimed, drawn);
    },
    close() {
      bars.stop();
    },
  };
}

/** What packets brought, and what the lottery brought, one row a relay. */
export function renderTable(result: DemoResult): string {
  const byLayer = [...result.relays].sort((a, b) => (a.layer ?? 9) - (b.layer ?? 9));
  const columns = [...(result.channels ? TICKET_COLUMNS : []), ...LOTTERY_COLUMNS];
  const table = new Table({
    head: ["relay", "layer", "packets", ...columns.map(({ head }) => head), "withdrawn"],
    colAligns: [
      ...(["left", "left"] as const),
      ...Array.from({ length: columns.length + 2 }, () => "right" as const),
    ],
    style: { head: pc.isColorSupported ? ["cyan"] : [], border: [], compact: true },
  });
  for (const relay of byLayer)
    table.push([
      `${relay.relay.slice(0, 8)}…${relay.relay === result.drop?.relay ? " drops" : ""}`,
      relay.layers.join(" → "),
      String(relay.packets),
      ...columns.map(({ cell }) => cell(relay)),
      formatAmount(relay.withdrawn),
    ]);
  return `${table.toString()}\n${renderLottery(result)}`;
}

interface Column {
  readonly head: string;
  readonly cell: (relay: RelayResult) => string;
}

const TICKET_COLUMNS: readonly Column[] = [
  { head: "tickets", cell: (relay) => String(relay.ticketsReceived) },
  { head: "won", cell: (relay) => String(relay.ticketsWon) },
  { head: "redeemed", cell: (relay) => String(relay.ticketsRedeemed) },
  {
    head: "gas/ticket",
    cell: ({ gasPerTicket }) => gasPerTicket?.toLocaleString("en") ?? "–",
  },
  { head: "earned", cell: (relay) => formatAmount(relay.earned) },
];

const LOTTERY_COLUMNS: readonly Column[] = [
  { head: "cover sent", cell: (relay) => String(relay.coverSent) },
  { head: "back", cell: (relay) => String(relay.coverReturned) },
  { head: "commits", cell: (relay) => String(relay.commitments) },
  { head: "draws", cell: (relay) => String(relay.draws) },
  { head: "claims", cell: (relay) => String(relay.claims) },
  { head: "rewards", cell: (relay) => formatAmount(relay.rewards) },
  { head: "reliability", cell: ({ reliability }) => renderEstimate(reliability) },
];

const percent = (share: number): string => (100 * share).toFixed(0);

const renderEstimate = ({ mean, low, high, samples }: RelayResult["reliability"]): string =>
  `${percent(mean)} % (${percent(low)}–${percent(high)}, ${samples})`;

/** The lottery's sums, and how the relay that drops has fared. */
function renderLottery({ lottery, drop, relays }: DemoResult): string {
  const { coverSent, coverReturned, commitments, draws, claims, forfeits, minted } = lottery;
  const lines = [
    `cover: ${coverSent} sent, ${coverReturned} back; ${commitments} commitments; ${draws} draws: ${claims} claimed, ${forfeits} forfeited; ${formatAmount(minted)} tokens minted`,
    "reliability: share of drawn loops from others that came in, with 95 % interval and samples",
  ];
  const dropper = relays.find(({ relay }) => relay === drop?.relay);
  if (drop === undefined || dropper === undefined) return lines.join("\n");
  const gain = ({ earned, rewards }: RelayResult): string => formatAmount(earned + rewards);
  const peers = relays.filter((relay) => relay !== dropper && relay.layer === dropper.layer);
  return [
    ...lines,
    `${dropper.relay.slice(0, 8)}… threw away ${drop.dropped} of ${drop.dropped + drop.taken} frames: it got ${gain(dropper)} tokens, the others of its layer ${peers.map(gain).join(" and ")}`,
  ].join("\n");
}

export function renderFile({ file }: DemoResult): string {
  const arrived = file.sha256Received === file.sha256Sent;
  const mark = (good: boolean): string => (good ? pc.green("✓") : pc.red("✗"));
  return [
    `${mark(arrived)} ${file.nameReceived}: ${file.bytes.toLocaleString("en")} bytes arrived in ${file.packets} packets (${file.repeats} of them repeats)`,
    `${mark(file.replyVerified)} the recipient's answer came back through single-use reply blocks`,
  ].join("\n");
}

/** The last line: green when the money adds up, red with the reasons when it does not. */
export function renderMoney(
  { money }: Pick<DemoResult, "money">,
  colours: Pick<typeof pc, "red" | "green"> = pc,
): string {
  if (!money.adds) return colours.red(`✗ the money does not add up: ${money.problems.join("; ")}`);
  return colours.green(
    `✓ the money adds up: contracts hold ${formatAmount(money.tokensHeld)} = sum of all balances; ` +
      `paid ${formatAmount(money.paid)} = credited ${formatAmount(money.credited)} + burn share ${formatAmount(money.burned + money.owedBurn)}; ` +
      `minted ${formatAmount(money.minted)} = rewards ${formatAmount(money.rewarded)} + left ${formatAmount(money.minted - money.rewarded)}; no ticket and no draw paid twice`,
  );
}
