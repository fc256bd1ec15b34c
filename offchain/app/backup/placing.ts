/**
 * How a restored folder comes to be there whole or not at all, also when it is a mounted volume, in whose place no
 * other folder can be put: its files are made in a folder inside, get their second names in it one by one, and count
 * once the folder inside has lost its name. Until then no command takes the folder for a node's
 * (docs/decisions/0054-restored-in-place.md).
 */
import { randomUUID } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { chmod, link, mkdir, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { flush } from "../../adapters/system/disk.ts";
import { WaybillError } from "../../core/errors.ts";

/** In it the files are made. As long as it is there, nothing beside it counts. */
export const UNFINISHED = ".restoring";
/** The same afterwards, for the moment until it is gone. */
const FINISHED = ".restored";
/** What a new file system has by itself. */
const OF_THE_DISK: ReadonlySet<string> = new Set(["lost+found"]);

/**
 * To be called before anything in a node's folder is believed or made.
 * @throws WaybillError BACKUP_UNFINISHED when a restoration into it was interrupted
 */
export function requireFinished(folder: string): void {
  if (existsSync(join(folder, UNFINISHED)))
    throw new WaybillError("BACKUP_UNFINISHED", { what: folder });
  rmSync(join(folder, FINISHED), { recursive: true, force: true });
}

export interface Place {
  /** Where the files are to be made. */
  readonly building: string;
  /** They are all there: from now on the folder is a node's. */
  finish(): Promise<void>;
  /** Leaves what was there before; what is finished stays. */
  abandon(): Promise<void>;
}

/**
 * Makes room in `folder`, which is made if it is not there; what an interrupted restoration left in it is removed.
 * @throws WaybillError BACKUP_IN_THE_WAY when there is anything else, and the system's errors
 */
export async function makePlace(folder: string): Promise<Place> {
  // Of its own, so that another restoration into the same folder is noticed.
  const building = join(folder, UNFINISHED, randomUUID());
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made === undefined) await requireEmpty(folder);
  await clear(folder);
  // A volume may belong to another user: its files are private all the same.
  await chmod(folder, 0o700).catch(() => undefined);
  await mkdir(building, { recursive: true, mode: 0o700 });
  await flush(folder);
  let isFinished = false;
  return {
    building,
    async finish() {
      await requireThere(building);
      const names = await readdir(building);
      for (const name of names) await flush(join(building, name));
      // A link fails where a file is, while a rename would replace it.
      for (const name of names) await link(join(building, name), join(folder, name));
      await flush(folder);
      await requireThere(building);
      await rename(join(folder, UNFINISHED), join(folder, FINISHED));
      isFinished = true;
      await flush(folder);
      if (made !== undefined) await flush(dirname(made));
      // A command that has begun meanwhile may be the one that removes it.
      await rm(join(folder, FINISHED), { recursive: true, force: true });
    },
    async abandon() {
      if (isFinished) return;
      await requireThere(building);
      await clear(folder);
      if (made !== undefined) await rmdir(folder);
    },
  };
}

/** @throws WaybillError BACKUP_IN_THE_WAY when another restoration into the same folder has removed it */
async function requireThere(building: string): Promise<void> {
  const isThere = await stat(building).catch(() => undefined);
  if (isThere === undefined)
    throw new WaybillError("BACKUP_IN_THE_WAY", { what: "another restoration into this folder" });
}

/** Second names go first: what they are is known by the first ones alone. */
async function clear(folder: string): Promise<void> {
  for (const name of await given(folder)) await rm(join(folder, name));
  await rm(join(folder, UNFINISHED), { recursive: true, force: true });
}

/** What an interrupted restoration left does not count. */
async function requireEmpty(folder: string): Promise<void> {
  const known = new Set([UNFINISHED, ...OF_THE_DISK, ...(await given(folder))]);
  const other = (await readdir(folder)).find((name) => !known.has(name));
  if (other !== undefined)
    throw new WaybillError("BACKUP_IN_THE_WAY", { what: join(folder, other) });
}

/** Names in the folder that an interrupted restoration gave. */
async function given(folder: string): Promise<readonly string[]> {
  const unfinished = join(folder, UNFINISHED);
  const names: string[] = [];
  for (const building of await listing(unfinished))
    for (const name of await listing(join(unfinished, building)))
      if (await isSame(join(folder, name), join(unfinished, building, name))) names.push(name);
  return names;
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)));
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev;
}

const listing = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);
