/**
 * Large bodies for one child, in a file without a name: main writes them, and the child reads one when a script asks for
 * it. A run that waits holds no body then, and a child that is busy holds up no pipe.
 */
import { close, closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, write } from "node:fs";
import { join } from "node:path";
import type { Region } from "../wire/protocol.ts";

export class BodyFile implements Disposable {
  readonly #fd: number;
  /** For the child, which may read only; this process closes its own once the child has it. */
  readonly childFd: number;
  /** Ordered by place. */
  #regions: readonly Region[] = [];
  #writing = 0;
  #isDisposed = false;
  #isClosed = false;

  /** Throws when there is no file in `folder`, which is then empty as before. */
  constructor(folder: string) {
    const own = mkdtempSync(join(folder, "hookyard-"));
    try {
      const path = join(own, "bodies");
      this.#fd = openSync(path, "wx", 0o600);
      this.childFd = openSync(path, "r");
    } finally {
      rmSync(own, { recursive: true });
    }
  }

  /** Resolves once the child can read it. What it takes has to be freed. */
  async write(body: Buffer): Promise<Region> {
    const region = this.#allocate(body.length);
    this.#writing += 1;
    try {
      for (let done = 0; done < body.length; )
        done += await this.#writeSome(body.subarray(done), region.at + done);
      return region;
    } catch (error) {
      this.free(region);
      throw error;
    } finally {
      this.#writing -= 1;
      if (this.#isDisposed) this.#closeUnused();
    }
  }

  free(region: Region): void {
    this.#regions = this.#regions.filter((one) => one !== region);
    if (this.#regions.length === 0 && !this.#isDisposed) ftruncateSync(this.#fd, 0);
  }

  /** The child is gone. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#closeUnused();
  }

  /** The first gap that is large enough, or the end. */
  #allocate(bytes: number): Region {
    let at = 0;
    let index = 0;
    for (const region of this.#regions) {
      if (region.at - at >= bytes) break;
      at = region.at + region.bytes;
      index += 1;
    }
    const region = { at, bytes };
    this.#regions = this.#regions.toSpliced(index, 0, region);
    return region;
  }

  #writeSome(bytes: Buffer, at: number): Promise<number> {
    if (this.#isDisposed) throw new Error("the sandbox child is gone");
    return new Promise((resolve, reject) => {
      write(this.#fd, bytes, 0, bytes.length, at, (error, written) =>
        error === null ? resolve(written) : reject(error),
      );
    });
  }

  /** Not under a write that is on its way: the number of the file could be another one's by then. */
  #closeUnused(): void {
    if (this.#writing > 0 || this.#isClosed) return;
    this.#isClosed = true;
    close(this.#fd);
  }

  closeChildFd(): void {
    closeSync(this.childFd);
  }
}
