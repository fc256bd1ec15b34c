/**
 * Group commit. Every write that arrives within a short window shares one transaction and so one flush to the
 * disk; each is told its outcome after that flush. A call that fails alone is undone alone; a failure of the
 * disk undoes the whole group, and after one that leaves the file in doubt nothing is written any more.
 */
import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../core/errors.ts";
import { endsTransaction, isFatal, storeFailure } from "./failures.ts";

export interface Write {
  readonly run: () => unknown;
  /** A write that grows the database with traffic; refused early when the disk is nearly full. */
  readonly grows: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: WaybillError) => void;
}

export interface GroupOptions {
  readonly db: DatabaseSync;
  /** Milliseconds from the first write of a group to its commit. */
  readonly window: number;
  /** Called with the running number of each commit after it is on disk. */
  readonly committed: (commits: bigint) => void;
  /** Commits that the database counts already. */
  readonly commits: bigint;
  /** Bytes still free on the disk, and how many of them are kept back from growing writes. */
  readonly freeBytes: () => number;
  readonly reserveBytes: number;
}

export class CommitGroup {
  readonly #options: GroupOptions;
  readonly #count;
  #commits: bigint;
  #waiting: Write[] = [];
  #timer: NodeJS.Timeout | undefined;
  #broken: WaybillError | undefined;

  constructor(options: GroupOptions) {
    this.#options = options;
    this.#commits = options.commits;
    this.#count = options.db.prepare("UPDATE commits SET number = ?");
  }

  add(write: Write): void {
    this.#waiting.push(write);
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, this.#options.window);
  }

  /** Commits what waits, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length === 0) return;
    if (this.#broken !== undefined) rejectAll(group, this.#broken);
    else this.#commit(group);
  }

  #commit(group: readonly Write[]): void {
    const { db } = this.#options;
    const settled: (() => void)[] = [];
    try {
      const full = this.#nearlyFull(group);
      db.exec("BEGIN IMMEDIATE");
      for (const write of group) {
        const outcome = write.grows && full !== undefined ? { error: full } : this.#attempt(write);
        settled.push(() => {
          if (outcome.error === undefined) write.resolve(outcome.value);
          else write.reject(outcome.error);
        });
      }
      this.#count.run(this.#commits + 1n);
      db.exec("COMMIT");
      this.#commits += 1n;
    } catch (thrown) {
      const error = storeFailure(thrown);
      this.#undo(error);
      rejectAll(group, error);
      return;
    }
    for (const settle of settled) settle();
    try {
      this.#options.committed(this.#commits);
    } catch (thrown) {
      this.#broken = storeFailure(thrown);
    }
  }

  #attempt({ run }: Write): { value?: unknown; error?: WaybillError } {
    const { db } = this.#options;
    db.exec("SAVEPOINT call");
    try {
      const value = run();
      db.exec("RELEASE call");
      return { value };
    } catch (thrown) {
      const error = storeFailure(thrown);
      if (endsTransaction(error)) throw error;
      db.exec("ROLLBACK TO call; RELEASE call");
      return { error };
    }
  }

  #undo(error: WaybillError): void {
    if (isFatal(error)) this.#broken = error;
    try {
      if (this.#options.db.isTransaction) this.#options.db.exec("ROLLBACK");
    } catch (thrown) {
      this.#broken ??= storeFailure(thrown);
    }
  }

  #nearlyFull(group: readonly Write[]): WaybillError | undefined {
    if (!group.some(({ grows }) => grows)) return undefined;
    const free = this.#options.freeBytes();
    if (free >= this.#options.reserveBytes) return undefined;
    return new WaybillError("STORE_FULL", {
      what: "bytes free on its disk",
      got: free,
      allowed: `at least ${this.#options.reserveBytes}`,
    });
  }
}

function rejectAll(group: readonly Write[], error: WaybillError): void {
  for (const { reject } of group) reject(error);
}
