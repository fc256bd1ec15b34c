/** Manual twin of the Clock port: time stands still until a simulation or a test moves it. */
import { millis } from "../../core/units.ts";
import type { Millis } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";

interface Task {
  readonly due: number;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  #elapsed = 0;
  #wall: number;
  readonly #tasks = new Set<Task>();

  /** Starts at this Unix time in milliseconds. */
  constructor(start: Millis = millis(0)) {
    this.#wall = start;
  }

  now(): Millis {
    return millis(this.#wall);
  }

  monotonic(): Millis {
    return millis(this.#elapsed);
  }

  after(delay: Millis, run: () => void): () => void {
    const task: Task = { due: this.#elapsed + delay, run };
    this.#tasks.add(task);
    return () => {
      this.#tasks.delete(task);
    };
  }

  /** Number of tasks that still wait. */
  get pending(): number {
    return this.#tasks.size;
  }

  /** Moves the wall clock alone, as a wrong or corrected machine clock would; timers do not notice. */
  setWall(time: Millis): void {
    this.#wall = time;
  }

  /** Lets `span` pass and runs what falls due, in order of due time, then of registration. */
  advance(span: Millis): void {
    const end = this.#elapsed + span;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) this.#run(next);
    this.#moveTo(end);
  }

  /** Like `advance`, and lets promises settle after each task, so that what they schedule is met in time. */
  async run(span: Millis): Promise<void> {
    const end = this.#elapsed + span;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#run(next);
      await settle();
    }
    this.#moveTo(end);
  }

  /** A set iterates in order of insertion, so of equals the one registered first comes first. */
  #next(end: number): Task | undefined {
    let first: Task | undefined;
    for (const task of this.#tasks) {
      if (task.due > end) continue;
      if (first === undefined || task.due < first.due) first = task;
    }
    return first;
  }

  #run(task: Task): void {
    this.#tasks.delete(task);
    this.#moveTo(task.due);
    task.run();
  }

  #moveTo(elapsed: number): void {
    const step = Math.max(0, elapsed - this.#elapsed);
    this.#elapsed += step;
    this.#wall += step;
  }
}

/** One turn of the event loop: every promise that can settle has settled. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
