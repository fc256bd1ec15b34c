/**
 * A disk whose power can be cut: an ext4 file system on a loop device over an image file. What the file system
 * has not written to its device, such as the data and the metadata that it still caches, is not in the image; so
 * a copy of the image is what a machine finds when the power comes back.
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const SIZE = 64 * 2 ** 20;
/** Copies read until two agree, so that no write lies between their parts. */
const MOST_READS = 200;

const system = (command: string, ...args: readonly string[]): void => {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
};

/** Why this machine cannot have such a disk; undefined when it can. */
export function whyNoLoopDisk(folder: string): string | undefined {
  if (process.getuid?.() !== 0) return "mounting needs root";
  const disk = new LoopDisk(join(folder, "probe"));
  try {
    disk.format();
    disk.mount();
    disk.unmount();
    return undefined;
  } catch (error) {
    return `no ext4 file system can be mounted from a file: ${String(error).split("\n")[0]}`;
  }
}

export class LoopDisk {
  /** Where its files are while it is mounted. */
  readonly folder: string;
  readonly #image: string;
  #mounted = false;

  constructor(path: string) {
    this.#image = `${path}.img`;
    this.folder = `${path}.mnt`;
    mkdirSync(this.folder, { recursive: true });
  }

  format(): void {
    const file = openSync(this.#image, "w");
    ftruncateSync(file, SIZE);
    closeSync(file);
    system("mkfs.ext4", "-q", "-F", "-J", "size=4", this.#image);
  }

  /** Replays the file system's journal, as after a power cut. */
  mount(): void {
    system("mount", "-o", "loop", this.#image, this.folder);
    this.#mounted = true;
  }

  unmount(): void {
    if (!this.#mounted) return;
    system("umount", this.folder);
    this.#mounted = false;
  }

  /** What is on the medium at one moment. Nobody may be writing much: whoever uses the disk stands still. */
  read(): Buffer {
    let before = readFileSync(this.#image);
    for (let reads = 1; reads < MOST_READS; reads++) {
      const now = readFileSync(this.#image);
      if (now.equals(before)) return now;
      before = now;
    }
    throw new Error("the disk's image does not come to rest");
  }

  /** Another medium in place of this one, which must not be mounted. */
  replace(image: Buffer): void {
    writeFileSync(this.#image, image);
  }
}
