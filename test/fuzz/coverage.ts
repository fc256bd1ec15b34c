/** Which source code runs, as V8 counts it block by block. */
import { readFileSync } from "node:fs";
import { Session, type Profiler } from "node:inspector";
import { fileURLToPath } from "node:url";

/** What functions say of their source, the outer ones first. */
type Functions = Profiler.ScriptCoverage["functions"];

export class Coverage {
  readonly #session = new Session();
  readonly #counts: (url: string) => boolean;
  /** By file: for each place in it, whether it ran. */
  readonly #known = new Map<string, Uint8Array>();

  /**
   * Of files whose URL passes `counts`. To be started before any of their functions runs: what V8 has compiled
   * before is counted as a whole only.
   */
  constructor(counts: (url: string) => boolean) {
    this.#counts = counts;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Whether code that is not known ran since the last look; with `learn`, it is known from now on. */
  look({ learn }: { readonly learn: boolean }): boolean {
    let isNew = false;
    for (const { url, functions } of this.#take()) {
      const ran = this.#paint(url, functions);
      const known = this.#known.get(url) ?? new Uint8Array(ran.length);
      isNew ||= ran.some((is, at) => is > (known[at] ?? 0));
      if (learn)
        this.#known.set(
          url,
          known.map((is, at) => is | (ran[at] ?? 0)),
        );
    }
    return isNew;
  }

  /** As if nothing had run yet. */
  forget(): void {
    this.#take();
    this.#known.clear();
  }

  stop(): void {
    this.#session.disconnect();
  }

  /** A session within its own process answers before `post` returns. */
  #take(): readonly Profiler.ScriptCoverage[] {
    let taken: readonly Profiler.ScriptCoverage[] = [];
    this.#session.post("Profiler.takePreciseCoverage", (error, { result }) => {
      if (error !== null) throw error;
      taken = result;
    });
    return taken.filter(({ url }) => this.#counts(url));
  }

  /** An inner range stands for itself, whatever is said of the one around it. */
  #paint(url: string, functions: Functions): Uint8Array {
    const ran = new Uint8Array(this.#length(url));
    for (const { ranges } of functions)
      for (const { startOffset, endOffset, count } of ranges)
        ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    return ran;
  }

  #length(url: string): number {
    return this.#known.get(url)?.length ?? readFileSync(fileURLToPath(url), "utf8").length;
  }
}
