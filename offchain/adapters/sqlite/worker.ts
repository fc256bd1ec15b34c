/** The thread that owns the database: opens it, runs calls one after another, commits writes in groups. */
import { dirname } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { WaybillError } from "../../core/errors.ts";
import { freeBytes } from "../system/disk.ts";
import { storeCalls } from "./calls.ts";
import type { CallKind } from "./calls.ts";
import { snapshot } from "./copies.ts";
import { openDatabase, snapshotPath } from "./database.ts";
import { storeFailure, toMessage } from "./failures.ts";
import { CommitGroup } from "./group.ts";
import type { AnswerMessage, CallMessage, WorkerOptions } from "./messages.ts";

/** A call as the worker sees it: the arguments are what the typed caller on the other side sent. */
interface AnyCall {
  readonly kind: CallKind;
  readonly run: (...args: readonly unknown[]) => unknown;
}

function serve(port: MessagePort, { path, commitWindow, reserveBytes }: WorkerOptions): void {
  const { db, witness, commits } = openDatabase(path);
  const calls = storeCalls(db) as unknown as Readonly<Record<string, AnyCall>>;
  const group = new CommitGroup({
    db,
    window: commitWindow,
    commits,
    committed: witness.record,
    freeBytes: () => freeBytes(dirname(path)),
    reserveBytes,
  });

  /** One after the other, since there is one place for them. */
  let copying: Promise<unknown> = Promise.resolve();
  const copy = (id: number): void => {
    copying = copying
      .then(() => snapshot(db, snapshotPath(path)))
      .then(
        () => {
          answer(port, { id, value: snapshotPath(path) });
        },
        (error: unknown) => {
          answer(port, { id, failure: toMessage(storeFailure(error)) });
        },
      );
  };

  const close = async (id: number): Promise<void> => {
    await copying;
    group.flush();
    db.close();
    witness.close();
    answer(port, { id, value: undefined });
    port.close();
  };

  port.on("message", ({ id, call: name, args }: CallMessage) => {
    const resolve = (value: unknown): void => {
      answer(port, { id, value });
    };
    const reject = (error: WaybillError): void => {
      answer(port, { id, failure: toMessage(error) });
    };
    try {
      if (name === "close") {
        void close(id);
        return;
      }
      if (name === "snapshot") {
        copy(id);
        return;
      }
      const call = calls[name];
      if (call === undefined) throw new WaybillError("STORE_BAD_INPUT", { what: `call ${name}` });
      const run = (): unknown => call.run(...args);
      if (call.kind === "read") resolve(run());
      else group.add({ run, grows: call.kind === "grow", resolve, reject });
    } catch (error) {
      reject(storeFailure(error));
    }
  });
  answer(port, { id: 0, value: undefined });
}

/** Buffers that hold nothing but an answer are moved, not copied. */
function answer(port: MessagePort, message: AnswerMessage): void {
  const moved =
    "value" in message && message.value instanceof Uint8Array
      ? [message.value.buffer as ArrayBuffer]
      : [];
  port.postMessage(message, moved);
}

if (parentPort !== null) {
  try {
    serve(parentPort, workerData as WorkerOptions);
  } catch (error) {
    answer(parentPort, { id: 0, failure: toMessage(storeFailure(error)) });
    parentPort.close();
  }
}
