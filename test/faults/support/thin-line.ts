/**
 * A line between this machine and a network namespace on it, which can be made thin, so that what bursts is thrown
 * away as by a router, and cut without either end being told.
 */
import { execFileSync } from "node:child_process";

const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

export class ThinLine {
  readonly near: string;
  readonly far: string;
  /** Starts a command at the far end. */
  readonly within: readonly string[];
  readonly #name: string;

  private constructor(number: number) {
    this.#name = `wb${process.pid % 100_000}-${number}`;
    // Another run on this machine has a network of its own.
    const { pid } = process;
    const network = `10.${128 + (pid % 100)}.${Math.floor(pid / 100) % 250}`;
    this.near = `${network}.${4 * number + 1}`;
    this.far = `${network}.${4 * number + 2}`;
    this.within = ["ip", "netns", "exec", this.#name];
  }

  static create(number: number): ThinLine {
    const line = new ThinLine(number);
    const name = line.#name;
    run("ip", "netns", "add", name);
    run("ip", "link", "add", `${name}a`, "type", "veth", "peer", `${name}b`);
    run("ip", "link", "set", `${name}b`, "netns", name);
    run("ip", "address", "add", `${line.near}/30`, "dev", `${name}a`);
    run("ip", "link", "set", `${name}a`, "up");
    line.#far("ip", "address", "add", `${line.far}/30`, "dev", `${name}b`);
    line.#far("ip", "link", "set", `${name}b`, "up");
    line.#far("ip", "link", "set", "lo", "up");
    return line;
  }

  /** In each direction so many megabits a second, and so few bytes waiting that bursts lose packets. */
  thin(megabits: number, waiting: number): void {
    const shape = ["tbf", "rate", `${megabits}mbit`, "burst", "4kb", "limit", String(waiting)];
    run("tc", "qdisc", "add", "dev", `${this.#name}a`, "root", ...shape);
    this.#far("tc", "qdisc", "add", "dev", `${this.#name}b`, "root", ...shape);
  }

  /** In each direction so late, more or less, and so much of it lost. */
  lengthen(milliseconds: number, jitter: number, lostPercent: number): void {
    const shape = ["netem", "delay", `${milliseconds}ms`, `${jitter}ms`, "loss", `${lostPercent}%`];
    run("tc", "qdisc", "add", "dev", `${this.#name}a`, "root", ...shape);
    this.#far("tc", "qdisc", "add", "dev", `${this.#name}b`, "root", ...shape);
  }

  /** Packets of the line, not of the mixnet, thrown away so far, in both directions. */
  get thrownAway(): number {
    const near = run("tc", "-s", "qdisc", "show", "dev", `${this.#name}a`);
    const far = this.#far("tc", "-s", "qdisc", "show", "dev", `${this.#name}b`);
    return [near, far]
      .flatMap((text) => [...text.matchAll(/dropped (\d+)/g)])
      .reduce((sum, [, count]) => sum + Number(count), 0);
  }

  widen(): void {
    run("tc", "qdisc", "del", "dev", `${this.#name}a`, "root");
    this.#far("tc", "qdisc", "del", "dev", `${this.#name}b`, "root");
  }

  /** Nothing arrives any more, and nobody is told. */
  cut(): void {
    this.#far("ip", "link", "set", `${this.#name}b`, "down");
  }

  mend(): void {
    this.#far("ip", "link", "set", `${this.#name}b`, "up");
  }

  remove(): void {
    run("ip", "netns", "del", this.#name);
  }

  #far(command: string, ...args: readonly string[]): string {
    return run("ip", "netns", "exec", this.#name, command, ...args);
  }
}

/** Why this machine cannot have such a line; undefined when it can. */
export function whyNoThinLine(): string | undefined {
  return whyNot("network namespace with a thin line", (line) => {
    line.thin(10, 20_000);
  });
}

/** The same of one that is long and loses packets by chance. */
export function whyNoNetem(): string | undefined {
  return whyNot("line with netem", (line) => {
    line.lengthen(1, 0, 1);
  });
}

function whyNot(what: string, shape: (line: ThinLine) => void): string | undefined {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  try {
    const line = ThinLine.create(0);
    try {
      shape(line);
    } finally {
      line.remove();
    }
    return undefined;
  } catch (error) {
    return `no ${what} can be made: ${String(error).split("\n")[0] ?? ""}`;
  }
}
